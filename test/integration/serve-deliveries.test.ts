// The deliveries of a `dockbell serve` outside a pod, read and drained by commands that are given its data directory.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDockbell, eventually } from "../support/dockbell.ts";
import { payload } from "../support/receiving.ts";
import { createReplica } from "../support/replica.ts";

const dockbell = createDockbell();
const kubeconfig = join(dockbell.directory, "kubeconfig");
const replica = createReplica({ name: "r0", kubeconfig, baseURL: "https://dockbell.example.com" });
after(async () => {
  await replica.dispose();
  await dockbell.dispose();
});

const NEVER_PUSHED = "7.7.7";

before(async () => {
  await dockbell.start("--example");
  await replica.start("--roles", "receiver");
  const { output: url } = await dockbell.run("receivers", "url", "--data-dir", dockbell.directory);
  await replica.post(new URL(url.trim()).pathname, payload("127.0.0.1:9/nobody/subscribes", NEVER_PUSHED));
});

function ask(...args: readonly string[]) {
  return dockbell.run(...args, "--data-dir", replica.directory);
}

test("the data directory of a serve is enough to list its deliveries and to drain it", async () => {
  const listed = await ask("deliveries", "list");
  const drained = await ask("deliveries", "drain", "--timeout", "10s");
  const cancelled = await ask("deliveries", "drain", "--cancel");

  assert.match(listed.output, /nobody\/subscribes:7\.7\.7/);
  assert.match(drained.output, /r0 drained: no delivery is open/);
  assert.equal(cancelled.output, "r0 takes webhooks again\n");
});

test("an empty list says that nobody could be asked whether its namespace is there", async () => {
  const { code, output } = await dockbell.run("deliveries", "list", "-n", "nope", "--data-dir", replica.directory);

  assert.equal(code, 0);
  assert.match(
    output,
    /^No deliveries yet for namespace nope: .*\nWhether there is a namespace nope is not known: no clu/,
  );
  assert.match(output, /give its cluster with --kubeconfig as well\n$/);
});

test("status takes the objects from the kubeconfig that is given, and the deliveries from the data directory", async () => {
  const { code, output } = await ask("status", "--kubeconfig", kubeconfig);

  assert.equal(code, 0);
  assert.match(output, /kargo-demo\/app/);
  assert.match(output, /nobody\/subscribes:7\.7\.7/);
});

test("commands find the token file that a serve was given", async () => {
  const tokenFile = join(replica.directory, "token-of-the-operator");
  writeFileSync(tokenFile, "a-token-that-is-long-enough\n", { mode: 0o600 });
  await replica.stop("SIGTERM");
  await replica.start("--roles", "receiver", "--admin-token-file", tokenFile);

  const { output } = await ask("deliveries", "list");

  assert.match(output, /nobody\/subscribes:7\.7\.7/);
});

test("while the API server is away the log says so once for all watches, and deliveries are listed", async () => {
  await dockbell.stop("SIGTERM");
  await eventually(() => replica.output().includes("API server away"), replica.output);
  const { output } = await ask("deliveries", "list");
  const listed = await ask("deliveries", "list", "-n", "kargo-demo", "--kubeconfig", kubeconfig);
  await dockbell.start("--example");
  await eventually(() => replica.output().includes("API server back"), replica.output);

  const told = replica
    .output()
    .split("\n")
    .filter((line) => /API server|watching/.test(line));
  for (const one of [output, listed.output]) assert.match(one, /nobody\/subscribes:7\.7\.7/);
  assert.equal(told.length, 2, replica.output());
  assert.match(told[0] ?? "", /API server away: .*connection refused.*; webhooks are still taken$/);
  assert.match(told[1] ?? "", /API server back after [\d.]+ s$/);
});

test("a serve that has ended is told from one that never ran", async () => {
  await replica.stop("SIGTERM");

  const ended = await ask("deliveries", "list");
  const never = await dockbell.run("deliveries", "list", "--data-dir", join(replica.directory, "none"));

  assert.match(
    ended.output,
    /no Dockbell is running in \/.*: start it with "dockbell serve", or name its --data-dir\n/,
  );
  assert.match(never.output, /no Dockbell has run in \/.*\/none: /);
});
