// How long `dockbell up` takes until it is ready, what it then costs while nothing happens, and how long help takes beside
// a Node that does nothing.
import { spawnSync } from "node:child_process";
import { SYSTEM_CLOCK } from "../src/app/system.ts";
import { createDockbell, MAIN } from "../test/support/dockbell.ts";
import { residentMegabytes, startExample } from "./example.ts";
import { quantile, type Report } from "./subject.ts";

const ROUNDS = 5;
const SETTLE_MS = 2_000;
const HELP_ROUNDS = 15;

export async function benchStart(report: Report): Promise<void> {
  benchHelp(report);
  const dockbell = createDockbell();
  const times: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0) await dockbell.stop("SIGINT");
      const startedAt = SYSTEM_CLOCK.monotonicMs();
      await startExample(dockbell);
      times.push(SYSTEM_CLOCK.monotonicMs() - startedAt);
    }
    report("start to ready, p50", `${Math.round(quantile(times, 0.5))} ms`, "< 1000 ms");
    await SYSTEM_CLOCK.sleep(SETTLE_MS);
    report("resident memory, idle with the example", `${Math.round(residentMegabytes(dockbell))} MB`, "< 120 MB");
  } finally {
    await dockbell.dispose();
  }
}

/** In turns, so that whatever else the machine does meets both alike. */
function benchHelp(report: Report): void {
  const [bare, help]: [number[], number[]] = [[], []];
  for (let round = 0; round < HELP_ROUNDS; round++) {
    bare.push(runMs("--eval", "0"));
    help.push(runMs(MAIN, "--help"));
  }
  const [bareMs, helpMs] = [quantile(bare, 0.5), quantile(help, 0.5)];
  const ratio = (helpMs / bareMs).toFixed(1);
  report("--help, p50", `${Math.round(helpMs)} ms, ${ratio} × bare Node`, "< 150 ms");
}

function runMs(...args: readonly string[]): number {
  const startedAt = SYSTEM_CLOCK.monotonicMs();
  spawnSync(process.execPath, args, { stdio: "ignore" });
  return SYSTEM_CLOCK.monotonicMs() - startedAt;
}
