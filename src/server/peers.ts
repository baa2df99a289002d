// The other replicas, as this one asks them for their deliveries: all at once, within one bound of time, and each
// within one of bytes. Each is asked for its own alone, so that no question goes round.
import { type Clock, within } from "../clock.ts";
import { type DeliveryList, EMPTY_LIST, maxListBytes, type Unanswered } from "../deliveries/delivery-list.ts";
import type { DeliveryPage, DeliveryQuery, PageQuery } from "../deliveries/told-delivery.ts";
import { messageOf } from "../errors.ts";
import { EMPTY_BODY, readBody, type Transport } from "../http/message.ts";
import { listPath, pagePath } from "./delivery-paths.ts";
import { type FoundPeer, findPeers, type PeerNames } from "./found-peers.ts";
import { type AnswerText, readList, readPage } from "./peer-answer.ts";
import { type Answered, identityOf, type ReplicaIdentity, type Silent, tellReplicas } from "./replica-identity.ts";

/** Neither call rejects. */
export interface Peers {
  /** One list for each of them, which says so when there was no answer. */
  lists(query: DeliveryQuery): Promise<readonly DeliveryList[]>;
  page(query: PageQuery): Promise<FoundPage>;
}

export interface FoundPage {
  /** Undefined where none of those that answered has the delivery. */
  readonly page: DeliveryPage | undefined;
  /** Those that may have it. */
  readonly unanswered: readonly Unanswered[];
}

export interface PeersOptions extends PeerNames {
  /** Who asks. */
  readonly identity: ReplicaIdentity;
  /** Asks what `resolve` told and nobody else: it follows no redirect, and the token is sent along. */
  readonly transport: Transport;
  /** The one that all replicas share. */
  token(): string;
  readonly clock: Clock;
}

interface Question<T> {
  readonly path: string;
  /** Throws what is to be said of an answer that is none. */
  readonly read: (answer: AnswerText) => T;
  readonly withinMs: number;
  /** Of each answer. */
  readonly maxBytes: number;
}

/** A name server that is slow about one peer leaves the others their time. */
const FOUND_WITHIN_MS = 1_000;
const ANSWERED_WITHIN_MS = 1_000;
/** A replica may have to read a second long for many deliveries, or for those of one namespace or state. */
const SOUGHT_WITHIN_MS = 3_000;
const MAX_SHORT_LIMIT = 100;
/** One replica has the page, and the others say that they have not. */
const MAX_PAGE_BYTES = 32 * 1024 * 1024;
/** Addresses. */
const MAX_PEERS = 64;
const MAX_REASON_LENGTH = 200;

/** Each call answers within two seconds, a long list and one of a namespace or state within four. */
export function createPeers(options: PeersOptions): Peers {
  return {
    async lists(query) {
      const { limit, namespace, state } = query;
      const isShort = limit <= MAX_SHORT_LIMIT && namespace === undefined && state === undefined;
      const withinMs = isShort ? ANSWERED_WITHIN_MS : SOUGHT_WITHIN_MS;
      const question = { path: listPath(query, true), read: readList, withinMs, maxBytes: maxListBytes(limit) };
      const { answered, unanswered, conflicts } = await askAll(options, question);
      const lists = answered.map(({ identity, value }) => {
        return { replicas: [identity.replica], unanswered: [], conflicts: [], ...value };
      });
      return [...lists, { replicas: [], unanswered, conflicts, ...EMPTY_LIST }];
    },
    async page(query) {
      const path = pagePath(query, true);
      const question = { path, read: readPage, withinMs: ANSWERED_WITHIN_MS, maxBytes: MAX_PAGE_BYTES };
      const { answered, unanswered } = await askAll(options, question);
      return { page: answered.map(({ value }) => value).find((page) => page !== undefined), unanswered };
    },
  };
}

async function askAll<T>(options: PeersOptions, question: Question<T>) {
  const { clock, identity } = options;
  const { found, lost } = await within(FOUND_WITHIN_MS, clock, (signal) => {
    return findPeers(options, { signal, overdue: overdueText(FOUND_WITHIN_MS) });
  });
  const [asked, tooMany] = [found.slice(0, MAX_PEERS), found.slice(MAX_PEERS)];
  const answers = await within(question.withinMs, clock, (signal) => {
    return Promise.all(asked.map((peer) => ask(peer, { ...question, signal }, options)));
  });
  const left = tooMany.map((peer): Silent => ({ ...peer, reason: `no more than ${MAX_PEERS} replicas are asked` }));
  const { answered, silent, conflicts } = tellReplicas(identity, [...answers, ...left]);
  const unanswered = [...silent.map(({ name, reason }) => ({ peer: name, reason })), ...lost];
  return { answered, unanswered: unanswered.map(cut), conflicts };
}

interface Asking<T> extends Question<T> {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
}

async function ask<T>(peer: FoundPeer, asking: Asking<T>, options: PeersOptions): Promise<Answered<T> | Silent> {
  const { signal, withinMs } = asking;
  try {
    return { ...peer, ...(await answerOf(peer, asking, options)) };
  } catch (error) {
    return { ...peer, reason: signal.aborted ? overdueText(withinMs) : messageOf(error) };
  }
}

/** Throws what is wrong with it. */
async function answerOf<T>(
  { address }: FoundPeer,
  { path, read, maxBytes, signal }: Asking<T>,
  { transport, token }: PeersOptions,
): Promise<{ readonly identity: ReplicaIdentity; readonly value: T }> {
  const { status, headers, body } = await transport({
    method: "GET",
    url: `http://${address}${path}`,
    headers: { authorization: `Bearer ${token()}` },
    body: EMPTY_BODY,
    signal,
  });
  const text = Buffer.from(await readBody(body, maxBytes)).toString();
  const value = read({ status, text });
  const identity = identityOf(headers);
  if (!identity) throw new Error("it does not say which replica it is: has it another version?");
  return { identity, value };
}

function cut({ peer, reason }: Unanswered): Unanswered {
  return { peer, reason: reason.slice(0, MAX_REASON_LENGTH) };
}

function overdueText(withinMs: number): string {
  return `no answer within ${withinMs / 1000} s`;
}
