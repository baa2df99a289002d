import assert from "node:assert/strict";
import { test } from "node:test";
import { Drain } from "../deliveries/drain.ts";
import { EMPTY_BODY, readBody } from "../http/message.ts";
import { createAdmin, DRAIN_PATH } from "./admin.ts";
import type { Check } from "./readiness.ts";

const HOST = "127.0.0.1:8081";
let checks: readonly Check[] = [];
const admin = createAdmin({
  checks: () => checks,
  metrics: () => "up 1\n",
  token: () => "t0ken",
  hosts: ["127.0.0.1"],
  identity: { replica: "dockbell-0", instance: "1", addresses: [HOST] },
  deliveries: undefined,
  peers: undefined,
  drain: new Drain({ openCount: () => 2 }),
});

async function ask(url: string, headers: Readonly<Record<string, string>>, method = "GET") {
  const { status, body } = await admin({ method, url, headers, body: EMPTY_BODY });
  return `${status} ${Buffer.from(await readBody(body, 1_000))
    .toString()
    .trim()}`;
}

test("readiness is told to everybody, by its status alone, and what is missing to who has the token", async () => {
  checks = [
    { name: "receivers known", isOk: false, isRequired: true },
    { name: "warehouses listed", isOk: false, isRequired: false },
  ];
  const before = await ask("/readyz", { host: "elsewhere" });
  const reasons = await ask("/readyz", { host: HOST, authorization: "Bearer t0ken" });
  checks = checks.map((check) => ({ ...check, isOk: check.isRequired }));
  const after = await ask("/readyz", {});

  assert.deepEqual([before.trim(), after.trim()], ["503", "200"]);
  assert.equal(
    reasons,
    '503 {"ready":false,"checks":[{"name":"receivers known","ok":false,"required":true},' +
      '{"name":"warehouses listed","ok":false,"required":false}]}',
  );
});

test("health is told to everybody, ready or not", async () => {
  checks = [{ name: "receivers known", isOk: false, isRequired: true }];

  const answer = await ask("/healthz", { host: "elsewhere" });

  assert.equal(answer.trim(), "200");
});

test("deliveries are told to who has the token and comes by our own name", async () => {
  const good = { host: HOST, authorization: "Bearer t0ken" };

  const answers = [
    await ask("/api/v1/deliveries", good),
    await ask("/api/v1/deliveries", { host: HOST }),
    await ask("/api/v1/deliveries", { ...good, authorization: "Bearer wrong" }),
    await ask("/api/v1/deliveries", { ...good, host: "attacker.example.com" }),
    await ask("/api/v1/deliveries", { ...good, host: "127.0.0.1.example.com:8081" }),
    await ask("/api/v1/deliveries", { ...good, host: "127.0.0.1:9000" }),
    await ask("/api/v1/deliveries", { ...good, origin: "http://attacker.example.com" }),
    await ask("/api/v1/deliveries", { ...good, origin: `http://${HOST}` }),
    await ask("/api/v1/deliveries?limit=0", good),
    await ask("/api/v1/deliveries/none", good),
    await ask("/api/v1/deliveries", good, "DELETE"),
    await ask("/elsewhere", good),
    await ask("//", {}),
  ];

  assert.deepEqual(answers, [
    '200 {"replicas":["dockbell-0"],"unanswered":[],"conflicts":[],"openCount":0,"hasMore":false,"deliveries":[]}',
    '401 {"error":"a bearer token is needed"}',
    '401 {"error":"a bearer token is needed"}',
    '403 {"error":"the Host attacker.example.com is not ours"}',
    '403 {"error":"the Host 127.0.0.1.example.com:8081 is not ours"}',
    '200 {"replicas":["dockbell-0"],"unanswered":[],"conflicts":[],"openCount":0,"hasMore":false,"deliveries":[]}',
    '403 {"error":"the Origin http://attacker.example.com may not ask"}',
    '200 {"replicas":["dockbell-0"],"unanswered":[],"conflicts":[],"openCount":0,"hasMore":false,"deliveries":[]}',
    '400 {"error":"limit must be a whole number from 1 to 500"}',
    '404 {"error":"no delivery has the id none"}',
    '405 {"error":"only GET"}',
    '404 {"error":"there is no /elsewhere"}',
    `400 {"error":"the request's target is malformed"}`,
  ]);
});

test("who has the token can have no more webhooks taken, and taken again", async () => {
  const good = { host: HOST, authorization: "Bearer t0ken" };

  const answers = [
    await ask(DRAIN_PATH, { host: HOST }, "POST"),
    await ask(DRAIN_PATH, good),
    await ask(DRAIN_PATH, good, "POST"),
    await ask(DRAIN_PATH, good, "DELETE"),
    await ask(DRAIN_PATH, good, "PUT"),
  ];

  assert.deepEqual(answers, [
    '401 {"error":"a bearer token is needed"}',
    '200 {"replica":"dockbell-0","isDraining":false,"openCount":2}',
    '200 {"replica":"dockbell-0","isDraining":true,"openCount":2}',
    '200 {"replica":"dockbell-0","isDraining":false,"openCount":2}',
    '405 {"error":"only GET, POST, DELETE"}',
  ]);
});
