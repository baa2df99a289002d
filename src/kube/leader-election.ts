// Leader election with a coordination.k8s.io Lease, in the protocol of client-go, so that any holder understands it.
// A lease is taken for expired only by our own monotonic clock, counted from when we saw it change; a leader gives up
// by the same clock before any other may take over.
import { type Clock, type Random, toKubeMicroTime, within } from "../clock.ts";
import { KubeError, messageOf } from "../errors.ts";
import { LEASES, type Lease } from "../resources/lease.ts";
import type { KubeClient } from "./client.ts";

export interface LeadershipOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (line: string) => void;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Of one process at a time: one that is started again may have the identity of its former self, which is gone. */
  readonly identity: string;
  /** What only the leader does, until the term ends: at shutdown, or when the lease was lost. Resolves after it. */
  readonly work: (term: Term) => Promise<void>;
}

export interface Term {
  readonly signal: AbortSignal;
  /** Asks the clock itself: true only as long as no other can lead, even after the process stood still. */
  isLeading(): boolean;
}

const LEASE_SECONDS = 15;
/** Before the lease's own end by more than two clocks drift apart in that time. */
const GIVE_UP_AFTER_MS = 10_000;
const RETRY_EVERY_MS = 2_000;
const ATTEMPT_TIMEOUT_MS = 4_000;

/** Campaigns, leads, campaigns again until `signal` aborts, then releases the lease. Rejects with what `work` threw. */
export async function runLeaderElection(options: LeadershipOptions, signal: AbortSignal): Promise<void> {
  const candidate = new Candidate(options);
  while (await candidate.campaign(signal)) await candidate.lead(signal);
}

