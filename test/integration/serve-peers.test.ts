// Three replicas of `dockbell serve` that know one another: any of them lists the deliveries of all, and names those
// that do not answer. The tests build on one another.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { DeliverySummary } from "../../src/deliveries/told-delivery.ts";
import { createDockbell, eventually } from "../support/dockbell.ts";
import { payload } from "../support/receiving.ts";
import { createReplica, type Replica } from "../support/replica.ts";

const dockbell = createDockbell();
const place = { kubeconfig: join(dockbell.directory, "kubeconfig"), baseURL: "https://dockbell.example.com" };
const [first, second, third] = ["r0", "r1", "r2"].map((name) => createReplica({ name, ...place })) as [
  Replica,
  Replica,
  Replica,
];
const replicas = [first, second, third];
after(async () => {
  for (const replica of replicas) await replica.dispose();
  await dockbell.dispose();
});

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

const TOKEN = "a-token-that-is-long-enough";
const tokenFile = join(first.directory, "token-of-all");

async function start(replica: Replica, ...flags: readonly string[]): Promise<void> {
  const peers = (await Promise.all(replicas.map((one) => one.adminAddress()))).join(",");
  await replica.start("--roles", "receiver", "--peers", peers, "--admin-token-file", tokenFile, ...flags);
}

function list(replica: Replica, ...flags: readonly string[]) {
  return dockbell.run("deliveries", "list", "--data-dir", replica.directory, ...flags);
}

before(async () => {
  await dockbell.start("--example");
  writeFileSync(tokenFile, TOKEN, { mode: 0o600 });
  const { output: url } = await dockbell.run("receivers", "url", "--data-dir", dockbell.directory);
  for (const [number, replica] of replicas.entries()) {
    await start(replica);
    const body = payload("127.0.0.1:9/nobody/subscribes", `7.7.${number}`);
    // Until the receivers were listed once, it is refused.
    await eventually(
      async () => (await replica.post(new URL(url.trim()).pathname, body)).status === 200,
      replica.output,
    );
  }
});

test("the list of any replica has the deliveries of all, newest first, and says whose they are", async () => {
  const { code, output } = await list(second);
  const ofProject = await list(second, "-n", "kargo-demo", "-o", "name");
  const newest = JSON.parse((await list(third, "--limit", "2", "-o", "json")).output) as readonly DeliverySummary[];

  assert.equal(code, 0);
  const [heads, ...rows] = output.trimEnd().split("\n");
  assert.match(heads ?? "", /^AGE +REPLICA +RECEIVER/);
  assert.deepEqual(
    rows.map((row) => /^\d+[sm] +(r\d) .*:7\.7\.(\d) /.exec(row)?.slice(1)),
    ["2", "1", "0"].map((number) => [`r${number}`, number]),
  );
  assert.equal(ofProject.output.trimEnd().split("\n").length, 3);
  assert.deepEqual(
    newest.map(({ replica, tags }) => [replica, ...tags]),
    [
      ["r2", "7.7.2"],
      ["r1", "7.7.1"],
    ],
  );
});

test("any replica shows a delivery of another one, and status says whose each is", async () => {
  const [newest] = JSON.parse((await list(first, "--limit", "1", "-o", "json")).output) as readonly DeliverySummary[];

  const shown = await dockbell.run("deliveries", "show", newest?.id ?? "", "--data-dir", first.directory);
  const unknown = await dockbell.run("deliveries", "show", "none", "--data-dir", first.directory);
  const status = await dockbell.run("status", "--data-dir", first.directory, "--kubeconfig", place.kubeconfig);

  assert.match(shown.output, /\nReplica: +r2\n(.*\n)*Push: +127\.0\.0\.1:9\/nobody\/subscribes:7\.7\.2\n/);
  assert.deepEqual([unknown.code, unknown.output], [2, "dockbell: no delivery has the id none\n"]);
  assert.match(status.output, /\n +AGE +REPLICA +PUSH .*\n +\d+[sm] +r2 +.*:7\.7\.2 /);
});

test("the list of a state has those of all replicas", async () => {
  const { output: url } = await dockbell.run("receivers", "url", "--data-dir", dockbell.directory);
  await second.post(new URL(url.trim()).pathname, "{");

  const refused = JSON.parse(
    (await list(first, "--state", "refused", "-o", "json")).output,
  ) as readonly DeliverySummary[];
  const unmatched = await list(first, "--state", "unmatched", "-n", "kargo-demo");

  assert.deepEqual(
    refused.map(({ replica, verdict }) => [replica, verdict]),
    [["r1", "refused"]],
  );
  assert.deepEqual(
    unmatched.output.match(/ r\d /g)?.map((name) => name.trim()),
    ["r2", "r1", "r0"],
  );
});

