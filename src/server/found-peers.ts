// Where the other replicas are: the addresses that the configured names lead to now.
import { aborted } from "../clock.ts";
import type { Unanswered } from "../deliveries/delivery-list.ts";
import { messageOf } from "../errors.ts";

export interface PeerNames {
  /** `host:port` each; a host may lead to several replicas, as a headless Service does, and to this one. */
  readonly peers: readonly string[];
  /** Every address, as `host:port`, that a peer leads to; rejects where it leads to none. */
  resolve(peer: string): Promise<readonly string[]>;
  isOurs(address: string): boolean;
}

export interface FoundPeer {
  /** `host:port`. */
  readonly address: string;
  /** Who is there, for people: the peer's name where that leads nowhere else, otherwise the address. */
  readonly name: string;
}

export interface FoundPeers {
  /** None twice. */
  readonly found: readonly FoundPeer[];
  /** Those that could not be found. */
  readonly lost: readonly Unanswered[];
}

/** Once `signal` aborts, what was not found by then is lost: `overdue` says how long that was. */
export async function findPeers(
  { peers, resolve, isOurs }: PeerNames,
  { signal, overdue }: { readonly signal: AbortSignal; readonly overdue: string },
): Promise<FoundPeers> {
  // A name is looked up by the system, which does not let itself be interrupted.
  const tooLate = aborted(signal).then(() => Promise.reject(new Error(overdue)));
  const results = await Promise.allSettled(peers.map((peer) => Promise.race([resolve(peer), tooLate])));
  const names = new Map<string, string>();
  const lost: Unanswered[] = [];
  for (const [place, result] of results.entries()) {
    const peer = peers[place] ?? "";
    if (result.status === "rejected") {
      lost.push({ peer, reason: `it was not found: ${messageOf(result.reason)}` });
      continue;
    }
    for (const address of result.value) {
      const isNew = !names.has(address) && !isOurs(address);
      if (isNew) names.set(address, result.value.length === 1 ? peer : address);
    }
  }
  return { found: [...names].map(([address, name]) => ({ address, name })), lost };
}
