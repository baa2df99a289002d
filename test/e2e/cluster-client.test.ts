// The client against a real kube-apiserver of its own, which is paused, killed and restarted under it: after each the
// informer's copy equals the server's state. Needs Go, or the built server in its cache.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { connectTo, findClusterAccess } from "../../src/app/cluster.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";
import { type ClusterAccess, inClusterAccess } from "../../src/kube/access.ts";
import { createInformer } from "../../src/kube/informer.ts";
import { runLeaderElection } from "../../src/kube/leader-election.ts";
import { NAMESPACES, type Namespace, SECRETS, type Secret } from "../../src/resources/core.ts";
import { LEASES, type Lease } from "../../src/resources/lease.ts";
import { eventually } from "../support/dockbell.ts";

const TEST_CLUSTER = join(import.meta.dirname, "..", "cluster", "test-cluster");
const directory = mkdtempSync(join(tmpdir(), "dockbell-cluster-"));
const file = (name: string) => join(directory, name);
const run = promisify(execFile);
const cluster = (command: string) => run(TEST_CLUSTER, [command, "--dir", directory]);

await cluster("start");
const lines: string[] = [];
const log = (line: string) => void lines.push(line);
const stop = new AbortController();
const connect = (access: ClusterAccess) => connectTo(access, { env: process.env, userAgent: "dockbell-test", log });
const access = findClusterAccess({ env: {}, kubeconfig: file("kubeconfig") });
const { client, close } = connect(access);
await client.create<Namespace>(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "test" } });
const informer = createInformer<Secret>({
  client,
  resource: SECRETS,
  namespace: "test",
  clock: SYSTEM_CLOCK,
  random: SYSTEM_RANDOM,
  log,
});
const running = informer.run(stop.signal);
after(async () => {
  stop.abort();
  await running;
  close();
  await cluster("delete");
});

let made = 0;

/** One object created, one changed, one deleted. */
async function changeThings(): Promise<void> {
  const create = async () => {
    made += 1;
    const metadata = { namespace: "test", name: `s${made}` };
    await client.create<Secret>(SECRETS, { apiVersion: "v1", kind: "Secret", metadata });
    return metadata;
  };
  const [changed, deleted] = [await create(), await create()];
  await client.mergePatch(SECRETS, changed, { metadata: { labels: { at: String(made) } } });
  await client.delete(SECRETS, deleted);
}

function namesOf(secrets: Iterable<Secret>): string {
  return [...secrets]
    .map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)
    .toSorted()
    .join(" ");
}

async function becomesEqual(): Promise<void> {
  const isEqual = async () =>
    namesOf(informer.values()) === namesOf((await client.list<Secret>(SECRETS, { namespace: "test" })).items);
  await eventually(isEqual, () => `the copy never became the server's state:\n${lines.slice(-10).join("\n")}`, 50);
}

test("the copy follows a server that is well, page by page and event by event", async () => {
  await informer.synced;

  await changeThings();

  await becomesEqual();
});

test("the copy follows a server that stood still", async () => {
  await cluster("pause");
  const change = changeThings();
  await SYSTEM_CLOCK.sleep(3_000);
  await cluster("resume");
  await change;

  await becomesEqual();
});

test("the copy follows a server that was killed and started again on its state", async () => {
  await changeThings();
  await cluster("kill");
  await cluster("start");
  await changeThings();

  await becomesEqual();
});

test("the copy follows a server that was stopped and started again", async () => {
  await cluster("stop");
  await cluster("start");
  await changeThings();

  await becomesEqual();
  const now = SYSTEM_CLOCK.monotonicMs();
  await changeThings();
  await eventually(
    () => informer.freshAt() > now,
    () => "the copy is never known to be fresh",
  );
});

