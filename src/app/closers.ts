// What a start opened, closed in the opposite order, within a bound and to the end.
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";

/** Told how many milliseconds are left to it, a whole number. */
export type Closer = (leftMs: number) => unknown;

/** The last one first; one that fails does not keep the others from their turn. */
export async function closeAll(closers: readonly Closer[], { clock, withinMs }: { clock: Clock; withinMs: number }) {
  const deadline = clock.monotonicMs() + withinMs;
  const failures: unknown[] = [];
  for (const close of closers.toReversed()) {
    try {
      await close(Math.max(0, Math.round(deadline - clock.monotonicMs())));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join("; "));
}
