// One Lease, several candidates, each with the embedded API as its server and a clock that the test moves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SYSTEM_RANDOM } from "../../src/app/system.ts";
import { type HttpRequest, jsonResponse, type Transport } from "../../src/http/message.ts";
import { inProcessTransport } from "../../src/http/transport.ts";
import { createKubeClient } from "../../src/kube/client.ts";
import { runLeaderElection, type Term } from "../../src/kube/leader-election.ts";
import { openLocalKube } from "../../src/localkube/local-kube.ts";
import { KUBE_MIGRATIONS } from "../../src/localkube/store-schema.ts";
import { NAMESPACES } from "../../src/resources/core.ts";
import { LEASES, type Lease } from "../../src/resources/lease.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { unexpected } from "../support/kube.ts";
import { createTestClock, HALF } from "../support/test-clock.ts";

const LEASE = { namespace: "system", name: "dockbell" };

/** A frozen server: no answer for as long as the caller waits. */
function silence({ signal }: HttpRequest): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new Error("aborted"));
    if (signal?.aborted) fail();
    signal?.addEventListener("abort", fail);
  });
}

/** What is written arrives; the answer to it does not. */
function withoutAnswers(transport: Transport): Transport {
  return async (request) => {
    const response = await transport(request);
    return request.method === "GET" ? response : silence(request);
  };
}

async function createElection() {
  const clock = createTestClock();
  const stop = new AbortController();
  const database = openDatabase({ path: ":memory:", migrations: KUBE_MIGRATIONS });
  const options = { database, clock, random: SYSTEM_RANDOM, token: "t", signal: stop.signal, onError: unexpected };
  const { handler } = await openLocalKube(options);
  const transport = inProcessTransport(handler);
  const clientOf = (send: Transport = transport) =>
    createKubeClient({ transport: send, server: "http://kube", token: () => "t", userAgent: "test" });
  const client = clientOf();
  await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: LEASE.namespace } });

  const join = (identity: string) => {
    const leave = new AbortController();
    const told = { terms: [] as Term[], lines: [] as string[] };
    const candidate = { ...told, send: transport, ended: 0, leave, done: Promise.resolve() };
    const work = async (term: Term) => {
      candidate.terms.push(term);
      await new Promise<void>((resolve) => {
        if (term.signal.aborted) resolve();
        term.signal.addEventListener("abort", () => resolve());
      });
      candidate.ended += 1;
    };
    candidate.done = runLeaderElection(
      {
        client: clientOf((request) => candidate.send(request)),
        clock,
        random: HALF,
        log: (line) => candidate.lines.push(line),
        lease: LEASE,
        identity,
        work,
      },
      leave.signal,
    );
    return candidate;
  };
  const lease = async () => (await client.get<Lease>(LEASES, LEASE))?.spec;
  const close = () => {
    stop.abort();
    database.close();
  };
  return { clock, client, transport, join, lease, close };
}

test("one of two candidates leads, and keeps renewing in microseconds' notation", async () => {
  const { clock, join, lease, close } = await createElection();
  const [a, b] = [join("a"), join("b")];
  await clock.advance(3_000);
  const before = await lease();

  await clock.advance(60_000);

  const after = await lease();
  assert.equal(a.terms.length + b.terms.length, 1);
  assert.match(after?.renewTime ?? "", /^2026-11-24T12:01:\d\d\.\d{6}Z$/);
  assert.equal(after?.acquireTime, before?.acquireTime);
  assert.equal(after?.holderIdentity, before?.holderIdentity);
  assert.equal(after?.leaseTransitions, 0);
  close();
});

test("a leader that leaves releases the lease, and the next leads within one retry", async () => {
  const { clock, join, lease, close } = await createElection();
  const a = join("a");
  await clock.advance(1_000);
  const b = join("b");
  await clock.advance(10_000);

  a.leave.abort();
  await clock.advance(0);
  await a.done;
  const released = await lease();
  await clock.advance(3_000);

  assert.equal(released?.holderIdentity, "");
  assert.equal(a.ended, 1);
  assert.equal(b.terms.length, 1);
  assert.equal((await lease())?.leaseTransitions, 1);
  close();
});

