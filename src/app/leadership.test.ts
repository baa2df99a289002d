// Who runs the controllers, with two processes, one API, and a clock that the test moves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startKube, type TestKube } from "../../test/support/kube.ts";
import { createTestClock, HALF, type TestClock } from "../../test/support/test-clock.ts";
import { createKubeClient } from "../kube/client.ts";
import { NAMESPACES, type Namespace } from "../resources/core.ts";
import { LEASES } from "../resources/lease.ts";
import { createInstruments } from "./instruments.ts";
import { elected, type RoleTerm, unopposed } from "./leadership.ts";
import { beginWork } from "./work.ts";

const GRACE_MS = 5_000;
const LEASE = { namespace: "default", name: "dockbell-warehouse" };

interface Process {
  readonly terms: readonly RoleTerm[];
  readonly end: () => Promise<void>;
  metrics(): string;
}

function runProcess(identity: string, { kube, clock }: { kube: TestKube; clock: TestClock }): Process {
  const running = beginWork(clock);
  const terms: RoleTerm[] = [];
  const instruments = createInstruments(clock, "test");
  const shared = { client: kube.client, leaseClient: kube.client, clock, random: HALF, instruments, log: () => {} };
  const leadership = elected({ ...shared, namespace: LEASE.namespace, identity, running, graceMs: GRACE_MS });
  leadership("warehouse", (term) => terms.push(term));
  return { terms, end: () => running.end(GRACE_MS), metrics: instruments.text };
}

async function twoProcesses(t: { after(work: () => Promise<void>): void }) {
  const stop = new AbortController();
  const clock = createTestClock();
  const kube = await startKube({ clock, random: HALF, signal: stop.signal });
  const first = runProcess("a", { kube, clock });
  await clock.advance(1_000);
  const second = runProcess("b", { kube, clock });
  await clock.advance(3_000);
  t.after(async () => {
    const ended = Promise.all([first.end(), second.end()]);
    await clock.advance(GRACE_MS);
    await ended;
    stop.abort();
  });
  return { clock, kube, first, second };
}

const create = ({ client }: RoleTerm, name: string) =>
  client.create<Namespace>(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });

test("one process runs the controllers, and says so", async (t) => {
  const { first, second } = await twoProcesses(t);

  assert.deepEqual([first.terms.length, second.terms.length], [1, 0]);
  assert.match(first.metrics(), /^leader_election_master_status\{name="dockbell-warehouse"\} 1$/m);
  assert.match(second.metrics(), /^leader_election_master_status\{name="dockbell-warehouse"\} 0$/m);
});

test("a process that ends gives what it ran to the other within a retry", async (t) => {
  const { clock, first, second } = await twoProcesses(t);

  const ended = first.end();
  await clock.advance(3_000);
  await ended;

  assert.equal(first.terms[0]?.running.signal.aborted, true);
  assert.equal(second.terms.length, 1);
});

test("a process whose Lease was taken stops what it ran, and its client writes nothing more", async (t) => {
  const { clock, kube, first } = await twoProcesses(t);
  const [term] = first.terms;
  assert.ok(term);
  await create(term, "before");

  await kube.admin.mergePatch(LEASES, LEASE, { spec: { holderIdentity: "thief" } });
  await clock.advance(3_000);

  assert.equal(term.running.signal.aborted, true);
  await assert.rejects(create(term, "after"), /another process leads by now/);
  assert.equal(await kube.admin.get(NAMESPACES, { name: "after" }), undefined);
});

test("a process that could not renew its Lease for as long as it lasts writes nothing", async (t) => {
  const { clock, kube, first } = await twoProcesses(t);
  const [term] = first.terms;
  assert.ok(term);

  kube.network = () => new Promise(() => {});
  await clock.advance(11_000);
  kube.network = () => undefined;

  await assert.rejects(create(term, "late"), /another process leads by now/);
});

test("a process that lost its Lease runs the controllers again once it holds it again", async (t) => {
  const { clock, kube, first, second } = await twoProcesses(t);
  await kube.admin.mergePatch(LEASES, LEASE, { spec: { holderIdentity: "thief", leaseDurationSeconds: 4 } });
  await clock.advance(3_000);
  const ended = second.end();
  await clock.advance(GRACE_MS);
  await ended;

  await clock.advance(10_000);

  assert.equal(first.terms.length, 2);
  assert.equal(first.terms[1]?.running.signal.aborted, false);
});

test("with an API of its own a process runs the controllers from the start, with its own client", async () => {
  const running = beginWork(createTestClock());
  const client = createKubeClient({
    transport: () => Promise.reject(new Error()),
    server: "http://kube",
    userAgent: "",
  });
  const terms: RoleTerm[] = [];

  unopposed({ client, running })("warehouse", (term) => terms.push(term));

  assert.deepEqual(terms, [{ client, running }]);
});
