// Which process runs the controllers of a role. With an API of its own there is but one; on a cluster the replicas hold
// an election each time nobody does. What is begun in a term ends with it, and writes nothing after it. In `serve`:
//
// 1. `admitControllers` asks whose the CRDs are, and makes a `Leadership` of the answer (`onceAllowed`) and `elected`.
// 2. `startComponents` hands it what starts each role: nothing runs yet.
// 3. Once the controllers may start, the election of each role begins.
// 4. Whenever we hold its Lease, the role starts with that term.
import { aborted, type Clock, type Random } from "../clock.ts";
import type { KubeClient } from "../kube/client.ts";
import { runLeaderElection, type Term } from "../kube/leader-election.ts";
import { whileLeading } from "../kube/while-leading.ts";
import type { Log } from "../telemetry/log.ts";
import type { Instruments } from "./instruments.ts";
import type { Role } from "./setting-values.ts";
import { beginWork, type Work } from "./work.ts";

/** What the controllers of a role run with in one term. */
export interface RoleTerm {
  readonly client: KubeClient;
  readonly running: Work;
}

/** Calls `start` each time the controllers of the role become ours to run. */
export type Leadership = (role: Role, start: (term: RoleTerm) => void) => void;

interface ElectionOptions {
  readonly client: KubeClient;
  /** Of connections that nothing else uses. */
  readonly leaseClient: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly namespace: string;
  /** Ours alone, as long as no other process has our data directory. */
  readonly identity: string;
  /** How long passes under way may take to end; the Lease is handed over after it. */
  readonly graceMs: number;
  /** The elections end with it. */
  readonly running: Work;
}

/** Runs them from now on. */
export function unopposed(term: RoleTerm): Leadership {
  return (_role, start) => start(term);
}

/** One Lease for each role, so that replicas may have different ones. */
export function elected(options: ElectionOptions): Leadership {
  const { client, leaseClient, clock, random, instruments, log, namespace, identity, running, graceMs } = options;
  return (role, start) => {
    let held: Term | undefined;
    const work = async (term: Term) => {
      held = term;
      const begun = beginWork(clock);
      start({ client: whileLeading(client, term), running: begun });
      await aborted(term.signal);
      await begun.end(graceMs);
    };
    const lease = { namespace, name: `dockbell-${role}` };
    instruments.lease(lease.name, () => held?.isLeading() ?? false);
    running.follow(
      runLeaderElection({ client: leaseClient, clock, random, log, lease, identity, work }, running.signal),
    );
  };
}
