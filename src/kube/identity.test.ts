import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import type { ClusterAccess, UserCredentials } from "./access.ts";
import type { PluginExit, PluginRun } from "./exec-plugin.ts";
import { createIdentitySource } from "./identity.ts";

const VERSION = "client.authentication.k8s.io/v1";
const PLUGIN = { apiVersion: VERSION, command: "p", args: [], env: { N: "v" }, installHint: "", cluster: undefined };

function accessOf(user: UserCredentials, authority?: ClusterAccess["authority"]): ClusterAccess {
  return {
    server: "https://k",
    namespace: "d",
    authority,
    isUnverified: false,
    serverName: undefined,
    user,
    userText: "",
  };
}

function createMachine() {
  const clock = createTestClock();
  const files = new Map<string, string>();
  const runs: PluginRun[] = [];
  const lines: string[] = [];
  const machine = {
    clock,
    files,
    runs,
    lines,
    exit: printed({ status: { token: "issued" } }) as PluginExit,
    log: (line: string) => void lines.push(line),
    readFile(path: string) {
      const text = files.get(path);
      if (text === undefined) throw new Error(`there is no ${path}`);
      return text;
    },
    async runPlugin(run: PluginRun) {
      runs.push(run);
      return machine.exit;
    },
  };
  return machine;
}

function printed(credential: unknown, code = 0): PluginExit {
  const stdout = JSON.stringify({ apiVersion: VERSION, kind: "ExecCredential", ...(credential as object) });
  return { code, stdout, stderr: "first\nlast line\n" };
}

test("a token's file is read again once it is a minute old, and the authority with it", async () => {
  const machine = createMachine();
  machine.files.set("/t", "one\n").set("/ca", "CA one");
  const access = accessOf({ token: { kind: "file", path: "/t" } }, { kind: "file", path: "/ca" });
  const source = createIdentitySource(access, machine);
  const first = await source.current();
  machine.files.set("/t", "two\n").set("/ca", "CA two");

  await machine.clock.advance(59_000);
  const cached = await source.current();
  await machine.clock.advance(1_000);
  const next = await source.current();

  assert.equal(first.authorization, "Bearer one");
  assert.equal(cached, first);
  assert.equal(next.authorization, "Bearer two");
  assert.equal(next.authority, "CA two");
  assert.notEqual(next.connectionKey, first.connectionKey);
});

test("a token that the server refused is read again at once", async () => {
  const machine = createMachine();
  machine.files.set("/t", "one");
  const source = createIdentitySource(accessOf({ token: { kind: "file", path: "/t" } }), machine);
  const first = await source.current();
  machine.files.set("/t", "two");

  source.refuse(first);
  const next = await source.current();

  assert.equal(next.authorization, "Bearer two");
  assert.equal(next.connectionKey, first.connectionKey);
});

test("a file that cannot be read any more is taken as it was, and the log says so", async () => {
  const machine = createMachine();
  machine.files.set("/t", "one");
  const source = createIdentitySource(accessOf({ token: { kind: "file", path: "/t" } }), machine);
  await source.current();
  machine.files.delete("/t");

  await machine.clock.advance(60_000);
  const { authorization } = await source.current();

  assert.equal(authorization, "Bearer one");
  assert.match(machine.lines[0] ?? "", /reading \/t again: there is no \/t/);
});

test("a file that never could be read is an error that names it", async () => {
  const source = createIdentitySource(accessOf({ token: { kind: "file", path: "/t" } }), createMachine());

  await assert.rejects(source.current(), { name: "CredentialsError", message: /^reading \/t: / });
});

test("a plugin runs once for all who wait, and again when what it said has expired", async () => {
  const machine = createMachine();
  machine.exit = printed({ status: { token: "one", expirationTimestamp: "2026-11-24T12:10:00Z" } });
  const source = createIdentitySource(accessOf({ plugin: PLUGIN }), machine);

  const [first] = await Promise.all([source.current(), source.current()]);
  machine.exit = printed({ status: { token: "two", expirationTimestamp: "2026-11-24T13:00:00Z" } });
  await machine.clock.advance(9 * 60_000);
  const cached = await source.current();
  await machine.clock.advance(60_000);
  const next = await source.current();

  assert.equal(first.authorization, "Bearer one");
  assert.equal(cached, first);
  assert.equal(next.authorization, "Bearer two");
  assert.equal(machine.runs.length, 2);
});

