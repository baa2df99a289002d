// A real kube-apiserver, as empty as a new cluster, with helm and kubectl to install on it. Helm is taken from PATH;
// `test/registries/real-registries` says where it is had. What the optional objects are defined by (ServiceMonitor,
// HTTPRoute) comes from its projects' Go modules, by version.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";
import { load, loadAll } from "js-yaml";
import type { KubeObject } from "../../src/resources/kube-object.ts";
import { eventually } from "./dockbell.ts";
import { ROOT } from "./pages.ts";

export const CHART = join(ROOT, "deploy", "chart");

const TEST_CLUSTER = join(ROOT, "test", "cluster", "test-cluster");
const FOREIGN_CRDS = [
  ["github.com/prometheus-operator/prometheus-operator@v0.85.0", "example/prometheus-operator-crd", "servicemonitors"],
  // The newest that Go 1.26 takes.
  ["sigs.k8s.io/gateway-api@v1.6.3", "config/crd/standard", "httproutes"],
] as const;

const run = promisify(execFile);

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Cluster {
  readonly kubeconfig: string;
  /** Where its API is, and the PEM of who signed its certificate. */
  readonly api: { readonly server: string; readonly authority: string };
  /** In which `kubectl` and `helm` are the tests' and talk to it. */
  readonly env: NodeJS.ProcessEnv;
  /** For whatever a test needs on disk; removed with the cluster. */
  readonly directory: string;
  /** What is printed to standard output; throws what is printed to standard error when the command fails. */
  kubectl(command: string, input?: string): Promise<string>;
  helm(command: string): Promise<string>;
  /** The same, whatever the outcome. */
  attempt(program: "kubectl" | "helm", command: string, input?: string): Promise<Ran>;
}

/** For the top of a test file: it is stopped after the last test. */
export async function useCluster(): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-chart-"));
  const { stdout: built } = await run(TEST_CLUSTER, ["build"]);
  const { stdout } = await run(TEST_CLUSTER, ["start", "--dir", join(directory, "cluster")]);
  after(async () => {
    await run(TEST_CLUSTER, ["delete", "--dir", join(directory, "cluster")]);
    rmSync(directory, { recursive: true, force: true });
  });
  const kubeconfig = stdout.trim();
  const env = {
    ...process.env,
    PATH: `${built.trim()}:${process.env["PATH"]}`,
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: join(directory, "helm"),
    HELM_CONFIG_HOME: join(directory, "helm"),
    HELM_DATA_HOME: join(directory, "helm"),
  };
  const attempt = (program: string, command: string, input = "") =>
    ranIn({ cwd: ROOT, env }, [program, ...wordsOf(command)], input);
  const must = (program: string) => async (command: string, input?: string) => {
    const { code, stdout, stderr } = await attempt(program, command, input);
    if (code !== 0) throw new Error(`${program} ${command}: ${stderr}`);
    return stdout;
  };
  return { kubeconfig, api: apiOf(kubeconfig), env, directory, kubectl: must("kubectl"), helm: must("helm"), attempt };
}

function apiOf(kubeconfig: string): Cluster["api"] {
  const text = readFileSync(kubeconfig, "utf8");
  const value = (key: string) => new RegExp(`${key}: (.*)`).exec(text)?.[1] ?? "";
  return { server: value("server"), authority: Buffer.from(value("certificate-authority-data"), "base64").toString() };
}

/** Quotes keep spaces together, as in a shell. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

function ranIn(
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  [program = "", ...args]: readonly string[],
  input: string,
): Promise<Ran> {
  const child = spawn(program, args, options);
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (chunk: Buffer) => (printed[name] += chunk));
  child.stdin.on("error", () => {}).end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...printed }));
  });
}

/** The CRDs of ServiceMonitor and HTTPRoute. */
export async function installForeignCrds(cluster: Cluster): Promise<void> {
  for (const [module, folder, plural] of FOREIGN_CRDS) {
    const { stdout } = await run("go", ["mod", "download", "-json", module], { cwd: tmpdir() });
    const { Dir } = JSON.parse(stdout) as { Dir: string };
    const files = (await run("find", [join(Dir, folder), "-name", `*_${plural}.yaml`])).stdout.trim();
    await cluster.kubectl(`create --filename ${files}`);
    await established(cluster, `--filename ${files}`);
  }
}

/** Waits until the CRDs that kubectl is told to wait for are served. It fails itself where they have no status yet. */
export async function established({ attempt }: Cluster, which: string): Promise<void> {
  let stderr = "";
  await eventually(
    async () => {
      const waited = await attempt("kubectl", `wait --for=condition=Established --timeout=15s ${which}`);
      stderr = waited.stderr;
      return waited.code === 0;
    },
    () => stderr,
  );
}

/** An object as a manifest has it. */
export interface Manifest extends KubeObject {
  readonly [field: string]: unknown;
}

export function manifestsOf(text: string): readonly Manifest[] {
  return (loadAll(text) as readonly (Manifest | null)[]).filter((one): one is Manifest => one !== null);
}

export function manifestOf(text: string): Manifest {
  return load(text) as Manifest;
}
