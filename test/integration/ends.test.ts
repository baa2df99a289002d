// A process ends when it is told to, or cannot start, whatever holds its sockets.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { createDockbell, eventually, isAlive } from "../support/dockbell.ts";
import { postText, RawConnection } from "../support/raw-http.ts";
import { payload } from "../support/receiving.ts";
import { createReplica } from "../support/replica.ts";

const BOUND = { timeout: 60_000 };
const dockbell = createDockbell();
const other = createServer();

before(async () => {
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  await dockbell.start();
});

after(async () => {
  other.close();
  await dockbell.dispose();
});

test("serve whose port is taken says so and ends everything, its controllers too", BOUND, async () => {
  const { port } = other.address() as AddressInfo;
  const kubeconfig = join(dockbell.directory, "kubeconfig");
  const flags = ["--kubeconfig", kubeconfig, "--take-over", "--base-url", "https://dockbell.example.com"];
  const listen = ["--listen", `127.0.0.1:${port}`, "--admin-listen", "127.0.0.1:0"];

  const { code, output } = await dockbell.run(
    ...["serve", "--data-dir", join(dockbell.directory, "serve"), ...flags, ...listen],
  );

  assert.match(output, /^dockbell: --listen: 127\.0\.0\.1:\d+ is in use by another process: choose another address/m);
  assert.equal(code, 2);
});

test("up ends when it is told to, though somebody holds silent connections to each of its ports", BOUND, async () => {
  const ports = [
    Number(readFileSync(join(dockbell.directory, "kube-port"), "utf8")),
    Number(new URL(readFileSync(join(dockbell.directory, "admin-url"), "utf8")).port),
  ];
  const connections = await Promise.all(ports.map((port) => RawConnection.open(port)));

  const code = await dockbell.stop("SIGTERM");

  assert.equal(code, 0);
  assert.deepEqual(await Promise.all(connections.map((one) => one.rest())), ["", ""]);
});

test("serve ends with the credential plugin that it waits for, and with what that has started", BOUND, async (t) => {
  const { replica, plugins } = await servingWithPlugin(t);

  const code = await replica.stop("SIGTERM");

  assert.equal(code, 0, replica.output());
  await areGone(plugins);
});

test("a second signal ends serve at once, and its credential plugins with it", BOUND, async (t) => {
  const { replica, plugins } = await servingWithPlugin(t, "--shutdown-delay", "10m");
  process.kill(replica.pid(), "SIGTERM");
  await eventually(() => replica.output().includes("SIGTERM: serves on for 600 s"), replica.output);

  const code = await replica.stop("SIGINT");

  assert.equal(code, 1, replica.output());
  await areGone(plugins);
});

test(
  "serve tells of its stop in two lines, though bodies are still arriving when it waits no longer",
  BOUND,
  async (t) => {
    await dockbell.start("--example");
    const { output: url } = await dockbell.run("receivers", "url", "--data-dir", dockbell.directory);
    const { pathname } = new URL(url.trim());
    const kubeconfig = join(dockbell.directory, "kubeconfig");
    const replica = createReplica({ name: "r1", kubeconfig, baseURL: "https://dockbell.example.com" });
    t.after(() => replica.dispose());
    await replica.start("--roles", "receiver", "--shutdown-delay", "1s", "--shutdown-timeout", "2s");
    const post = () => replica.post(pathname, payload("127.0.0.1:9/nobody/subscribes", "1.0.0"));
    await eventually(async () => (await post()).status < 300, replica.output);
    await eventually(() => replica.output().includes("everything was listed once"), replica.output);
    const connections = await Promise.all([1, 2, 3].map(() => RawConnection.open(replica.port())));
    for (const one of connections) one.write(postText(pathname, payload("127.0.0.1:9/a/b", "1.0.0")).slice(0, -1));
    const told = replica.output();

    const code = await replica.stop("SIGTERM");

    const lines = replica.output().slice(told.length).trimEnd().split("\n");
    const ofStop = lines.filter((line) => !line.includes("nobody/subscribes"));
    assert.equal(ofStop.length, 2, replica.output());
    assert.match(
      ofStop[0] ?? "",
      /SIGTERM: serves on for 1 s, then ends what is under way within 2 s; \d open deliver/,
    );
    assert.match(ofStop[1] ?? "", /ended after [\d.]+ s/);
    assert.equal(code, 0);
    assert.deepEqual(await Promise.all(connections.map((one) => one.rest())), ["", "", ""]);
  },
);

/** Its credential plugins, which never answer, have a child each; `plugins` are the processes of all of them. */
async function servingWithPlugin(t: TestContext, ...flags: readonly string[]) {
  const folder = mkdtempSync(join(dockbell.directory, "plugin-"));
  const [pidFile, kubeconfig] = [join(folder, "pids"), join(folder, "kubeconfig")];
  writeFileSync(kubeconfig, JSON.stringify(withPlugin(`sleep 600 & echo $$ $! >> ${pidFile}; wait`)));
  const replica = createReplica({ name: "r0", kubeconfig, baseURL: "https://dockbell.example.com" });
  t.after(() => replica.dispose());
  await replica.start(...flags);
  return { replica, plugins: readFileSync(pidFile, "utf8").trim().split(/\s/).map(Number) };
}

async function areGone(pids: readonly number[]): Promise<void> {
  await eventually(
    () => !pids.some(isAlive),
    () => `one of ${pids} is still there`,
  );
}

/** A kubeconfig whose user's token a shell is to fetch. */
function withPlugin(script: string) {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "sh",
    args: ["-c", script],
    interactiveMode: "Never",
  };
  return {
    "current-context": "c",
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:9" } }],
    users: [{ name: "u", user: { exec } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  };
}