test("whoever gives up does not wait for a plugin, which runs on for the others", async () => {
  const machine = createMachine();
  const { promise: exit, resolve: end } = Promise.withResolvers<PluginExit>();
  const source = createIdentitySource(accessOf({ plugin: PLUGIN }), { ...machine, runPlugin: () => exit });
  const giveUp = new AbortController();
  const givenUp = source.current(giveUp.signal);
  const other = source.current(new AbortController().signal);

  giveUp.abort();

  await assert.rejects(givenUp, { name: "CredentialsError", message: /had not ended when the request was given up/ });
  end(machine.exit);
  assert.equal((await other).authorization, "Bearer issued");
});

test("a plugin runs again for a refused credential, but not for each refusal", async () => {
  const machine = createMachine();
  const source = createIdentitySource(accessOf({ plugin: PLUGIN }), machine);
  source.refuse(await source.current());
  const atOnce = await source.current();
  await machine.clock.advance(10_000);

  source.refuse(atOnce);
  await source.current();

  assert.equal(machine.runs.length, 2);
});

test("a plugin is told its version and, when it wants that, the cluster", async () => {
  const machine = createMachine();
  const plugin = { ...PLUGIN, cluster: { server: "https://k", config: { a: 1 } } };

  await createIdentitySource(accessOf({ plugin }), machine).current();

  const env = machine.runs[0]?.env;
  assert.equal(env?.["N"], "v");
  assert.deepEqual(JSON.parse(env?.["KUBERNETES_EXEC_INFO"] ?? ""), {
    apiVersion: VERSION,
    kind: "ExecCredential",
    spec: { interactive: false, cluster: { server: "https://k", config: { a: 1 } } },
  });
});

test("a plugin's certificate makes a connection of its own", async () => {
  const machine = createMachine();
  machine.exit = printed({ status: { clientCertificateData: "C", clientKeyData: "K" } });

  const identity = await createIdentitySource(accessOf({ plugin: PLUGIN }), machine).current();

  assert.deepEqual([identity.authorization, identity.cert, identity.key], [undefined, "C", "K"]);
});

test("a plugin that cannot be begun is a fault of the credentials, with the reason", async () => {
  const runPlugin = () => Promise.reject(new Error("there is no such executable"));
  const source = createIdentitySource(accessOf({ plugin: PLUGIN }), { ...createMachine(), runPlugin });

  const message = /plugin p failed: there is no such executable/;
  await assert.rejects(source.current(), { name: "CredentialsError", message });
});

describe("a plugin fails, and the error says how, that", () => {
  const failures: readonly (readonly [what: string, exit: PluginExit, message: RegExp])[] = [
    ["exits with an error", printed({}, 3), /it exited with 3: last line/],
    ["prints no JSON", { code: 0, stdout: "s3cret", stderr: "" }, /what it printed is not JSON$/],
    ["answers in another version", printed({ apiVersion: "x/v1", status: { token: "t" } }), /it answered in x\/v1/],
    ["issues nothing", printed({ status: {} }), /neither a token nor a certificate/],
    ["issues a key alone", printed({ status: { clientKeyData: "K" } }), /only one of certificate and key/],
    ["says no time", printed({ status: { token: "t", expirationTimestamp: "soon" } }), /"soon" is not a time/],
  ];
  for (const [what, exit, message] of failures) {
    test(what, async () => {
      const machine = createMachine();
      machine.exit = exit;
      const source = createIdentitySource(accessOf({ plugin: PLUGIN }), machine);

      await assert.rejects(source.current(), { name: "CredentialsError", message });
    });
  }
});