class Candidate {
  readonly #options: LeadershipOptions;
  /** The lease as another holder last wrote it, and when we first saw that. */
  #seen: { readonly resourceVersion: string; readonly at: number } | undefined;
  /** The lease as we last wrote it. */
  #held: Lease | undefined;
  /** Whether it may carry our identity: from a write that was sent until another's is read there or ours taken off. */
  #mayHold = false;
  /** Whether a write of ours was sent that the server never answered: it may arrive yet. */
  #isUnanswered = false;
  #leadsUntil = Number.NEGATIVE_INFINITY;
  /** What the attempts of this row failed by; undefined after one that did not. */
  #toldCause: string | undefined;

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** True once we lead; false when `signal` aborted before. */
  async campaign(signal: AbortSignal): Promise<boolean> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      await this.#attempt(signal);
      if (this.#isLeading()) return true;
      await clock.sleep(RETRY_EVERY_MS * (1 + random.fraction() / 5), signal);
    }
    await this.#release();
    return false;
  }

  async lead(signal: AbortSignal): Promise<void> {
    const { work } = this.#options;
    const end = new AbortController();
    const term = AbortSignal.any([signal, end.signal]);
    this.#tell("leads: it holds");
    const guards = [this.#renew(term, end), this.#endWhenExpired(term, end)];
    try {
      await work({ signal: term, isLeading: () => !term.aborted && this.#isLeading() });
    } finally {
      end.abort();
      await Promise.all(guards);
      if (this.#isLeading()) await this.#release();
    }
  }

  #isLeading(): boolean {
    return this.#options.clock.monotonicMs() < this.#leadsUntil;
  }

  async #renew(term: AbortSignal, end: AbortController): Promise<void> {
    const { clock } = this.#options;
    while (!term.aborted) {
      await clock.sleep(RETRY_EVERY_MS, term);
      if (term.aborted) return;
      await this.#attempt(term);
      if (term.aborted || this.#isLeading()) continue;
      this.#tell("leads no longer: another holds");
      end.abort();
    }
  }

  /** Beside the renewals, because one of them may hang for longer than the lease lasts. */
  async #endWhenExpired(term: AbortSignal, end: AbortController): Promise<void> {
    const { clock } = this.#options;
    while (!term.aborted && this.#isLeading()) await clock.sleep(this.#leadsUntil - clock.monotonicMs(), term);
    if (term.aborted) return;
    this.#tell("leads no longer: it could not renew");
    end.abort();
  }

  #tell(what: string): void {
    const { log, identity, lease } = this.#options;
    log(`${identity} ${what} the Lease ${lease.namespace}/${lease.name}`);
  }

  /** One try to take or renew the lease; never rejects. */
  async #attempt(signal: AbortSignal): Promise<void> {
    const { clock, log, lease } = this.#options;
    const begunAt = clock.monotonicMs();
    try {
      const isOurs = await within(ATTEMPT_TIMEOUT_MS, clock, (overdue) =>
        this.#write(AbortSignal.any([signal, overdue])),
      );
      // Counted from before the request: the server cannot have written it earlier.
      this.#leadsUntil = isOurs ? begunAt + GIVE_UP_AFTER_MS : Number.NEGATIVE_INFINITY;
      this.#toldCause = undefined;
    } catch (error) {
      const cause = causeOf(error);
      const isNew = cause !== this.#toldCause;
      this.#toldCause = cause;
      if (isNew && !signal.aborted)
        log(`the Lease ${lease.namespace}/${lease.name}: ${messageOf(error)}; trying again`);
    }
  }

  /** Whether the lease is ours now. */
  async #write(signal: AbortSignal): Promise<boolean> {
    const { client, lease: key } = this.#options;
    if (this.#held && (await this.#update(this.#held, signal))) return true;
    const lease = await client.get<Lease>(LEASES, key, { signal });
    if (!lease) return this.#unlessRaced(lease, this.#make(this.#taken(undefined), signal));
    if (this.#isFree(lease)) return this.#update(lease, signal);
    this.#mayHold = false;
    return false;
  }

  /** Ours, released, or not renewed for as long as its holder asked for, by our own clock. */
  #isFree({ metadata, spec }: Lease): boolean {
    const { clock, identity } = this.#options;
    const holder = spec?.holderIdentity ?? "";
    if (holder === "" || holder === identity) return true;
    const { resourceVersion = "" } = metadata;
    if (this.#seen?.resourceVersion !== resourceVersion) this.#seen = { resourceVersion, at: clock.monotonicMs() };
    return clock.monotonicMs() - this.#seen.at > (spec?.leaseDurationSeconds ?? LEASE_SECONDS) * 1000;
  }

  #make(spec: NonNullable<Lease["spec"]>, signal: AbortSignal): Promise<Lease> {
    const { client, lease: metadata } = this.#options;
    const lease: Lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
    return client.create(LEASES, lease, { signal });
  }

  /** The resource version goes with it: without one, the server would overwrite whoever came first. */
  async #update(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const { client } = this.#options;
    return this.#unlessRaced(lease, client.update(LEASES, { ...lease, spec: this.#taken(lease.spec) }, { signal }));
  }

  #taken(before: Lease["spec"]): NonNullable<Lease["spec"]> {
    const { clock, identity } = this.#options;
    const now = toKubeMicroTime(clock.now());
    const isSameHolder = before?.holderIdentity === identity;
    const transitions = before?.leaseTransitions ?? 0;
    return {
      ...before,
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_SECONDS,
      acquireTime: isSameHolder ? (before?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: isSameHolder || !before ? transitions : transitions + 1,
    };
  }

  /** False when somebody else wrote, or removed, the lease meanwhile. */
  async #unlessRaced(before: Lease | undefined, written: Promise<Lease>): Promise<boolean> {
    this.#mayHold = true;
    this.#isUnanswered = true;
    this.#held = undefined;
    try {
      this.#held = await written;
      this.#isUnanswered = false;
      return true;
    } catch (error) {
      if (error instanceof KubeError) this.#isUnanswered = false;
      if (isRaced(before, error)) return false;
      throw error;
    }
  }

  /**
   * So that the next leader need not wait. Tried no longer than a renewal, as client-go does: where the server does not
   * answer in that time, the lease runs out by itself.
   */
  async #release(): Promise<void> {
    const { clock, log, lease } = this.#options;
    if (!this.#mayHold) return;
    this.#leadsUntil = Number.NEGATIVE_INFINITY;
    this.#held = undefined;
    this.#mayHold = false;
    await within(ATTEMPT_TIMEOUT_MS, clock, (overdue) => this.#giveBack(overdue)).catch((error: unknown) =>
      log(`releasing the Lease ${lease.namespace}/${lease.name}: ${messageOf(error)}`),
    );
  }

  /**
   * Reads it first, and again when it was written meanwhile: a write of ours that was cut off may have arrived. One
   * that may yet arrive finds a Lease where it makes one, or another version than it was made for, and is refused.
   */
  async #giveBack(signal: AbortSignal): Promise<void> {
    const { client, clock, identity, lease: key } = this.#options;
    const lease = await client.get<Lease>(LEASES, key, { signal });
    const holder = lease?.spec?.holderIdentity ?? "";
    if (holder === "" ? !this.#isUnanswered : holder !== identity) return;
    const now = toKubeMicroTime(clock.now());
    const spec = { ...lease?.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    try {
      await (lease ? client.update(LEASES, { ...lease, spec }, { signal }) : this.#make(spec, signal));
    } catch (error) {
      if (!isRaced(lease, error)) throw error;
      await this.#giveBack(signal);
    }
  }
}

/** A refusal names the right that lacks: whoever gives one hears which is the next. */
function causeOf(error: unknown): string {
  if (!(error instanceof KubeError)) return "no answer";
  return error.status === 403 ? error.message : `${error.status}`;
}

/** Somebody else made, wrote or removed it since. A 404 for one that is to be made says that its namespace is gone. */
function isRaced(before: Lease | undefined, error: unknown): boolean {
  return error instanceof KubeError && (error.status === 409 || (error.status === 404 && before !== undefined));
}
