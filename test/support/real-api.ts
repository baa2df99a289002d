// A real kube-apiserver with CRDs of Kargo's kinds, from `test/cluster`. No controller runs there: the test plays those it needs.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import { KARGO_KINDS } from "../../src/resources/kinds.ts";
import { apiVersionOf } from "../../src/resources/resource.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const TEST_CLUSTER = join(ROOT, "test", "cluster", "test-cluster");
const PURGE_AFTER_MS = 1_000;
const OUR_CRDS = join(ROOT, "deploy", "crds");

export interface RealApi {
  readonly kubeconfig: string;
  /** Path of a kubectl of its version. */
  readonly kubectl: string;
  /** Freezes it, thaws it, ends it as a crash does, or starts it again on the same state and address. */
  control(command: "pause" | "resume" | "kill" | "start"): Promise<void>;
  /** Empties and removes deleted Namespaces, and finishes foreground and orphan deletion, until the signal aborts. */
  playControllers(signal: AbortSignal): Promise<void>;
  /** Freezes it: connections stay open, and nothing is answered. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  dispose(): Promise<void>;
}

const run = promisify(execFile);

/**
 * Starts one in a temporary folder, with the CRDs in the file or folder `crds`: ours unless it says others. The first
 * time on a machine its build takes minutes.
 */
export async function startRealApi(crds: string = OUR_CRDS): Promise<RealApi> {
  const { stdout: built } = await run(TEST_CLUSTER, ["build"]);
  const directory = mkdtempSync(join(tmpdir(), "dockbell-real-"));
  const { stdout } = await run(TEST_CLUSTER, ["start", "--dir", directory]);
  const cluster = async (command: string) => void (await run(TEST_CLUSTER, [command, "--dir", directory]));
  const kubeconfig = stdout.trim();
  const kubectl = join(built.trim(), "kubectl");
  const kube = (...args: readonly string[]) => run(kubectl, ["--kubeconfig", kubeconfig, ...args]);
  await kube("create", "-f", crds);
  await kube("wait", "--for=condition=Established", "--timeout=60s", "-f", crds);
  const ask = askerOf(kubeconfig);
  return {
    kubeconfig,
    kubectl,
    control: async (command) => void (await run(TEST_CLUSTER, [command, "--dir", directory])),
    async playControllers(signal) {
      const seen = new Map<string, number>();
      while (!signal.aborted) {
        await finishNamespaces(ask, seen);
        await finishDeletions(ask);
        await SYSTEM_CLOCK.sleep(50, signal);
      }
    },
    pause: () => cluster("pause"),
    resume: () => cluster("resume"),
    dispose: () => cluster("delete"),
  };
}

interface Item {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
  };
}
type Ask = (method: string, path: string, body?: unknown) => Promise<{ readonly items?: readonly Item[] }>;

const NAMESPACED = ["/api/v1/namespaces/NS/secrets", "/api/v1/namespaces/NS/events", ...kargoCollections()];

function kargoCollections(): readonly string[] {
  return KARGO_KINDS.filter(({ resource }) => resource.isNamespaced).map(
    ({ resource }) => `/apis/${apiVersionOf(resource)}/namespaces/NS/${resource.plural}`,
  );
}

/** A second after it is seen to be deleted: `kubectl delete -f` must find what stands behind a Namespace in its file. */
async function finishNamespaces(ask: Ask, seen: Map<string, number>): Promise<void> {
  const { items = [] } = await ask("GET", "/api/v1/namespaces");
  for (const { metadata } of items.filter((item) => item.metadata.deletionTimestamp)) {
    const { name } = metadata;
    const seenAtMs = seen.get(name) ?? SYSTEM_CLOCK.monotonicMs();
    seen.set(name, seenAtMs);
    if (SYSTEM_CLOCK.monotonicMs() < seenAtMs + PURGE_AFTER_MS) continue;
    for (const collection of NAMESPACED) await ask("DELETE", collection.replace("NS", name));
    const finalized = { apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: { finalizers: [] } };
    await ask("PUT", `/api/v1/namespaces/${name}/finalize`, finalized);
  }
}

async function finishDeletions(ask: Ask): Promise<void> {
  for (const collection of NAMESPACED) {
    const everywhere = collection.replace("/namespaces/NS", "");
    const { items = [] } = await ask("GET", everywhere);
    for (const { metadata } of items) {
      const left = metadata.finalizers?.filter((name) => name !== "foregroundDeletion" && name !== "orphan");
      if (!left || left.length === metadata.finalizers?.length) continue;
      const path = `${collection.replace("NS", metadata.namespace ?? "")}/${metadata.name}`;
      await ask("PATCH", path, { metadata: { finalizers: left } });
    }
  }
}

function askerOf(kubeconfig: string): Ask {
  const text = readFileSync(kubeconfig, "utf8");
  const value = (key: string) => new RegExp(`${key}: (.*)`).exec(text)?.[1] ?? "";
  const ca = Buffer.from(value("certificate-authority-data"), "base64");
  const authorization = `Bearer ${value("token")}`;
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const headers = { authorization, "content-type": type };
      const outgoing = request(`${value("server")}${path}`, { method, headers, ca }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
      });
      outgoing.on("error", reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
}
