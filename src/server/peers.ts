// The other replicas, as this one asks them for their deliveries: all at once, within one bound of time and one of
// bytes. Each is asked for its own alone, so that no question goes round.
import type { Clock } from "../clock.ts";
import type { Unanswered } from "../deliveries/delivery-list.ts";
import { messageOf } from "../errors.ts";
import { EMPTY_BODY, readBody, type Transport } from "../http/message.ts";
import type { Peers } from "./deliveries.ts";
import { listPath, pagePath } from "./delivery-paths.ts";
import { type FoundPeer, findPeers, type PeerNames } from "./found-peers.ts";
import { type AnswerText, readList, readPage } from "./peer-answer.ts";
import { type Answered, identityOf, type ReplicaIdentity, type Silent, tellReplicas } from "./replica-identity.ts";

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
}

/** A name server that is slow about one peer leaves the others their time. */
const FOUND_WITHIN_MS = 1_000;
const ANSWERED_WITHIN_MS = 1_000;
/** Of all answers together. */
const MAX_ANSWERS_BYTES = 32 * 1024 * 1024;
const MAX_PEERS = 64;
const MAX_REASON_LENGTH = 200;

/** Each call answers within two seconds. */
export function createPeers(options: PeersOptions): Peers {
  return {
    async lists(query) {
      const { answered, unanswered, conflicts } = await askAll(options, {
        path: listPath(query, true),
        read: readList,
      });
      const lists = answered.map(({ identity, value }) => {
        return { replicas: [identity.replica], unanswered: [], conflicts: [], deliveries: value };
      });
      return [...lists, { replicas: [], unanswered, conflicts, deliveries: [] }];
    },
    async page(query) {
      const { answered, unanswered } = await askAll(options, { path: pagePath(query, true), read: readPage });
      return { page: answered.map(({ value }) => value).find((page) => page !== undefined), unanswered };
    },
  };
}

async function askAll<T>(options: PeersOptions, question: Question<T>) {
  const { clock, identity } = options;
  const overdue = `no answer within ${FOUND_WITHIN_MS / 1000} s`;
  const { found, lost } = await within(FOUND_WITHIN_MS, clock, (signal) => findPeers(options, { signal, overdue }));
  const maxBytes = Math.floor(MAX_ANSWERS_BYTES / Math.min(found.length, MAX_PEERS));
  const asked = await within(ANSWERED_WITHIN_MS, clock, (signal) =>
    Promise.all(
      found.map((peer, place) => {
        const answer = place < MAX_PEERS ? ask(peer, { ...question, maxBytes, signal }, options) : tooMany();
        return answer.catch((error: unknown): Silent => ({ ...peer, reason: reasonOf(error, signal) }));
      }),
    ),
  );
  const { answered, silent, conflicts } = tellReplicas(identity, asked);
  return { answered, unanswered: [...silent.map(unanswered), ...lost.map(cut)], conflicts };
}

async function within<T>(ms: number, clock: Clock, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const [done, overdue] = [new AbortController(), new AbortController()];
  void clock.sleep(ms, done.signal).then(() => done.signal.aborted || overdue.abort());
  return work(overdue.signal).finally(() => done.abort());
}

interface Asking<T> extends Question<T> {
  readonly maxBytes: number;
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
}

async function ask<T>(
  peer: FoundPeer,
  { path, read, maxBytes, signal }: Asking<T>,
  { transport, token }: PeersOptions,
): Promise<Answered<T>> {
  const { status, headers, body } = await transport({
    method: "GET",
    url: `http://${peer.address}${path}`,
    headers: { authorization: `Bearer ${token()}` },
    body: EMPTY_BODY,
    signal,
  });
  const text = Buffer.from(await readBody(body, maxBytes)).toString();
  const value = read({ status, text });
  const identity = identityOf(headers);
  if (!identity) throw new Error("it does not say which replica it is: has it another version?");
  return { ...peer, identity, value };
}

function tooMany(): Promise<never> {
  return Promise.reject(new Error(`no more than ${MAX_PEERS} replicas are asked`));
}

function unanswered({ name, reason }: Silent): Unanswered {
  return cut({ replica: name, reason });
}

function cut({ replica, reason }: Unanswered): Unanswered {
  return { replica, reason: reason.slice(0, MAX_REASON_LENGTH) };
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  return signal.aborted ? `no answer within ${ANSWERED_WITHIN_MS / 1000} s` : messageOf(error);
}
