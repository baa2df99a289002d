// How long `dockbell up` takes until it is ready, and what it then costs while nothing happens.
import { SYSTEM_CLOCK } from "../src/app/system.ts";
import { createDockbell } from "../test/support/dockbell.ts";
import { residentMegabytes, startExample } from "./example.ts";
import { quantile, type Report } from "./subject.ts";

const ROUNDS = 5;
const SETTLE_MS = 2_000;

export async function benchStart(report: Report): Promise<void> {
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
