// Controllers of ours beside Kargo's would write the same status against each other: those over CRDs that are not ours
// start only when the user says that they take Kargo's place.
import { type Clock, jittered, type Random } from "../clock.ts";
import { InputError, messageOf } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import { type CrdOwner, findCrdOwner } from "../kube/crd-owner.ts";
import type { Log } from "../telemetry/log.ts";
import type { Leadership } from "./leadership.ts";

interface TakeOverOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly takeOver: boolean;
  readonly stop: AbortSignal;
}

const ASK_AGAIN_MS = 5_000;

/**
 * Resolves when the controllers may start, or `stop` aborts. Asks until the API answers; rejects with an `InputError`
 * that says what to do when they must not start.
 */
export async function untilControllersMayStart(options: TakeOverOptions): Promise<void> {
  const { client, clock, random, log, takeOver, stop } = options;
  while (!stop.aborted) {
    const owner = await findCrdOwner(client).catch((error: unknown) => messageOf(error));
    if (typeof owner !== "string") {
      if (owner.kind === "others" && takeOver) log("taking over the CRDs of others: no controller of Kargo may run");
      return refuseOthers(owner, takeOver);
    }
    log(`whose the CRDs are: ${owner}; until that is known no controller starts`);
    await clock.sleep(jittered(ASK_AGAIN_MS, random), stop);
  }
}

/** The election of each role begins once `allowed` has resolved. */
export function onceAllowed(allowed: Promise<void>, leadership: Leadership): Leadership {
  return (role, start) => {
    // Whoever made the promise hears of its rejection.
    allowed.then(
      () => leadership(role, start),
      () => undefined,
    );
  };
}

function refuseOthers(owner: CrdOwner, takeOver: boolean): void {
  switch (owner.kind) {
    case "ours":
      return;
    case "missing":
      throw new InputError(
        `these CRDs are not installed: ${owner.names.join(", ")}; apply those of Dockbell (deploy/crds, or the chart)`,
      );
    case "others":
      if (takeOver) return;
      throw new InputError(
        `these CRDs are not Dockbell's but somebody else's: ${owner.names.join(", ")}. Where Kargo runs, give --roles ` +
          "receiver: Dockbell takes the webhooks, and Kargo's controllers do the rest. To run the roles projectconfig " +
          "and warehouse in the place of Kargo's controllers, stop those for good, then give --take-over",
      );
    case "unreadable":
      if (takeOver) return;
      throw new InputError(
        "the roles projectconfig and warehouse start only over CRDs of Dockbell's, and whose they are cannot be read: " +
          'grant "get" on customresourcedefinitions (apiextensions.k8s.io), or give --roles receiver where Kargo runs, ' +
          "or --take-over where it does not",
      );
  }
}
