// Which process runs the controllers of a role. With an API of its own there is but one; on a cluster the replicas hold
// an election each time nobody does. What is begun in a tenure ends with it, and writes nothing after it.
import { aborted, type Clock, type Random } from "../clock.ts";
import type { KubeClient } from "../kube/client.ts";
import { runLeaderElection, type Term } from "../kube/leader-election.ts";
import { whileLeading } from "../kube/while-leading.ts";
import type { Log } from "../telemetry/log.ts";
import type { Instruments } from "./instruments.ts";
import type { Role } from "./setting-values.ts";
import { beginWork, type Work } from "./work.ts";

/** What the controllers of a role run with while they are ours to run. */
export interface Tenure {
  readonly client: KubeClient;
  readonly running: Work;
}

/** Calls `start` each time the controllers of the role become ours to run. */
export type Leadership = (role: Role, start: (tenure: Tenure) => void) => void;

interface ElectionOptions extends Tenure {
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
}

/** Runs them from now on. */
export function unopposed(tenure: Tenure): Leadership {
  return (_role, start) => start(tenure);
}

/** One Lease for each role, so that replicas may have different ones. */
export function elected(options: ElectionOptions): Leadership {
  const { client, leaseClient, clock, random, instruments, log, namespace, identity, running, graceMs } = options;
  return (role, start) => {
    let held: Term | undefined;
    const work = async (term: Term) => {
      held = term;
      const tenure = beginWork(clock);
      start({ client: whileLeading(client, term), running: tenure });
      await aborted(term.signal);
      await tenure.end(graceMs);
    };
    const lease = { namespace, name: `dockbell-${role}` };
    instruments.lease(lease.name, () => held?.isLeading() ?? false);
    running.follow(
      runLeaderElection({ client: leaseClient, clock, random, log, lease, identity, work }, running.signal),
    );
  };
}
