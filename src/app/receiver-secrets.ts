// How a process that keeps no copy of all Secrets follows those of its receivers: each is read when a watch of nothing
// but metadata tells that it changed, or, where that watch is not granted, as beside Kargo, every 10 seconds; more than
// 500 of them less often.
import { type Clock, jittered, type Random } from "../clock.ts";
import { KubeError, messageOf } from "../errors.ts";
import { lackingVerbs } from "../kube/access-review.ts";
import type { KubeClient } from "../kube/client.ts";
import { createInformer } from "../kube/informer.ts";
import { metadataOnly } from "../kube/keep.ts";
import { createPolledSecrets, type PolledSecrets } from "../kube/polled-secrets.ts";
import type { ReferredSecrets } from "../kube/referred-secrets.ts";
import { SECRETS } from "../resources/core.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import type { Log } from "../telemetry/log.ts";
import type { Work } from "./work.ts";

interface ReceiverSecretsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly running: Work;
}

const ASK_AGAIN_MS = 5_000;
/** Refusals within this time are told in one line. */
const GATHER_MS = 5_000;
const MAX_NAMED = 5;

/** Runs until the work ends. */
export function followReceiverSecrets(options: ReceiverSecretsOptions): ReferredSecrets {
  const { client, clock, random, running } = options;
  const polled = createPolledSecrets({
    client,
    clock,
    random,
    onUnreadable: createRefusalTeller(options),
    onError: createFailureTeller(options),
  });
  running.follow(polled.run(running.signal));
  running.follow(watchWhereGranted(polled, options));
  return polled;
}

async function watchWhereGranted(polled: PolledSecrets, options: ReceiverSecretsOptions): Promise<void> {
  const { log, running } = options;
  const hindrance = await hindranceToWatch(options);
  if (running.signal.aborted) return;
  if (hindrance !== undefined) {
    log(
      `${hindrance}: those of receivers are read one by one, and a changed one is seen within 10 s, with more than 500 ` +
        "of them later",
    );
    return;
  }
  const changes = createInformer<KubeObject>({
    ...options,
    resource: SECRETS,
    isMetadataOnly: true,
    keep: metadataOnly,
  });
  changes.subscribe(({ key }) => polled.changed(key));
  void changes.synced.then(() => polled.relyOnChanges());
  await changes.run(running.signal);
}

/** Why Secrets cannot be watched, undefined where they can. Asked until the API answers. */
async function hindranceToWatch({
  client,
  clock,
  random,
  log,
  running,
}: ReceiverSecretsOptions): Promise<string | undefined> {
  for (let failures = 0; !running.signal.aborted; failures++) {
    try {
      const lacking = await lackingVerbs(client, SECRETS, ["list", "watch"]);
      return lacking.length > 0 ? `may not ${lacking.map((verb) => `"${verb}"`).join(" and ")} secrets` : undefined;
    } catch (error) {
      const problem = `cannot ask whether secrets may be watched (${messageOf(error)})`;
      if (isRefused(error)) return problem;
      if (failures === 0) log(`${problem}; asking again`);
      await clock.sleep(jittered(ASK_AGAIN_MS, random), running.signal);
    }
  }
  return undefined;
}

/** Asking again would not help; a 401 is not one, since credentials are renewed. */
function isRefused(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 403 || error.status === 404);
}

/** Once for each namespace, however often it is refused. */
function createRefusalTeller({ clock, log, running }: ReceiverSecretsOptions): (namespace: string) => void {
  const told = new Set<string>();
  let untold: string[] = [];
  const tell = async () => {
    await clock.sleep(GATHER_MS, running.signal);
    const named = untold.slice(0, MAX_NAMED).join(", ");
    const more = untold.length > MAX_NAMED ? ` and ${untold.length - MAX_NAMED} more` : "";
    untold = [];
    if (running.signal.aborted) return;
    log(
      `may not "get" secrets in ${named}${more}: until that is granted, receivers there are reached only by the URLs ` +
        "that their controller published, up to 5 minutes after a Secret changed",
    );
  };
  return (namespace) => {
    if (told.has(namespace)) return;
    told.add(namespace);
    untold.push(namespace);
    if (untold.length === 1) void tell();
  };
}

/** One line for each row of failures. */
function createFailureTeller({ clock, log }: ReceiverSecretsOptions): (key: string, error: unknown) => void {
  let failedAt = Number.NEGATIVE_INFINITY;
  return (key, error) => {
    const isNew = clock.monotonicMs() - failedAt > 60_000;
    failedAt = clock.monotonicMs();
    if (isNew) log(`reading Secret ${key}: ${messageOf(error)}; going on with what is known`);
  };
}