test("a copy of metadata alone follows every change, and nothing else of a Secret is sent", async () => {
  const metadata = { namespace: "test", name: "confidential" };
  await client.create<Secret>(SECRETS, { apiVersion: "v1", kind: "Secret", metadata, data: { secret: "c2VjcmV0" } });
  const of = { client, resource: SECRETS, namespace: "test", isMetadataOnly: true };
  const end = new AbortController();
  const seen: Secret[] = [];
  const copy = createInformer<Secret>({ ...of, clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM, log });
  copy.subscribe(({ current }) => {
    if (current?.metadata.name === metadata.name) seen.push(current);
  });
  const copying = copy.run(end.signal);
  await copy.synced;

  await client.mergePatch(SECRETS, metadata, { data: { secret: "YW5vdGhlcg==" } });
  await eventually(
    () => seen.length === 2,
    () => `seen ${seen.length} times: ${lines.slice(-3)}`,
  );
  await client.delete(SECRETS, metadata);
  await eventually(
    () => copy.get("test/confidential") === undefined,
    () => "the deletion is never seen",
  );

  assert.deepEqual(
    seen.map((secret) => Object.keys(secret).toSorted()),
    [
      ["apiVersion", "kind", "metadata"],
      ["apiVersion", "kind", "metadata"],
    ],
  );
  end.abort();
  await copying;
});

test("a list in pages is whole, and a deletion keeps to its preconditions", async () => {
  await changeThings();
  const whole = await client.list<Secret>(SECRETS, { namespace: "test" });
  const paged: Secret[] = [];
  let continueToken = "";
  do {
    const page = await client.list<Secret>(SECRETS, { namespace: "test", limit: 2, continueToken });
    paged.push(...page.items);
    continueToken = page.continueToken;
  } while (continueToken !== "");
  const { name } = whole.items[0]?.metadata ?? { name: "" };

  const deleting = client.delete(SECRETS, { namespace: "test", name }, { preconditions: { uid: "another" } });

  await assert.rejects(deleting, { name: "KubeError", status: 409 });
  assert.equal(namesOf(paged), namesOf(whole.items));
});

test("a token from an exec plugin, and one from a service account's folder, are known to the server", async () => {
  const token = /token: (.*)/.exec(readFileSync(file("kubeconfig"), "utf8"))?.[1] ?? "";
  const apiVersion = "client.authentication.k8s.io/v1";
  const credential = JSON.stringify({ apiVersion, kind: "ExecCredential", status: { token } });
  writeFileSync(file("plugin"), `#!/bin/sh\necho '${credential}'\n`);
  chmodSync(file("plugin"), 0o700);
  const exec = `exec: {apiVersion: ${apiVersion}, command: ./plugin, interactiveMode: Never}`;
  writeFileSync(file("exec.yaml"), readFileSync(file("kubeconfig"), "utf8").replace(`token: ${token}`, exec));
  writeFileSync(file("token"), token);
  writeFileSync(file("namespace"), "test");
  const authority = access.authority?.kind === "text" ? access.authority.text : "";
  writeFileSync(file("ca.crt"), authority);
  const { port } = new URL(access.server);
  const env = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: port };
  const inCluster = inClusterAccess(env, (path) => readFileSync(path, "utf8"), directory);
  const accesses = [findClusterAccess({ env: {}, kubeconfig: file("exec.yaml") }), inCluster];

  for (const one of accesses) {
    assert.ok(one);
    const connection = connect(one);

    const { items } = await connection.client.list<Secret>(SECRETS, { namespace: "test" });

    assert.ok(items.length > 0);
    connection.close();
  }
});

test("a Lease is held, renewed and released by the real server's rules", async () => {
  const leave = new AbortController();
  const key = { namespace: "test", name: "dockbell" };
  const read = async () => (await client.get<Lease>(LEASES, key))?.spec;
  const { promise: led, resolve } = Promise.withResolvers<void>();
  const election = runLeaderElection(
    {
      client,
      clock: SYSTEM_CLOCK,
      random: SYSTEM_RANDOM,
      log,
      lease: key,
      identity: "a",
      work: ({ signal }) => {
        resolve();
        return new Promise((end) => signal.addEventListener("abort", () => end(), { once: true }));
      },
    },
    leave.signal,
  );
  await led;
  const taken = await read();
  await eventually(
    async () => (await read())?.renewTime !== taken?.renewTime,
    () => "the lease is never renewed",
    200,
  );

  leave.abort();
  await election;

  assert.equal(taken?.holderIdentity, "a");
  assert.equal((await read())?.holderIdentity ?? "", "");
});
