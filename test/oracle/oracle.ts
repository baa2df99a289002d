// The oracle as a child process: built once for each state of its sources, asked line by line.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Case } from "./subject.ts";

const HERE = import.meta.dirname;

/** The path of the program; needs Go when it is not in the cache (`$XDG_CACHE_HOME` or `~/.cache`). */
export function buildOracle(): string {
  const sources = globSync(["*.go", "go.mod", "go.sum"], { cwd: HERE }).sort();
  const digest = createHash("sha256");
  for (const source of sources) digest.update(readFileSync(join(HERE, source)));
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "dockbell-oracle");
  const program = join(cache, digest.digest("hex").slice(0, 12));
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  const { status, error } = spawnSync("go", ["build", "-trimpath", "-o", unfinished, "."], {
    cwd: HERE,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`go build of the oracle failed${error ? `: ${error.message}` : ""}`);
  renameSync(unfinished, program);
  return program;
}

export interface Oracle {
  /** The answers, in order. */
  ask(kind: string, cases: readonly Case[]): Promise<readonly unknown[]>;
  close(): void;
}

export function startOracle(program: string): Oracle {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(kind, cases) {
      for (const asked of cases) child.stdin.write(`${JSON.stringify(onTheWire(kind, asked))}\n`);
      const answers: unknown[] = [];
      while (answers.length < cases.length) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`the oracle ended after ${answers.length} of ${cases.length} answers`);
        answers.push(JSON.parse(value));
      }
      return answers;
    },
    close: () => child.stdin.end(),
  };
}

function onTheWire(kind: string, { text, texts }: Case): unknown {
  const base64 = (part: string | Uint8Array) => Buffer.from(part as string).toString("base64");
  return { kind, text: base64(text), texts: texts.map(base64) };
}
