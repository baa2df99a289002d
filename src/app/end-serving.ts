// How `dockbell serve` ends what it serves, before it closes what that stands on.
import type { Clock } from "../clock.ts";
import type { Listener } from "../server/listener.ts";
import type { Work } from "./work.ts";

export interface Served {
  /** The elections, and what is led by them. */
  readonly controllers: Work;
  /** Undefined where none are taken. */
  readonly webhooks: Listener | undefined;
}

interface EndServingOptions extends Served {
  readonly clock: Clock;
  /** How long webhooks are still taken. */
  readonly serveOnMs: number;
  /** How long requests may take to end after that. */
  readonly endWithinMs: number;
}

/**
 * Hands the Leases over at once, while webhooks are taken, each on a connection that ends with its answer, so that a
 * proxy asks for another; then takes no more and waits for those under way.
 */
export async function endServing(options: EndServingOptions): Promise<void> {
  const { controllers, webhooks, clock, serveOnMs, endWithinMs } = options;
  webhooks?.endAfterAnswers();
  await Promise.all([controllers.end(serveOnMs), clock.sleep(serveOnMs)]);
  await Promise.all([controllers.end(endWithinMs), webhooks?.close(endWithinMs)]);
}
