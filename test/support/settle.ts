// Waiting for what is under way in this process, without time: turns of the event loop.
import { setImmediate } from "node:timers/promises";

const TURNS = 12;
const MAX_TURNS = 20_000;

/** Lets what was started come to rest: group commits and watches take a few turns each. */
export async function settle(turns = TURNS): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate();
}

/** Turns the event loop until the claim holds; fails with what `explain` says. */
export async function until(claim: () => boolean | Promise<boolean>, explain: () => unknown = () => ""): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    if (await claim()) return;
    await setImmediate();
  }
  throw new Error(`did not become true: ${JSON.stringify(explain())}`);
}
