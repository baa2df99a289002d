// One replica of `dockbell serve` as a pod runs it: a child process with a data directory, ports and a name of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePort } from "../../src/app/data-directory.ts";
import { EMPTY_BODY, readBody } from "../../src/http/message.ts";
import { createNetworkTransport } from "../../src/http/transport.ts";
import { DRAIN_PATH } from "../../src/server/admin.ts";
import { eventually } from "./dockbell.ts";

const MAIN = join(dirname(dirname(import.meta.dirname)), "src", "app", "main.ts");
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Replica {
  readonly name: string;
  /** Where its data is. */
  readonly directory: string;
  /** The running process. */
  pid(): number;
  /** `http://host:port` of the webhook listener, the same after a restart. */
  origin(): string;
  /** Everything printed since the start. */
  output(): string;
  /** Resolves when it listens; flags come after those that every replica has. */
  start(...flags: readonly string[]): Promise<void>;
  /** Starts one that is to end by itself, and waits for it; returns its exit code. */
  fail(...flags: readonly string[]): Promise<number | null>;
  /** Ends the process and waits until it is gone; returns its exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
  /** Of the webhook listener. */
  port(): number;
  /** To the webhook listener. */
  post(path: string, body: string): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** `host:port` of the admin listener, known before the first start and the same after a restart. */
  adminAddress(): Promise<string>;
  /** From the admin listener, with its token unless another is given. */
  admin(path: string, token?: string): Promise<Answer>;
  /** Tells it to take no more webhooks. */
  drain(): Promise<Answer>;
  /** Stops it and removes its directory. */
  dispose(): Promise<void>;
}

interface ReplicaOptions {
  readonly name: string;
  readonly kubeconfig: string;
  readonly baseURL: string;
}

export function createReplica({ name, kubeconfig, baseURL }: ReplicaOptions): Replica {
  const directory = mkdtempSync(join(tmpdir(), `dockbell-${name}-`));
  const network = createNetworkTransport({});
  let child: ChildProcess | undefined;
  let ports: { readonly webhook: string; readonly admin: string } | undefined;
  let output = "";

  const ask = async (url: string, options: { method?: string; body?: Uint8Array; token?: string } = {}) => {
    const { method = "GET", body = EMPTY_BODY, token } = options;
    const headers = {
      "content-length": String(body.length),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const answer = await network.transport({ method, url, headers, body });
    return { status: answer.status, text: Buffer.from(await readBody(answer.body, MAX_ANSWER_BYTES)).toString() };
  };
  const ownToken = () => readFileSync(join(directory, "admin-token"), "utf8");
  const stop = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, "exit");
    child.kill(signal);
    return ((await exited) as [number | null])[0];
  };

  // The same after a restart, as a pod keeps its Service.
  const choosePorts = async () => {
    ports ??= { webhook: await freePort(), admin: await freePort() };
    return ports;
  };

  const launch = async (flags: readonly string[]): Promise<ChildProcess> => {
    output = "";
    const { webhook, admin } = await choosePorts();
    const listen = ["--listen", `127.0.0.1:${webhook}`, "--admin-listen", `127.0.0.1:${admin}`];
    const args = [MAIN, "serve", "--kubeconfig", kubeconfig, "--data-dir", directory, "--replica", name, ...listen];
    const own = ["--base-url", baseURL, "--shutdown-delay", "0s", ...flags];
    const launched = spawn(process.execPath, [...args, ...own], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [launched.stdout, launched.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk));
    child = launched;
    return launched;
  };

  return {
    name,
    directory,
    pid: () => child?.pid ?? 0,
    origin: () => `http://127.0.0.1:${ports?.webhook}`,
    output: () => output,
    async start(...flags) {
      await launch(flags);
      await eventually(
        () => output.includes("Webhooks arrive on"),
        () => output,
      );
    },
    async fail(...flags) {
      const [code] = (await once(await launch(flags), "close")) as [number | null];
      return code;
    },
    stop,
    port: () => Number(ports?.webhook),
    post: (path, body) => ask(`http://127.0.0.1:${ports?.webhook}${path}`, { method: "POST", body: Buffer.from(body) }),
    get: (path) => ask(`http://127.0.0.1:${ports?.webhook}${path}`),
    adminAddress: async () => `127.0.0.1:${(await choosePorts()).admin}`,
    admin: (path, token = ownToken()) => ask(`http://127.0.0.1:${ports?.admin}${path}`, { token }),
    drain: () => ask(`http://127.0.0.1:${ports?.admin}${DRAIN_PATH}`, { method: "POST", token: ownToken() }),
    async dispose() {
      await stop("SIGKILL");
      network.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
