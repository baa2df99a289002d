// The other replicas, as this one asks them for their deliveries: all at once, within one bound of time and one of
// bytes. Each is asked for its own alone, so that no question goes round.
import { aborted, type Clock } from "../clock.ts";
import type { DeliveryList, ListedDelivery } from "../deliveries/delivery-list.ts";
import { messageOf } from "../errors.ts";
import { EMPTY_BODY, readBody, type Transport } from "../http/message.ts";
import { type AskPeers, ownDeliveriesPath } from "./deliveries.ts";

export interface PeersOptions {
  /** `host:port` each; a host may lead to several replicas, as a headless Service does, and to this one. */
  readonly peers: readonly string[];
  /** Every address, as `host:port`, that a peer leads to; rejects where it leads to none. */
  resolve(peer: string): Promise<readonly string[]>;
  isOurs(address: string): boolean;
  /** Asks what `resolve` told and nobody else: it follows no redirect, and the token is sent along. */
  readonly transport: Transport;
  /** The one that all replicas share. */
  token(): string;
  readonly clock: Clock;
}

interface Question {
  readonly limit: number;
  readonly maxBytes: number;
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
}

/** A name server that is slow about one peer leaves the others their time. */
const FOUND_WITHIN_MS = 1_000;
const ANSWERED_WITHIN_MS = 1_000;
/** Of all answers together. */
const MAX_ANSWERS_BYTES = 32 * 1024 * 1024;
const MAX_PEERS = 64;
const MAX_REASON_LENGTH = 200;

/** Answers within two seconds. */
export function createPeers(options: PeersOptions): AskPeers {
  return async (limit) => {
    const { addresses, lost } = await within(FOUND_WITHIN_MS, options.clock, (signal) => findPeers(options, signal));
    const maxBytes = Math.floor(MAX_ANSWERS_BYTES / Math.min(addresses.size, MAX_PEERS));
    const answers = await within(ANSWERED_WITHIN_MS, options.clock, (signal) =>
      Promise.all(
        [...addresses].map(([address, name], place) => {
          const answer = place < MAX_PEERS ? ask(address, { limit, maxBytes, signal }, options) : tooMany();
          return answer.catch((error: unknown) => unanswered(name, reasonOf(error, signal)));
        }),
      ),
    );
    return [...answers, ...lost];
  };
}

async function within<T>(ms: number, clock: Clock, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const [done, overdue] = [new AbortController(), new AbortController()];
  void clock.sleep(ms, done.signal).then(() => done.signal.aborted || overdue.abort());
  return work(overdue.signal).finally(() => done.abort());
}

interface FoundPeers {
  /** To the name of who is there: the peer's where it leads nowhere else, otherwise the address. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly lost: readonly DeliveryList[];
}

async function findPeers({ peers, resolve, isOurs }: PeersOptions, signal: AbortSignal): Promise<FoundPeers> {
  const addresses = new Map<string, string>();
  const lost: DeliveryList[] = [];
  // A name is looked up by the system, which does not let itself be interrupted.
  const tooLate = aborted(signal).then(() => Promise.reject(new Error(`no answer within ${FOUND_WITHIN_MS / 1000} s`)));
  const found = await Promise.allSettled(peers.map((peer) => Promise.race([resolve(peer), tooLate])));
  for (const [place, peer] of peers.entries()) {
    const result = found[place];
    if (result?.status === "rejected") lost.push(unanswered(peer, `it was not found: ${messageOf(result.reason)}`));
    if (result?.status !== "fulfilled") continue;
    for (const address of result.value) {
      const isNew = !addresses.has(address) && !isOurs(address);
      if (isNew) addresses.set(address, result.value.length === 1 ? peer : address);
    }
  }
  return { addresses, lost };
}

async function ask(address: string, question: Question, { transport, token }: PeersOptions): Promise<DeliveryList> {
  const { limit, maxBytes, signal } = question;
  const answer = await transport({
    method: "GET",
    url: `http://${address}${ownDeliveriesPath(limit)}`,
    headers: { authorization: `Bearer ${token()}` },
    body: EMPTY_BODY,
    signal,
  });
  const text = Buffer.from(await readBody(answer.body, maxBytes)).toString();
  if (answer.status === 401) throw new Error("it has another admin token");
  if (answer.status !== 200) throw new Error(`it answered ${answer.status}: ${text.trim()}`);
  return parseList(text);
}

/** Throws when it is not what a replica answers, as one of another version may. Asked alone it misses nobody. */
function parseList(text: string): DeliveryList {
  const { replicas, deliveries } = parsed(text) ?? {};
  if (!Array.isArray(replicas) || !Array.isArray(deliveries) || !deliveries.every(isDelivery)) {
    throw new Error("it answered something else than deliveries");
  }
  return { replicas, unanswered: [], deliveries };
}

/** By what is read of one without being looked at first. */
function isDelivery(one: Partial<ListedDelivery> | null): boolean {
  return [one?.repoURLs, one?.tags, one?.targets, one?.notMatched].every(Array.isArray);
}

function parsed(text: string): Partial<DeliveryList> | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

function tooMany(): Promise<never> {
  return Promise.reject(new Error(`no more than ${MAX_PEERS} replicas are asked`));
}

function unanswered(replica: string, reason: string): DeliveryList {
  return { replicas: [], unanswered: [{ replica, reason: reason.slice(0, MAX_REASON_LENGTH) }], deliveries: [] };
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  return signal.aborted ? `no answer within ${ANSWERED_WITHIN_MS / 1000} s` : messageOf(error);
}
