// Which replica it is that answers: one may be reached at several addresses, and two may have one name by mistake.
import type { Conflict } from "../deliveries/delivery-list.ts";
import type { Headers } from "../http/message.ts";
import type { FoundPeer } from "./found-peers.ts";

export interface ReplicaIdentity {
  /** Its name among the replicas. */
  readonly replica: string;
  /** Another one for each process. */
  readonly instance: string;
  /** `host:port` of its admin API, at each address where that listens. */
  readonly addresses: readonly string[];
}

export interface Answered<T> extends FoundPeer {
  readonly identity: ReplicaIdentity;
  readonly value: T;
}

/** No answer came, or none that is one. */
export interface Silent extends FoundPeer {
  readonly reason: string;
}

interface Told<T> {
  /** One for each replica, and none for the one that asked. */
  readonly answered: readonly Answered<T>[];
  /** Without the other addresses of those that answered. */
  readonly silent: readonly Silent[];
  readonly conflicts: readonly Conflict[];
}

const HEADER = "dockbell-replica";
/** Every machine has one of its own. */
const LOOPBACK = /^(127\.|\[::1\]:)/;

export function identityHeader(identity: ReplicaIdentity): Headers {
  return { [HEADER]: JSON.stringify(identity) };
}

/** Undefined in an answer that is not a replica's. */
export function identityOf(headers: Headers): ReplicaIdentity | undefined {
  try {
    const { replica, instance, addresses } = JSON.parse(String(headers[HEADER])) as Partial<ReplicaIdentity>;
    if (typeof replica !== "string" || typeof instance !== "string" || !Array.isArray(addresses)) return undefined;
    return { replica, instance, addresses };
  } catch {
    return undefined;
  }
}

/** Brings the answers of many addresses together by the replicas that they lead to. */
export function tellReplicas<T>(own: ReplicaIdentity, asked: readonly (Answered<T> | Silent)[]): Told<T> {
  const all = asked.filter((one) => "identity" in one);
  const instances = all.map(({ identity }) => identity.instance);
  const isFirst = ({ identity: { instance } }: Answered<T>, place: number) => instances.indexOf(instance) === place;
  const answered = all.filter(isFirst).filter(({ identity }) => identity.instance !== own.instance);
  const silent = asked.filter((one) => "reason" in one);
  return {
    answered,
    silent: silent.filter(({ address }) => !all.some((one) => isAlsoAt(one, address))),
    conflicts: conflictsOf(own, answered),
  };
}

function isAlsoAt({ address: answeredAt, identity }: Answered<unknown>, address: string): boolean {
  return identity.addresses.includes(address) && (!LOOPBACK.test(address) || LOOPBACK.test(answeredAt));
}

function conflictsOf(own: ReplicaIdentity, answered: readonly Answered<unknown>[]): readonly Conflict[] {
  const named = [
    { replica: own.replica, place: "the one that was asked" },
    ...answered.map(({ identity, name }) => ({ replica: identity.replica, place: name })),
  ];
  const byName = Map.groupBy(named, ({ replica }) => replica);
  return [...byName]
    .filter(([, those]) => those.length > 1)
    .map(([replica, those]) => ({ replica, places: those.map(({ place }) => place) }));
}
