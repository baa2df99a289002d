// Credentials from an executable: kubernetes.io, "client-go credential plugins". It runs again when what it said has
// expired or the server refused it, and never twice at once.
import type { Clock } from "../clock.ts";
import { CredentialsError, messageOf } from "../errors.ts";
import type { ExecPlugin } from "./access.ts";

/** One run of an executable, without a terminal and without standard input. */
export interface PluginRun {
  readonly command: string;
  readonly args: readonly string[];
  /** Beside the process's own. */
  readonly env: Readonly<Record<string, string>>;
}

export interface PluginExit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Rejects with what kept it from being begun, or from coming to its end. */
export type RunPlugin = (run: PluginRun) => Promise<PluginExit>;

interface Issued {
  readonly token: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface PluginCredentials {
  /** Rejects with `CredentialsError`, also when `signal` aborts while the plugin runs. */
  current(signal?: AbortSignal): Promise<Issued>;
  /** The server did not accept what was issued. */
  refuse(): void;
}

interface PluginOptions {
  readonly clock: Clock;
  readonly runPlugin: RunPlugin;
}

/** A server that refuses whatever the plugin says must not make us start a process for each request. */
const MIN_BETWEEN_REFUSALS_MS = 10_000;

export function createPluginCredentials(plugin: ExecPlugin, options: PluginOptions): PluginCredentials {
  return new Credentials(plugin, options);
}

class Credentials implements PluginCredentials {
  readonly #plugin: ExecPlugin;
  readonly #options: PluginOptions;
  #issued: Issued | undefined;
  /** Wall clock; infinite when nothing was said. */
  #expiresAt = Number.POSITIVE_INFINITY;
  #issuedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<Issued> | undefined;

  constructor(plugin: ExecPlugin, options: PluginOptions) {
    this.#plugin = plugin;
    this.#options = options;
  }

  async current(signal?: AbortSignal): Promise<Issued> {
    if (this.#issued && this.#options.clock.now() < this.#expiresAt) return this.#issued;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return signal ? this.#unlessGivenUp(this.#running, signal) : this.#running;
  }

  refuse(): void {
    if (this.#options.clock.monotonicMs() - this.#issuedAt >= MIN_BETWEEN_REFUSALS_MS) this.#issued = undefined;
  }

  /** It runs on for the others who wait for it. */
  #unlessGivenUp(running: Promise<Issued>, signal: AbortSignal): Promise<Issued> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(this.#failed("it had not ended when the request was given up"));
      if (signal.aborted) giveUp();
      signal.addEventListener("abort", giveUp, { once: true });
      const settled = () => signal.removeEventListener("abort", giveUp);
      running.finally(settled).then(resolve, reject);
    });
  }

  async #run(): Promise<Issued> {
    const { command, args, env, apiVersion, cluster } = this.#plugin;
    const spec = { interactive: false, ...(cluster && { cluster }) };
    const info = JSON.stringify({ apiVersion, kind: "ExecCredential", spec });
    const exit = await this.#options
      .runPlugin({ command, args, env: { ...env, KUBERNETES_EXEC_INFO: info } })
      .catch((error: unknown) => Promise.reject(this.#failed(messageOf(error), error)));
    if (exit.code !== 0) throw this.#failed(`it exited with ${exit.code}: ${lastLine(exit.stderr)}`);
    const { issued, expiresAt } = this.#read(exit.stdout);
    this.#issued = issued;
    this.#expiresAt = expiresAt;
    this.#issuedAt = this.#options.clock.monotonicMs();
    return issued;
  }

  #read(stdout: string): { issued: Issued; expiresAt: number } {
    const { apiVersion, status } = this.#parse(stdout);
    if (apiVersion !== this.#plugin.apiVersion)
      throw this.#failed(`it answered in ${apiVersion}, but the kubeconfig says ${this.#plugin.apiVersion}`);
    const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status ?? {};
    if (!token && !cert && !key) throw this.#failed("it printed neither a token nor a certificate");
    if (!cert !== !key) throw this.#failed("it printed only one of certificate and key");
    const issued = { token: token || undefined, cert: cert || undefined, key: key || undefined };
    if (!expirationTimestamp) return { issued, expiresAt: Number.POSITIVE_INFINITY };
    const expiresAt = Date.parse(expirationTimestamp);
    if (Number.isNaN(expiresAt)) throw this.#failed(`its expirationTimestamp "${expirationTimestamp}" is not a time`);
    return { issued, expiresAt };
  }

  /** What it printed is never quoted: it may hold the token. */
  #parse(stdout: string): RawCredential {
    try {
      return JSON.parse(stdout) as RawCredential;
    } catch {
      throw this.#failed("what it printed is not JSON");
    }
  }

  #failed(what: string, cause?: unknown): CredentialsError {
    const { command, installHint } = this.#plugin;
    const hint = installHint === "" ? "" : `\n${installHint}`;
    return new CredentialsError(`the credential plugin ${command} failed: ${what}${hint}`, cause);
  }
}

interface RawCredential {
  readonly apiVersion?: string;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string | null;
  };
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
