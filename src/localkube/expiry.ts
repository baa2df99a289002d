// Events are kept for an hour after they were last seen, as a real API server keeps them by default.
import { EVENTS } from "../resources/core.ts";
import { keyOf } from "../resources/resource.ts";
import type { Background } from "./background.ts";
import type { StoredObject } from "./store.ts";

const EVENT_LIFETIME_MS = 3_600_000;
const LOOK_EVERY_MS = 60_000;

/** Runs until the signal aborts. */
export async function expireObjects(background: Background): Promise<void> {
  const { clock, signal, onError } = background;
  while (!signal.aborted) {
    await removeExpired(background).catch(onError);
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

async function removeExpired({ store, clock }: Background): Promise<void> {
  const oldest = clock.now() - EVENT_LIFETIME_MS;
  const expired = store.read.list(EVENTS).filter((event) => writtenAt(event) < oldest);
  if (expired.length === 0) return;
  await store.transact((transaction) => {
    for (const event of expired) {
      const current = transaction.get(EVENTS, keyOf(event.metadata));
      if (current && writtenAt(current) < oldest) transaction.remove(EVENTS, current);
    }
  });
}

/** When the Event was created or, if it repeats, last seen: milliseconds since the epoch. */
function writtenAt(event: StoredObject): number {
  const times = [event.metadata.creationTimestamp, event["lastTimestamp"]];
  return Math.max(...times.map((time) => (typeof time === "string" ? Date.parse(time) : 0)));
}
