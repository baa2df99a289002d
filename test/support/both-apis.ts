// Runs the same kubectl command against the embedded API and a real API server, and holds them to the same answer.
// Known differences stand in `test/e2e/kubectl-differences.ts`; one that is gone fails, so that the list stays true.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";
import { DIFFERENCES } from "../e2e/kubectl-differences.ts";
import { type EmbeddedApi, startEmbeddedApi } from "./embedded-api.ts";
import { comparable, Kubectl, type KubectlOptions, type Printed } from "./kubectl.ts";
import { type RealApi, startRealApi } from "./real-api.ts";

export interface BothApis {
  /** Holds both to the same answer, and returns the embedded one's. What differs fails the test when it ends. */
  same(command: string, options?: SameOptions): Promise<Printed>;
  /** What each of them prints, where the two must differ. */
  each(command: string): Promise<readonly [embedded: string, real: string]>;
  /** While `work` runs, the controllers that a cluster has beside its API server are played on the real one. */
  withControllers<T>(work: () => Promise<T>): Promise<T>;
}

export interface SameOptions extends Omit<KubectlOptions, "input"> {
  /** Two where they must differ: for the embedded API and for the real one. */
  readonly input?: string | readonly [embedded: string, real: string];
  /** Arguments that hold spaces, after those of the command. */
  readonly args?: readonly string[];
  /** What of the output is compared; all of it when absent. */
  readonly only?: (output: string) => string;
}

interface Running {
  readonly embedded: EmbeddedApi;
  readonly real: RealApi;
  readonly kubectls: readonly [embedded: Kubectl, real: Kubectl];
}

let running: Promise<Running> | undefined;
let users = 0;
const mismatches: string[] = [];

/** For the top of a test file: both are started when first needed, shared with other files, and stopped after the last. */
export function useBothApis(): BothApis {
  before(() => {
    users += 1;
  });
  afterEach(() => {
    const found = mismatches.splice(0);
    assert.equal(found.length, 0, found.join("\n\n"));
  });
  after(async () => {
    users -= 1;
    if (users === 0 && running) await stop(await running);
  });
  return { same, each, withControllers };
}

function apis(): Promise<Running> {
  running ??= start();
  return running;
}

async function start(): Promise<Running> {
  const [embedded, real] = await Promise.all([startEmbeddedApi(), startRealApi()]);
  return { embedded, real, kubectls: [new Kubectl(embedded.kubeconfig), new Kubectl(real.kubeconfig)] };
}

async function stop({ embedded, real, kubectls }: Running): Promise<void> {
  for (const kubectl of kubectls) kubectl.dispose();
  await Promise.all([embedded.dispose(), real.dispose()]);
  assert.deepEqual(embedded.faults, []);
}

async function withControllers<T>(work: () => Promise<T>): Promise<T> {
  const { real } = await apis();
  const end = new AbortController();
  const played = real.playControllers(end.signal);
  try {
    return await work();
  } finally {
    end.abort();
    await played;
  }
}

async function each(command: string): Promise<readonly [string, string]> {
  const { kubectls } = await apis();
  const [embedded, real] = await Promise.all(kubectls.map((kubectl) => kubectl.run(command.split(" "))));
  return [embedded?.stdout ?? "", real?.stdout ?? ""];
}

async function same(command: string, options: SameOptions = {}): Promise<Printed> {
  const { kubectls } = await apis();
  const { args = [], only = (output: string) => output } = options;
  const all = [...command.split(" "), ...args];
  const { input = "", ...shared } = options;
  const inputs = typeof input === "string" ? ([input, input] as const) : input;
  const [embedded, real] = await Promise.all([
    kubectls[0].run(all, { ...shared, input: inputs[0] }),
    kubectls[1].run(all, { ...shared, input: inputs[1] }),
  ]);
  const shown = [embedded, real].map((printed) => transcript(printed, only));
  const difference = DIFFERENCES.find((one) => one.command === command);
  const [ours, theirs] = difference ? shown.map(difference.without) : shown;
  if (difference && shown[0] === shown[1]) mismatches.push(`${all.join(" ")}: the listed difference is gone`);
  if (ours !== theirs) mismatches.push(`kubectl ${all.join(" ")}\n--- embedded\n${ours}\n--- real\n${theirs}`);
  return embedded;
}

function transcript({ code, stdout, stderr }: Printed, only: (output: string) => string): string {
  const [out = "", error = ""] = [stdout, stderr].map((text) => only(comparable(text)).trimEnd());
  return `${out}\n${error}\nexit code ${code}`;
}
