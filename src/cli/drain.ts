// `dockbell deliveries drain`: has one replica take no more webhooks, and waits until it has finished those it took.
import type { Clock } from "../clock.ts";
import { InputError } from "../errors.ts";
import type { Connection, DrainControl } from "./connection.ts";
import { WaitTimeoutError } from "./exit-codes.ts";
import type { Progress } from "./progress.ts";
import type { Timeout } from "./timeout-option.ts";

interface DrainOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly timeout: Timeout;
}

const POLL_MS = 500;

/** Throws `InputError` where there is no receiver to tell, `WaitTimeoutError` when some delivery is still open. */
export async function drainCommand(options: DrainOptions): Promise<string> {
  const { connection, clock, timeout } = options;
  const drain = controlOf(connection);
  const startedAt = clock.monotonicMs();
  const waitedMs = () => clock.monotonicMs() - startedAt;
  const { replica, ...begun } = await drain.begin();
  let { openCount } = begun;
  try {
    while (openCount > 0) {
      const left = `${openCount} ${openCount === 1 ? "delivery is" : "deliveries are"} still open`;
      if (waitedMs() >= timeout.ms)
        throw new WaitTimeoutError(`${replica} not drained within ${timeout.text}: ${left}; ${HINTS}`);
      options.progress.tell(left);
      await clock.sleep(Math.min(POLL_MS, timeout.ms - waitedMs()));
      openCount = await openCountNow(drain);
    }
  } finally {
    options.progress.end();
  }
  return `${replica} drained: no delivery is open, and no webhook is taken\n`;
}

/** Has it take webhooks again. */
export async function cancelDrainCommand(connection: Connection): Promise<string> {
  const { replica } = await controlOf(connection).cancel();
  return `${replica} takes webhooks again\n`;
}

const HINTS =
  'no webhook is taken; "dockbell deliveries list" says what they wait for, "dockbell deliveries drain" goes on waiting, and with --cancel webhooks are taken again';

async function openCountNow(drain: DrainControl): Promise<number> {
  const { replica, isDraining, openCount } = await drain.state();
  if (!isDraining)
    throw new InputError(`${replica} was started again or told to go on meanwhile, and takes webhooks: drain it again`);
  return openCount;
}

function controlOf({ drain, place }: Connection): DrainControl {
  if (drain) return drain;
  throw new InputError(`${place} receives nothing: run dockbell deliveries drain where the receiver runs`);
}