test("a leader that leaves while a renewal is under way releases the lease", async () => {
  const { clock, transport, join, lease, close } = await createElection();
  const a = join("a");
  await clock.advance(1_000);
  a.send = withoutAnswers(transport);
  await clock.advance(1_500);
  const renewed = await lease();

  a.send = transport;
  a.leave.abort();
  await a.done;

  assert.match(renewed?.renewTime ?? "", /T12:00:02/);
  assert.equal((await lease())?.holderIdentity, "");
  close();
});

test("a candidate that leaves before it learns that it leads releases the lease", async () => {
  const { clock, transport, join, lease, close } = await createElection();
  const a = join("a");
  a.send = withoutAnswers(transport);
  await clock.advance(1_000);
  const created = await lease();

  a.send = transport;
  a.leave.abort();
  await a.done;

  assert.deepEqual([created?.holderIdentity, (await lease())?.holderIdentity, a.terms.length], ["a", "", 0]);
  close();
});

/** The first write is cut off, and reaches the server only when the test says so. */
function lateWriter(transport: Transport) {
  let late: HttpRequest | undefined;
  const send: Transport = (request) => {
    if (request.method === "GET" || late) return transport(request);
    late = { ...request, signal: new AbortController().signal };
    return silence(request);
  };
  return { send, arrive: async () => late && (await transport(late)).status };
}

/** A candidate whose first write is under way leaves, and then the write arrives. */
async function leaveBeforeArrival({ clock, transport, join }: Awaited<ReturnType<typeof createElection>>) {
  const writer = lateWriter(transport);
  const leaver = join("a");
  leaver.send = writer.send;
  await clock.advance(1_000);
  leaver.leave.abort();
  await leaver.done;
  return { status: await writer.arrive(), terms: leaver.terms };
}

test("a lease that is made only after a candidate left is not held by who is gone", async () => {
  const election = await createElection();

  const { status, terms } = await leaveBeforeArrival(election);

  assert.deepEqual([status, (await election.lease())?.holderIdentity, terms.length], [409, "", 0]);
  election.close();
});

test("a released lease that is taken only after a candidate left is not held by who is gone", async () => {
  const election = await createElection();
  const former = election.join("former");
  await election.clock.advance(1_000);
  former.leave.abort();
  await former.done;

  const { status, terms } = await leaveBeforeArrival(election);

  assert.deepEqual([status, (await election.lease())?.holderIdentity, terms.length], [409, "", 0]);
  election.close();
});

test("a candidate that leaves makes no lease where none is under way", async () => {
  const { clock, transport, join, lease, close } = await createElection();
  const a = join("a");
  a.send = async (request) => (request.method === "GET" ? transport(request) : jsonResponse(403, { kind: "Status" }));
  await clock.advance(1_000);

  a.leave.abort();
  await a.done;

  assert.equal(await lease(), undefined);
  close();
});

/** Answered instead of a request of this method. */
function forbid(transport: Transport, method: string): Transport {
  const message = `User "a" cannot ${method} resource "leases"`;
  const refusal = { kind: "Status", code: 403, reason: "Forbidden", message };
  return async (request) => (request.method === method ? jsonResponse(403, refusal) : transport(request));
}

test("a candidate tells once of each right that it lacks", async () => {
  const { clock, transport, join, close } = await createElection();
  const a = join("a");

  for (const method of ["POST", "GET"]) {
    a.send = forbid(transport, method);
    await clock.advance(10_000);
  }

  const url = "http://kube/apis/coordination.k8s.io/v1/namespaces/system/leases";
  assert.deepEqual(a.lines, [
    `the Lease system/dockbell: POST ${url}: User "a" cannot POST resource "leases"; trying again`,
    `the Lease system/dockbell: GET ${url}/dockbell: User "a" cannot GET resource "leases"; trying again`,
  ]);
  close();
});

test("a candidate whose namespace is not there says so once, and leads when it is", async () => {
  const { clock, client, join, close } = await createElection();
  await client.delete(NAMESPACES, { name: LEASE.namespace });
  await clock.advance(1_000);
  const a = join("a");
  await clock.advance(10_000);
  const told = [...a.lines];

  await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: LEASE.namespace } });
  await clock.advance(3_000);

  assert.match(told.join("\n"), /^the Lease system\/dockbell: POST .*: namespaces "system" not found; trying again$/);
  assert.equal(a.terms.length, 1);
  close();
});

