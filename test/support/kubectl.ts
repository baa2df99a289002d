// Runs kubectl, and makes what it printed comparable: what two API servers must differ in is replaced by a word.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The kubectl to test with; the test cluster's is put first in PATH by those who run the suite. */
const KUBECTL = process.env["KUBECTL"] ?? "kubectl";
const DEADLINE_MS = 30_000;

export interface KubectlOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends kubectl once what it printed matches: for `--watch`. */
  readonly until?: RegExp;
}

export interface Printed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Kubectl {
  readonly #kubeconfig: string;
  readonly #program: string;
  readonly #cache = mkdtempSync(join(tmpdir(), "dockbell-kubectl-"));

  constructor(kubeconfig: string, program: string = KUBECTL) {
    this.#kubeconfig = kubeconfig;
    this.#program = program;
  }

  run(args: readonly string[], { input = "", env = {}, until }: KubectlOptions = {}): Promise<Printed> {
    const all = ["--cache-dir", this.#cache, ...args];
    const child = spawn(this.#program, all, { env: { ...process.env, ...env, KUBECONFIG: this.#kubeconfig } });
    let isEnded = false;
    const printed = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (chunk: Buffer) => {
        printed[name] += chunk;
        if (!until?.test(printed[name])) return;
        isEnded = true;
        child.kill("SIGTERM");
      });
    }
    child.stdin.on("error", () => {}).end(input);
    const deadline = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        clearTimeout(deadline);
        // A signal finds kubectl before or after it handles signals.
        resolve({ code: isEnded ? null : code, ...printed });
      });
    });
  }

  dispose(): void {
    rmSync(this.#cache, { recursive: true, force: true });
  }
}

const REPLACED: readonly (readonly [what: RegExp, by: string])[] = [
  [/https:\/\/127\.0\.0\.1:\d+/g, "<server>"],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/g, "<uid>"],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| [+-]\d{4}(?: \w+)?)/g, "<time>"],
  [/(resourceVersion\\*"?: ?\\*"|Resource Version: +)\d+/g, "$1<version>"],
  // What kubectl logs of its own connections depends on the moment.
  [/^[EIW]\d{4} .*\n/gm, ""],
  // The embedded API does not keep who owns which field.
  [/\\"managedFields\\":\[.*?\}\],/g, ""],
  [/\b(LIVE|MERGED)-\d+/g, "$1-<number>"],
  [/(?<=^|\s\s|over )(?:\d+[smhdy]){1,2}(?=\s|\)|$)/gm, "<age>"],
  // kubectl pads columns to the longest cell, which may be one of the above.
  [/(?<=\S) {2,}/g, "  "],
];

export function comparable(text: string): string {
  return REPLACED.reduce((rest, [what, by]) => rest.replace(what, by), text);
}
