// Runs `dockbell serve` with the configuration, and as the service account, of an installation on a cluster.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "../../src/app/data-directory.ts";
import { eventually } from "./dockbell.ts";
import type { Cluster } from "./installing.ts";
import { ROOT } from "./pages.ts";

export interface Api {
  readonly server: string;
  /** PEM of who signed its certificate. */
  readonly authority: string;
}

interface InstalledOptions {
  /** It is stopped with it. */
  readonly test: TestContext;
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Name of its StatefulSet; default `dockbell`. */
  readonly name?: string;
  /** Default: the cluster's own. */
  readonly api?: Api;
}

export interface InstalledServe {
  /** Where webhooks arrive: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly user: string;
  /** Where its data is. */
  readonly directory: string;
  output(): string;
  stop(): Promise<number | null>;
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
}

let started = 0;

/** Resolves when it is ready. */
export async function startInstalled(options: InstalledOptions): Promise<InstalledServe> {
  const { cluster, namespace, name = "dockbell" } = options;
  const folder = join(cluster.directory, `installed-${started++}`);
  mkdirSync(folder);
  const get = `get statefulset ${name} --namespace ${namespace} --output jsonpath={.spec.template.spec}`;
  const { serviceAccountName: account, volumes } = JSON.parse(await cluster.kubectl(get)) as PodSpec;
  const config = volumes.find((volume) => volume.name === "config")?.configMap?.name;
  const text = await cluster.kubectl(`get configmap ${config} --namespace ${namespace} --output json`);
  const { data } = JSON.parse(text) as { data: Readonly<Record<string, string>> };
  writeFileSync(join(folder, "dockbell.yaml"), data["dockbell.yaml"] ?? "");
  const token = (await cluster.kubectl(`create token ${account} --namespace ${namespace}`)).trim();
  writeFileSync(join(folder, "kubeconfig"), kubeconfigOf({ ...(options.api ?? cluster.api), token, namespace }));

  const [port, adminPort] = [await freePort(), await freePort()];
  const listen = ["--listen", `127.0.0.1:${port}`, "--admin-listen", `127.0.0.1:${adminPort}`];
  const directory = join(folder, "data");
  const kube = ["--kubeconfig", join(folder, "kubeconfig"), "--data-dir", directory];
  const args = ["serve", "--config", join(folder, "dockbell.yaml"), "--shutdown-delay", "0s", ...listen, ...kube];
  const child = spawn(process.execPath, [join(ROOT, "src", "app", "main.ts"), ...args], {
    env: { POD_NAME: `${name}-0` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk));
  const stop = async () => {
    if (child.exitCode !== null) return child.exitCode;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    const [code] = (await exited) as [number | null];
    return code;
  };
  options.test.after(stop);
  const readyz = () => fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
  await eventually(
    async () => (await readyz())?.status === 200,
    () => output,
    100,
  );
  const user = `system:serviceaccount:${namespace}:${account}`;
  return { url: `http://127.0.0.1:${port}`, user, directory, output: () => output, stop };
}

function kubeconfigOf({ server, authority, token, namespace }: Api & { token: string; namespace: string }): string {
  const data = Buffer.from(authority).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    clusters: [{ name: "c", cluster: { server, "certificate-authority-data": data } }],
    users: [{ name: "u", user: { token } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u", namespace } }],
  });
}
