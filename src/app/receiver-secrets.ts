// How a process that keeps no copy of all Secrets follows those of its receivers: each is read when a watch of nothing
// but metadata tells that it changed, or, as long as that watch is not granted, as beside Kargo, once a round.
import { type Clock, jittered, type Random } from "../clock.ts";
import { KubeError, messageOf } from "../errors.ts";
import { lackingVerbs } from "../kube/access-review.ts";
import type { KubeClient } from "../kube/client.ts";
import { createInformer } from "../kube/informer.ts";
import { metadataOnly } from "../kube/keep.ts";
import { createPolledSecrets, type PolledSecrets, ROUND_MS, SECRETS_A_ROUND } from "../kube/polled-secrets.ts";
import type { ReferredSecrets } from "../kube/referred-secrets.ts";
import { SECRETS } from "../resources/core.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import type { Log } from "../telemetry/log.ts";
import type { Attempt, Troubles } from "../telemetry/troubles.ts";
import type { Work } from "./work.ts";

interface ReceiverSecretsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Shared with others who ask the same API. */
  readonly troubles: Troubles;
  readonly running: Work;
}

const QUESTION = "asking whether secrets may be watched";
const ASKING: Attempt = { what: QUESTION, subject: QUESTION };
const SEEN = `seen within ${ROUND_MS / 1_000} s, with more than ${SECRETS_A_ROUND} of them later`;
const READS = `: those of receivers are read one by one, and a changed one is ${SEEN}`;

/** After no answer. */
const ASK_AGAIN_MS = 5_000;
/** What is granted may change. */
const ASK_ANEW_MS = 5 * 60_000;
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
  running.follow(watchWhileGranted(polled, options));
  return polled;
}

/** Each time that it is granted or withdrawn is told; that it is granted from the start on is not. */
async function watchWhileGranted(polled: PolledSecrets, options: ReceiverSecretsOptions): Promise<void> {
  const { clock, random, log, running } = options;
  let told: string | undefined;
  let watch: AbortController | undefined;
  while (!running.signal.aborted) {
    const hindrance = await hindranceToWatch(options);
    if (running.signal.aborted) return;
    if (hindrance !== told) log(hindrance ?? "secrets may be watched now: a changed one is seen at once");
    told = hindrance;
    if (hindrance === undefined) watch ??= startWatch(polled, options);
    else if (watch) {
      watch.abort();
      watch = undefined;
      polled.relyOnReads();
    }
    await clock.sleep(jittered(ASK_ANEW_MS, random), running.signal);
  }
}

/** Goes on until the work ends, or what it returns aborts. */
function startWatch(polled: PolledSecrets, options: ReceiverSecretsOptions): AbortController {
  const { running } = options;
  const end = new AbortController();
  const signal = AbortSignal.any([running.signal, end.signal]);
  const what = { resource: SECRETS, isMetadataOnly: true, keep: metadataOnly };
  const changes = createInformer<KubeObject>({ ...options, ...what });
  changes.subscribe(({ key }) => polled.changed(key), signal);
  void changes.synced.then(() => signal.aborted || polled.relyOnChanges());
  running.follow(changes.run(signal));
  return end;
}

/** Why Secrets cannot be watched, undefined where they can. Asked until the API answers. */
async function hindranceToWatch(options: ReceiverSecretsOptions): Promise<string | undefined> {
  const { client, clock, random, troubles, running } = options;
  while (!running.signal.aborted) {
    try {
      const lacking = await lackingVerbs(client, SECRETS, ["list", "watch"]);
      troubles.worked(ASKING);
      return lacking.length > 0
        ? `may not ${lacking.map((verb) => `"${verb}"`).join(" and ")} secrets${READS}`
        : undefined;
    } catch (error) {
      if (isRefused(error)) return `cannot ask whether secrets may be watched (${messageOf(error)})${READS}`;
      troubles.failed(ASKING, error);
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
