import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { KubeError, TransportError } from "../errors.ts";
import { createTroubles } from "./troubles.ts";

function open() {
  const clock = createTestClock();
  const lines: string[] = [];
  const stop = new AbortController();
  const meanwhile = () => "webhooks are still taken";
  const log = (line: string) => void lines.push(line);
  return { clock, lines, stop, troubles: createTroubles({ clock, log, signal: stop.signal, meanwhile }) };
}

const AWAY = new TransportError("connection refused", { problem: "unreachable", isRetryable: true });
const forbidden = (name: string) => new KubeError(`"${name}" is forbidden`, { status: 403, reason: "Forbidden" });
const watching = (subject: string) => ({ what: `watching ${subject}`, subject });
const refreshing = (subject: string) => ({ what: "refreshing Warehouses", subject });

test("an API server that is away is told of once for all who ask it, and that it is back with how long it took", async () => {
  const { clock, lines, troubles } = open();

  for (const subject of ["secrets", "warehouses", "projects"]) troubles.failed(watching(subject), AWAY);
  await clock.advance(12_000);
  troubles.failed(watching("secrets"), AWAY);
  for (const subject of ["secrets", "warehouses", "projects"]) troubles.worked(watching(subject));

  assert.deepEqual(lines, [
    "API server away: connection refused; webhooks are still taken",
    "API server back after 12.0 s",
  ]);
});

test("how long the API server was away counts from the first failure, however late it is told, and not from before it was back", async () => {
  const { clock, lines, troubles } = open();
  const since = clock.monotonicMs();
  await clock.advance(500);
  troubles.failed(watching("secrets"), AWAY, since);
  await clock.advance(500);
  troubles.worked(watching("secrets"));
  await clock.advance(500);
  troubles.failed(watching("projects"), AWAY, since);
  await clock.advance(70_000);

  troubles.worked(watching("projects"));

  const back = lines.filter((line) => line.startsWith("API server back"));
  assert.deepEqual(back, ["API server back after 1.0 s", "API server back after 70.5 s"]);
});

test("a refusal is told of for the first Warehouse, and is over when the last that it was for is refreshed", async () => {
  const { clock, lines, troubles } = open();

  for (const name of ["a", "b", "a"]) troubles.failed(refreshing(`p/${name}`), forbidden(name));
  troubles.worked(refreshing("p/a"));
  troubles.worked(refreshing("p/c"));
  await clock.advance(2_500);
  troubles.worked(refreshing("p/b"));

  assert.deepEqual(lines, [
    'refreshing Warehouses fails: "a" is forbidden; trying again',
    "refreshing Warehouses works again after 2.5 s",
  ]);
});

test("whoever is given one right is told which other one is lacking", () => {
  const { lines, troubles } = open();
  const cannot = (verb: string, namespace: string) => {
    const message = `User "u" cannot ${verb} resource "secrets" in API group "" in the namespace "${namespace}"`;
    return new KubeError(message, { status: 403, reason: "Forbidden" });
  };

  for (const verb of ["list", "watch"]) {
    for (const name of ["p", "q"]) troubles.failed({ what: "watching secrets", subject: name }, cannot(verb, name));
  }

  assert.deepEqual(
    lines.map((line) => /cannot .* in the namespace "(p|q)"; trying again$/.exec(line)?.[0]),
    [
      'cannot list resource "secrets" in API group "" in the namespace "p"; trying again',
      'cannot watch resource "secrets" in API group "" in the namespace "p"; trying again',
    ],
  );
});

test("a refusal is an answer: the API server is back", () => {
  const { lines, troubles } = open();

  troubles.failed(refreshing("p/a"), AWAY);
  troubles.failed(refreshing("p/a"), forbidden("a"));

  assert.deepEqual(lines.slice(1), [
    "API server back after 0.0 s",
    'refreshing Warehouses fails: "a" is forbidden; trying again',
  ]);
});

test("a cause that comes and goes is told of once a minute, and one that stays is told of in the end", async () => {
  const { clock, lines, troubles } = open();
  for (let time = 0; time < 100; time++) {
    troubles.failed(refreshing("p/a"), forbidden("a"));
    await clock.advance(100);
    troubles.worked(refreshing("p/a"));
  }
  const flapping = lines.length;

  troubles.failed(refreshing("p/a"), forbidden("a"));
  await clock.advance(60_000);

  assert.equal(flapping, 2);
  assert.equal(lines.length, 3);
});

test("an outage begins when what got no answer was asked", async () => {
  const { clock, lines, troubles } = open();
  await clock.advance(30_000);
  const message = "no answer within 30 s";
  const silence = new TransportError(message, { problem: "silent", isRetryable: true, waitedMs: 30_000 });
  troubles.failed(refreshing("p/a"), silence);
  await clock.advance(2_000);

  troubles.worked(watching("secrets"));

  assert.deepEqual(lines.slice(1), ["API server back after 32.0 s"]);
});

test("an outage is over when the API server answers, though whoever met it does not try any more", async () => {
  const { clock, lines, troubles } = open();
  troubles.failed(refreshing("p/a"), AWAY);
  troubles.ended(refreshing("p/a"));
  await clock.advance(2_000);

  troubles.worked(watching("secrets"));

  assert.deepEqual(lines.slice(1), ["API server back after 2.0 s"]);
});

test("a Warehouse that is gone leaves no cause behind, and says nothing", async () => {
  const { clock, lines, troubles } = open();
  troubles.failed(refreshing("p/a"), forbidden("a"));
  troubles.ended(refreshing("p/a"));
  await clock.advance(60_000);

  troubles.failed(refreshing("p/b"), forbidden("b"));

  assert.deepEqual(lines, [
    'refreshing Warehouses fails: "a" is forbidden; trying again',
    'refreshing Warehouses fails: "b" is forbidden; trying again',
  ]);
});
