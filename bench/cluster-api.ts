// The real API server of the cluster benches, as they see it: a client to prepare it, the bare limit to measure beside,
// and the server's own count of what it was asked.
import { Agent, request } from "node:https";
import { connectTo, findClusterAccess } from "../src/app/cluster.ts";
import { SYSTEM_CLOCK } from "../src/app/system.ts";
import type { ClusterAccess } from "../src/kube/access.ts";
import type { KubeClient } from "../src/kube/client.ts";
import { REFRESH_ANNOTATION } from "../src/resources/kargo.ts";
import { pushesAnnotation } from "../src/resources/pushes.ts";
import { apiVersionOf } from "../src/resources/resource.ts";
import { WAREHOUSES } from "../src/resources/warehouse.ts";

export interface ClusterApi {
  readonly kubeconfig: string;
  readonly client: KubeClient;
  readonly bare: BareClient;
}

/** A keep-alive agent of `node:https` and nothing else. */
export interface BareClient {
  /** The answer's text; rejects for a status that is no success. */
  ask(method: string, path: string, body?: string): Promise<string>;
  /** The events of a watch, line by line, until `signal` aborts. */
  watch(path: string, onLine: (line: string) => void, signal: AbortSignal): void;
}

export async function withClusterApi(kubeconfig: string, measure: (api: ClusterApi) => Promise<void>): Promise<void> {
  const access = findClusterAccess({ env: {}, kubeconfig });
  const { client, close } = connectTo(access, { env: {}, userAgent: "bench", log: () => {} });
  const agent = new Agent({ keepAlive: true, ca: textOf(access.authority) });
  try {
    await measure({ kubeconfig, client, bare: bareClient(access, agent) });
  } finally {
    agent.destroy();
    close();
  }
}

function bareClient(access: ClusterAccess, agent: Agent): BareClient {
  const authorization = `Bearer ${textOf(access.user.token)}`;
  return {
    ask(method, path, body = "") {
      const headers = {
        authorization,
        "content-type": "application/merge-patch+json",
        "content-length": Buffer.byteLength(body),
      };
      return new Promise((resolve, reject) => {
        const outgoing = request(access.server + path, { method, agent, headers }, (incoming) => {
          let text = "";
          incoming.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          incoming.on("error", reject).on("end", () => {
            if (incoming.statusCode === 200) resolve(text);
            else reject(new Error(`${method} ${path}: ${incoming.statusCode} ${text}`));
          });
        });
        outgoing.on("error", reject).end(body);
      });
    },
    watch(path, onLine, signal) {
      const outgoing = request(access.server + path, { agent, headers: { authorization }, signal }, (incoming) => {
        let begun = "";
        incoming.setEncoding("utf8").on("data", (chunk: string) => {
          const lines = (begun + chunk).split("\n");
          begun = lines.pop() ?? "";
          for (const line of lines) onLine(line);
        });
        incoming.on("error", () => undefined);
      });
      outgoing.on("error", () => undefined).end();
    },
  };
}

export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export function warehousePath({ namespace, name }: Place): string {
  return `/apis/${apiVersionOf(WAREHOUSES)}/namespaces/${namespace}/${WAREHOUSES.plural}/${name}?fieldManager=dockbell`;
}

/** The merge patch that Dockbell writes for one push. */
export function refreshPatch(token: string, repoURL: string, tag: string): string {
  const pushes = JSON.stringify([{ token, repoURL, tag }]);
  return JSON.stringify({
    metadata: { annotations: { [REFRESH_ANNOTATION]: token, [pushesAnnotation("other")]: pushes } },
  });
}

/** How long so many patches take, `inFlight` at once, one Warehouse after another. Milliseconds. */
export async function patchAll(
  { bare }: ClusterApi,
  { places, count, inFlight }: { places: readonly Place[]; count: number; inFlight: number },
): Promise<number> {
  let next = 0;
  const startedAt = SYSTEM_CLOCK.monotonicMs();
  const loop = async () => {
    while (next < count) {
      const place = places[next % places.length] ?? { namespace: "", name: "" };
      const token = `${new Date(SYSTEM_CLOCK.now()).toISOString().slice(0, 23)}${String(next).padStart(6, "0")}Z`;
      next += 1;
      await bare.ask("PATCH", warehousePath(place), refreshPatch(token, `bench/${place.name}`, "1.0.0"));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  return SYSTEM_CLOCK.monotonicMs() - startedAt;
}

/** Requests for Kargo's resources and Secrets that the server counted so far; long ones count when they end. */
export async function requestCount({ bare }: ClusterApi): Promise<number> {
  const metrics = await bare.ask("GET", "/metrics");
  const counted = metrics.matchAll(
    /^apiserver_request_total\{.*group="(kargo\.akuity\.io|)".*resource="(\w+)".*\} (\d+)$/gm,
  );
  return [...counted]
    .filter(([, group, resource]) => group !== "" || resource === "secrets")
    .reduce((sum, [, , , count]) => sum + Number(count), 0);
}

function textOf(source: ClusterAccess["authority"]): string {
  return source?.kind === "text" ? source.text : "";
}
