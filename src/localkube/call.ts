// One request under way, as the operations see it.
import type { Clock, Random } from "../clock.ts";
import type { HttpRequest } from "../http/message.ts";
import type { ServedKind } from "./kinds.ts";
import type { ResourceRoute } from "./route.ts";
import type { Store, Transaction } from "./store.ts";

export interface Call {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends what goes on in the background. */
  readonly signal: AbortSignal;
  readonly bookmarkEveryMs: number;
  readonly request: HttpRequest;
  readonly route: ResourceRoute;
  readonly query: URLSearchParams;
}

/** What a write works with. It may run twice, so that it touches nothing but its transaction. */
export interface WriteContext {
  readonly transaction: Transaction;
  readonly kind: ServedKind;
  readonly clock: Clock;
  readonly random: Random;
  readonly isDryRun: boolean;
}

/** The object of a request; `isStatus` where its status alone is meant. */
export interface ObjectAddress {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly isStatus: boolean;
}

/** Runs `work` in a transaction of its own. */
export function write<T>(call: Call, isDryRun: boolean, work: (context: WriteContext) => T): Promise<T> {
  const { clock, random, route } = call;
  return call.store.transact((transaction) => work({ transaction, kind: route.kind, clock, random, isDryRun }));
}

export function storeKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
