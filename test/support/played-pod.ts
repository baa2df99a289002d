// Plays the kubelet for a StatefulSet's pod: the image in a chroot with a read-only root, the volumes at their paths, the
// service account's token, the pod's user, no capabilities, and the probes. Needs root and `unshare`; a test that finds
// neither skips.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./dockbell.ts";
import type { Cluster } from "./installing.ts";
import type { Image } from "./played-image.ts";

interface PodOptions {
  readonly cluster: Cluster;
  readonly image: Image;
  readonly namespace: string;
  readonly statefulSet: string;
  /** Where its volumes are made. */
  readonly directory: string;
}

export interface PlayedPod {
  /** What it printed so far. */
  output(): string;
  probe(name: "startupProbe" | "livenessProbe" | "readinessProbe"): Promise<number>;
  /** As a deleted pod is ended; resolves with its exit code. */
  stop(): Promise<number | null>;
}

interface Container {
  readonly args: readonly string[];
  readonly env: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
  }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly [probe: string]: unknown;
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number; readonly fsGroup: number };
  readonly containers: readonly [Container];
  readonly volumes: readonly {
    readonly name: string;
    readonly configMap?: { readonly name: string };
    readonly secret?: { readonly secretName: string; readonly items?: readonly { key: string; path: string }[] };
  }[];
}

const TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Why no pod can be played here; undefined where one can. */
export function cannotPlay(): string | undefined {
  if (process.getuid?.() !== 0) return "playing a pod needs root";
  const { status } = spawnSync("unshare", ["--mount", "true"]);
  return status === 0 ? undefined : "playing a pod needs the right to unshare mounts";
}

export async function startPod(options: PodOptions): Promise<PlayedPod> {
  const { cluster, image, namespace, statefulSet } = options;
  const get = `get statefulset ${statefulSet} --namespace ${namespace} --output jsonpath={.spec.template.spec}`;
  const spec = JSON.parse(await cluster.kubectl(get)) as PodSpec;
  const [container] = spec.containers;
  const mounts = await makeVolumes(options, spec);
  const { hostname, port } = new URL(cluster.api.server);
  const fields: Readonly<Record<string, string>> = { "metadata.name": `${statefulSet}-0` };
  const env = Object.fromEntries(
    container.env.map(({ name, value, valueFrom }) => [name, value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ""]]),
  );
  const child = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-ec", script(image, spec, mounts)], {
    env: {
      ...env,
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk));
  return {
    output: () => output,
    probe: (name) => probe(container, name, env),
    stop: () => stop(child),
  };
}

type Mount = readonly [folder: string, at: string, mode: "ro" | "rw"];

async function makeVolumes(options: PodOptions, spec: PodSpec): Promise<readonly Mount[]> {
  const { directory, cluster } = options;
  const [{ volumeMounts }] = spec.containers;
  const mounts: Mount[] = [];
  for (const { name, mountPath, readOnly } of volumeMounts) {
    const folder = join(directory, "volumes", name);
    await fillVolume(options, spec, { name, folder });
    mounts.push([folder, mountPath, readOnly ? "ro" : "rw"]);
  }
  const token = await tokenOf(options, spec.serviceAccountName);
  const folder = join(directory, "volumes", "token");
  mkdirSync(folder, { recursive: true });
  const files = { token, namespace: options.namespace, "ca.crt": cluster.api.authority };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o644 });
  return [...mounts, [folder, TOKEN_FOLDER, "ro"]];
}

/** A claimed volume belongs to root, and to the pod's group. */
async function fillVolume(
  { cluster, namespace }: PodOptions,
  { volumes, securityContext }: PodSpec,
  { name, folder }: { readonly name: string; readonly folder: string },
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const source = volumes.find((volume) => volume.name === name);
  if (!source) {
    chownSync(folder, 0, securityContext.fsGroup);
    chmodSync(folder, 0o2775);
    return;
  }
  const kind = source.secret ? `secret ${source.secret.secretName}` : `configmap ${source.configMap?.name}`;
  const text = await cluster.kubectl(`get ${kind} --namespace ${namespace} --output json`);
  const { data } = JSON.parse(text) as { data: Readonly<Record<string, string>> };
  const items = source.secret?.items ?? Object.keys(data).map((key) => ({ key, path: key }));
  for (const { key, path } of items) {
    writeFileSync(join(folder, path), Buffer.from(data[key] ?? "", source.secret ? "base64" : "utf8"));
  }
}

async function tokenOf({ cluster, namespace }: PodOptions, account: string): Promise<string> {
  return (await cluster.kubectl(`create token ${account} --namespace ${namespace}`)).trim();
}

function script({ root, command }: Image, { containers, securityContext }: PodSpec, mounts: readonly Mount[]): string {
  for (const path of [...mounts.map(([, at]) => at), "/proc", "/dev"]) mkdirSync(join(root, path), { recursive: true });
  const { runAsUser, runAsGroup } = securityContext;
  const [program = "", ...entry] = command.slice(0, 2);
  return [
    `mount --bind ${root} ${root}`,
    `mount --options remount,ro,bind ${root}`,
    `mount --types proc proc ${root}/proc`,
    `mount --rbind /dev ${root}/dev`,
    ...mounts.flatMap(([folder, at, mode]) => [
      `mount --bind ${folder} ${root}${at}`,
      `mount --options remount,${mode},bind ${root}${at}`,
    ]),
    `exec setpriv --no-new-privs --bounding-set -all,+setuid,+setgid,+sys_chroot \\`,
    `  chroot --groups= --userspec=${runAsUser}:${runAsGroup} ${root} ${program} ${[...entry, ...containers[0].args].join(" ")}`,
  ].join("\n");
}

/** The status of the answer; 0 when there is none. */
async function probe(container: Container, name: string, env: Readonly<Record<string, string | undefined>>) {
  const { httpGet } = container[name] as { readonly httpGet: { readonly path: string; readonly port: string } };
  const named = container.ports.find((port) => port.name === httpGet.port)?.containerPort;
  // Where the test had to choose another port, the environment says which.
  const chosen = env[httpGet.port === "webhook" ? "DOCKBELL_LISTEN" : "DOCKBELL_ADMIN_LISTEN"]?.split(":").at(-1);
  const response = await fetch(`http://127.0.0.1:${chosen ?? named}${httpGet.path}`).catch(() => undefined);
  return response?.status ?? 0;
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = (await exited) as [number | null];
  return code;
}

/** Ready as the kubelet finds it. */
export async function becomesReady(pod: PlayedPod): Promise<void> {
  await eventually(
    async () => (await pod.probe("readinessProbe")) === 200,
    () => pod.output(),
    100,
  );
}