test("a lease that is renewed once more while it is released is released all the same", async () => {
  const { clock, client, transport, join, lease, close } = await createElection();
  const a = join("a");
  await clock.advance(1_000);
  let writes = 0;
  a.send = async (request) => {
    if (request.method !== "GET" && writes++ === 0)
      await client.mergePatch(LEASES, LEASE, { spec: { renewTime: "2026-11-24T12:00:09.000000Z" } });
    return transport(request);
  };

  a.leave.abort();
  await a.done;

  assert.deepEqual([writes, (await lease())?.holderIdentity], [2, ""]);
  close();
});

test("a candidate that leaves keeps its hands off another's lease", async () => {
  const { clock, join, lease, close } = await createElection();
  const a = join("a");
  await clock.advance(1_000);
  const b = join("b");
  await clock.advance(10_000);

  b.leave.abort();
  await b.done;

  assert.deepEqual([(await lease())?.holderIdentity, a.terms[0]?.isLeading()], ["a", true]);
  close();
});

test("a leader whose server is frozen gives up before another may lead", async () => {
  const { clock, join, close } = await createElection();
  const a = join("a");
  await clock.advance(1_000);
  const b = join("b");
  await clock.advance(10_000);

  a.send = silence;
  let together = 0;
  for (let second = 0; second < 30; second += 1) {
    await clock.advance(1_000);
    if (a.terms[0]?.isLeading() && b.terms[0]?.isLeading()) together += 1;
  }

  assert.equal(a.ended, 1);
  assert.equal(a.terms[0]?.isLeading(), false);
  assert.equal(b.terms[0]?.isLeading(), true);
  assert.equal(together, 0);
  close();
});

test("a leader that leaves while its server is frozen ends all the same, and the next leads once the lease has run out", async () => {
  const { clock, join, lease, close } = await createElection();
  const a = join("a");
  await clock.advance(1_000);
  const b = join("b");

  a.send = silence;
  a.leave.abort();
  await clock.advance(4_000);
  await a.done;
  const left = await lease();
  await clock.advance(13_000);

  assert.equal(left?.holderIdentity, "a");
  assert.match(a.lines.at(-1) ?? "", /^releasing the Lease system\/dockbell: /);
  assert.equal(b.terms[0]?.isLeading(), true);
  close();
});

test("a leader that was cut off for a moment leads on", async () => {
  const { clock, transport, join, close } = await createElection();
  const a = join("a");
  await clock.advance(1_000);

  a.send = silence;
  await clock.advance(6_000);
  a.send = transport;
  await clock.advance(30_000);

  assert.equal(a.terms.length, 1);
  assert.equal(a.terms[0]?.isLeading(), true);
  close();
});

test("a leader that is cut off for longer than it may lead ends its term, and names the Lease", async () => {
  const { clock, join, close } = await createElection();
  const a = join("a");
  await clock.advance(1_000);

  a.send = silence;
  await clock.advance(11_000);

  assert.equal(a.ended, 1);
  assert.equal(a.lines.at(-1), "a leads no longer: it could not renew the Lease system/dockbell");
  close();
});

test("a leader whose lease another took ends its term at once, and campaigns again", async () => {
  const { clock, client, join, lease, close } = await createElection();
  const a = join("a");
  await clock.advance(1_000);

  const spec = { holderIdentity: "thief", leaseDurationSeconds: 15, renewTime: "2026-11-24T12:00:01.000000Z" };
  await client.mergePatch(LEASES, LEASE, { spec });
  await clock.advance(2_500);
  const wasEnded = a.ended;
  const last = a.lines.at(-1);
  await clock.advance(30_000);

  assert.equal(wasEnded, 1);
  assert.equal(last, "a leads no longer: another holds the Lease system/dockbell");
  assert.equal(a.terms.length, 2);
  assert.equal((await lease())?.holderIdentity, "a");
  close();
});

test("a lease that its holder keeps renewing is never taken, whatever its times say", async () => {
  const { clock, client, join, close } = await createElection();
  const spec = { holderIdentity: "other", leaseDurationSeconds: 15, renewTime: "1970-01-01T00:00:00.000000Z" };
  await client.create<Lease>(LEASES, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: LEASE, spec });
  const a = join("a");

  for (let renewal = 0; renewal < 10; renewal += 1) {
    await client.mergePatch(LEASES, LEASE, { spec: { leaseTransitions: renewal } });
    await clock.advance(10_000);
  }

  assert.equal(a.terms.length, 0);
  close();
});