test("draining is one replica's, and says which", async () => {
  const drained = await dockbell.run("deliveries", "drain", "--data-dir", second.directory);
  const others = await Promise.all([first, third].map((one) => one.admin("/api/v1/drain", TOKEN)));

  assert.equal(drained.output, "r1 drained: no delivery is open, and no webhook is taken\n");
  assert.deepEqual(
    others.map(({ text }) => JSON.parse(text)),
    ["r0", "r2"].map((replica) => ({ replica, isDraining: false, openCount: 0 })),
  );
});

test("replicas that ended or stand still are named, and the others' deliveries are listed", async () => {
  await second.stop("SIGTERM");
  process.kill(third.pid(), "SIGSTOP");
  const { code, output } = await list(first);
  const status = await dockbell.run("status", "--data-dir", first.directory, "--kubeconfig", place.kubeconfig);
  const shown = await dockbell.run("deliveries", "show", "none", "--data-dir", first.directory);
  process.kill(third.pid(), "SIGCONT");

  assert.equal(code, 1);
  assert.match(output, /^AGE +REPLICA .*\n\d+[sm] +r0 +.*:7\.7\.0 .*\n/);
  const missing = (address: string, reason: string) =>
    new RegExp(`the deliveries of ${address} are missing: [^;]*${reason}`);
  assert.match(output, missing(await second.adminAddress(), "refused"));
  assert.match(output, missing(await third.adminAddress(), "no answer within 1 s"));
  assert.equal(shown.code, 1);
  assert.match(shown.output, /no delivery has the id none; the deliveries of /);
  assert.equal(status.code, 1);
  assert.match(status.output, missing(await second.adminAddress(), "refused"));
});

test("a replica that is asked and stands still is named with its address, in seconds", async () => {
  process.kill(first.pid(), "SIGSTOP");
  const { code, output } = await list(first, "--request-timeout", "2s");
  process.kill(first.pid(), "SIGCONT");

  assert.equal(code, 1);
  assert.match(
    output,
    new RegExp(
      `^dockbell: the Dockbell of .* \\(GET http://${await first.adminAddress()}/.*: no answer within 2 s\\): is it`,
    ),
  );
});

test("status shows the deliveries while the API server stands still", async () => {
  process.kill(dockbell.pid(), "SIGSTOP");
  const place = ["--data-dir", first.directory, "--kubeconfig", join(dockbell.directory, "kubeconfig")];
  const { code, output } = await dockbell.run("status", ...place, "--request-timeout", "2s");
  process.kill(dockbell.pid(), "SIGCONT");

  assert.equal(code, 1);
  assert.match(
    output,
    /\nReceivers\n +the API server did not answer .*\n\nWarehouses\n +the API server did not answer/,
  );
  assert.match(output, / r0 .*:7\.7\.0 /);
  assert.match(output, /\ndockbell: not all could be had: receivers, warehouses, deliveries\n$/);
});

test("a replica with another token is told none of ours, and named", async () => {
  const other = join(second.directory, "token-of-its-own");
  writeFileSync(other, "another-token-that-is-long-enough", { mode: 0o600 });
  await start(second, "--admin-token-file", other);

  const { code, output } = await list(first);

  assert.equal(code, 1);
  assert.match(output, new RegExp(`${await second.adminAddress()} are missing: it has another admin token\n`));
  assert.match(output, / r0 .*:7\.7\.0 /);
});

test("a replica is not missed at an address of another family, and one of our name is named", {
  skip: !hasIPv6,
}, async () => {
  await second.stop("SIGTERM");
  await first.stop("SIGTERM");
  const address = await second.adminAddress();
  const port = address.split(":").at(-1);
  await start(second, "--admin-listen", `0.0.0.0:${port}`, "--replica", "r0");
  await start(first, "--peers", `[::1]:${port},${address}`);

  const { code, output } = await list(first);

  assert.equal(code, 1);
  assert.match(output, / {3}.*:7\.7\.1 (.*\n)*.*:7\.7\.0 /);
  const told = `dockbell: the one that was asked and ${address} have the same name, r0: give each a --replica of its own\n`;
  assert.ok(output.endsWith(told), output);
});

test("a replica that listens at a host's name is missed at the machine's other addresses", {
  skip: !hasIPv6,
}, async () => {
  await second.stop("SIGTERM");
  await first.stop("SIGTERM");
  const port = (await second.adminAddress()).split(":").at(-1);
  await start(second, "--admin-listen", `localhost:${port}`);
  await start(first, "--peers", `127.0.0.1:${port},[::1]:${port}`);

  const { code, output } = await list(first);

  assert.equal(code, 1);
  assert.match(output, / r1 .*:7\.7\.1 /);
  assert.match(output, /dockbell: the deliveries of \S+ are missing: [^;]*refused[^;]*\n$/);
});

test("peers without a token that all have are refused", async () => {
  await second.stop("SIGTERM");

  const code = await second.fail("--peers", "127.0.0.1:9");

  assert.equal(code, 2);
  assert.match(second.output(), /--peers needs --admin-token-file/);
});
