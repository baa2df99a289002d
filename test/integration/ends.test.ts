// A process ends when it is told to, or cannot start, whatever holds its sockets.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { openApiProxy } from "../support/api-proxy.ts";
import { createDockbell, type Dockbell, eventually, isAlive, MAIN } from "../support/dockbell.ts";
import { postText, RawConnection } from "../support/raw-http.ts";
import { payload } from "../support/receiving.ts";
import { createReplica, type Replica } from "../support/replica.ts";

const BOUND = { timeout: 60_000 };
const RUN = join(dirname(dirname(import.meta.dirname)), "scripts", "run.mjs");
const LONGER_THAN_CLOSERS_HAVE_MS = 4_500;
const BASE_URL = "https://dockbell.example.com";

/** Not started yet. */
function dockbellOf(t: TestContext): Dockbell {
  const dockbell = createDockbell();
  t.after(() => dockbell.dispose());
  return dockbell;
}

function replicaOf(t: TestContext, kubeconfig: string): Replica {
  const replica = createReplica({ name: "r0", kubeconfig, baseURL: BASE_URL });
  t.after(() => replica.dispose());
  return replica;
}

/** Somebody else's. */
async function takenPort(t: TestContext): Promise<number> {
  const other = createServer().listen(0, "127.0.0.1");
  t.after(() => other.close());
  await once(other, "listening");
  return (other.address() as AddressInfo).port;
}

test("serve whose port is taken says so and ends everything, its controllers too", BOUND, async (t) => {
  const dockbell = dockbellOf(t);
  await dockbell.start();
  const replica = replicaOf(t, join(dockbell.directory, "kubeconfig"));

  const code = await replica.fail("--take-over", "--listen", `127.0.0.1:${await takenPort(t)}`);

  assert.match(replica.output(), /^dockbell: --listen: 127\.0\.0\.1:\d+ is in use: choose another address/m);
  assert.equal(code, 2);
});

test("serve that cannot read what its log left open says so and ends in order", BOUND, async (t) => {
  const dockbell = dockbellOf(t);
  await dockbell.start();
  const replica = replicaOf(t, join(dockbell.directory, "kubeconfig"));
  await replica.start("--roles", "receiver");
  await replica.stop("SIGTERM");
  const log = new DatabaseSync(join(replica.directory, "deliveries.db"));
  log.exec(`INSERT INTO delivery (id, arrived_at, project, receiver, sender, repo_urls, body)
    VALUES ('d', 0, 'p', 'r', 'dockerhub', 'no list', x'')`);
  log.close();

  const code = await replica.fail("--roles", "receiver");

  assert.equal(
    replica.output().trimEnd().split("\n").at(-1),
    `dockbell: Unexpected token 'o', "no list" is not valid JSON`,
  );
  assert.equal(code, 1);
});

test("serve that finds out late that it must not go on still takes the bodies that are arriving", BOUND, async (t) => {
  const dockbell = dockbellOf(t);
  await dockbell.start("--example");
  const { output: url } = await dockbell.run("receivers", "url", "--data-dir", dockbell.directory);
  const { pathname } = new URL(url.trim());
  const api = await openApiProxy(join(dockbell.directory, "kubeconfig"));
  t.after(() => api.close());
  const crds = "/apis/apiextensions.k8s.io/";
  api.answer(crds, 503);
  const replica = replicaOf(t, api.kubeconfig);
  const ended = replica.fail("--shutdown-timeout", "30s");
  await eventually(() => replica.output().includes("everything was listed once"), replica.output);
  const connection = await RawConnection.open(replica.port());
  const text = postText(pathname, payload("127.0.0.1:9/a/b", "1.0.0"));
  connection.write(text.slice(0, -1));

  api.answer(crds, 403);
  const isRefused = (): Promise<boolean> =>
    RawConnection.open(replica.port()).then(
      (one) => {
        one.socket.destroy();
        return false;
      },
      () => true,
    );
  await eventually(isRefused, replica.output);
  await setTimeout(LONGER_THAN_CLOSERS_HAVE_MS);
  connection.write(text.slice(-1));

  const { status } = await connection.answer();
  assert.deepEqual([status, await ended], [200, 2], replica.output());
  assert.match(replica.output(), /^dockbell: the roles projectconfig and warehouse start only over CRDs of Dockbell/m);
});

test("serve that is told to end before it finds its port taken says when it is over", BOUND, async (t) => {
  const replica = replicaOf(t, kubeconfigIn(t, { token: "t" }));
  const ended = replica.fail("--listen", `127.0.0.1:${await takenPort(t)}`);
  await eventually(() => replica.output().includes("no controller starts"), replica.output);

  process.kill(replica.pid(), "SIGTERM");

  assert.equal(await ended, 2);
  assert.match(replica.output(), /^\S+ ended after [\d.]+ s$/m);
});

test("up ends when it is told to, though somebody holds silent connections to each of its ports", BOUND, async (t) => {
  const dockbell = dockbellOf(t);
  await dockbell.start();
  const ports = [
    Number(readFileSync(join(dockbell.directory, "kube-port"), "utf8")),
    Number(new URL(readFileSync(join(dockbell.directory, "admin-url"), "utf8")).port),
  ];
  const connections = await Promise.all(ports.map((port) => RawConnection.open(port)));

  const code = await dockbell.stop("SIGTERM");

  assert.equal(code, 0);
  assert.deepEqual(await Promise.all(connections.map((one) => one.rest())), ["", ""]);
});

for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  test(
    `serve ends on ${signal} with the credential plugin that it waits for, and with its children`,
    BOUND,
    async (t) => {
      const { replica, plugins } = await servingWithPlugin(t);

      const code = await replica.stop(signal);

      assert.equal(code, 0, replica.output());
      await areGone(plugins);
    },
  );

  test(`a command that ${signal} ends takes its credential plugin with it`, BOUND, async (t) => {
    const { kubeconfig, pids } = stuckPlugin(t);
    const command = spawn(process.execPath, [MAIN, "warehouses", "list", "--kubeconfig", kubeconfig], {
      stdio: "ignore",
    });
    const exited = once(command, "exit");
    await untilBegun(pids);

    command.kill(signal);

    assert.deepEqual(await exited, [null, signal]);
    await areGone(pids());
  });
}

test("serve asks its credential plugin once for all of its connections", BOUND, async (t) => {
  const dockbell = dockbellOf(t);
  await dockbell.start();
  const runs = join(folderOf(t), "runs");
  const token = join(dockbell.directory, "token");
  const credential = `{"apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "$(cat ${token})"}}`;
  const exec = shell(`echo run >> ${runs}; echo '${credential.replace("$", "'$").replace(")", ")'")}'`);
  const replica = replicaOf(t, kubeconfigIn(t, { exec }, clusterOf(dockbell)));

  await replica.start("--take-over");
  await eventually(() => (replica.output().match(/leads: it holds the Lease/g) ?? []).length === 2, replica.output);

  assert.equal(readFileSync(runs, "utf8"), "run\n");
});

test("serve serves on for a delay many times as long as its timeout, and ends with nothing amiss", BOUND, async (t) => {
  const replica = replicaOf(t, kubeconfigIn(t, { token: "t" }));
  await replica.start("--roles", "receiver", "--shutdown-delay", "2s", "--shutdown-timeout", "0.1s");

  const code = await replica.stop("SIGTERM");

  assert.match(replica.output(), /SIGTERM: serves on for 2 s, then ends what is under way within 0.1 s/);
  assert.match(replica.output(), /^\S+ ended after [\d.]+ s$/m);
  assert.equal(code, 0, replica.output());
});

for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  for (const whom of ["to its process group", "to scripts/run.mjs alone"]) {
    test(`serve in a clone ends cleanly by a ${signal} ${whom}`, BOUND, async (t) => {
      const flags = ["--roles", "receiver", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
      const files = ["--kubeconfig", kubeconfigIn(t, { token: "t" }), "--data-dir", folderOf(t)];
      const args = [RUN, "src/app/main.ts", "serve", ...flags, ...files, "--shutdown-delay", "1s"];
      const run = spawn(process.execPath, args, { detached: true, stdio: ["ignore", "pipe", "inherit"] });
      let output = "";
      run.stdout.on("data", (chunk: Buffer) => (output += chunk));
      const closed = once(run, "close");
      const { pid } = run;
      assert.ok(pid);
      t.after(() => isAlive(-pid) && process.kill(-pid, "SIGKILL"));
      await eventually(
        () => output.includes("Webhooks arrive on"),
        () => output,
      );

      process.kill(whom === "to its process group" ? -pid : pid, signal);

      assert.deepEqual(await closed, [0, null], output);
      assert.match(output, /^\S+ ended after [\d.]+ s$/m);
    });
  }
}

test("a Ctrl-C ends serve that is stopping at once, and its credential plugins with it", BOUND, async (t) => {
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
    const dockbell = dockbellOf(t);
    await dockbell.start("--example");
    const { output: url } = await dockbell.run("receivers", "url", "--data-dir", dockbell.directory);
    const { pathname } = new URL(url.trim());
    const replica = replicaOf(t, join(dockbell.directory, "kubeconfig"));
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

test(
  "a volatile serve that gives up on a paused API server says nothing after it said that it ended",
  BOUND,
  async (t) => {
    const dockbell = dockbellOf(t);
    await dockbell.start("--example");
    const { output: url } = await dockbell.run("receivers", "url", "--data-dir", dockbell.directory);
    const registryPort = readFileSync(join(dockbell.directory, "registry-port"), "utf8");
    const replica = replicaOf(t, join(dockbell.directory, "kubeconfig"));
    await replica.start("--roles", "receiver", "--delivery-log", "volatile", "--shutdown-timeout", "0.5s");
    await eventually(() => replica.output().includes("everything was listed once"), replica.output);
    process.kill(dockbell.pid(), "SIGSTOP");
    const pushed = payload(`127.0.0.1:${registryPort}/kargo-demo/app`, "1.2.0");
    const answers = await Promise.all([1, 2].map(() => replica.post(new URL(url.trim()).pathname, pushed)));

    const code = await replica.stop("SIGTERM");

    const lastLine = replica.output().trimEnd().split("\n").at(-1);
    assert.match(lastLine ?? "", /ended after [\d.]+ s; 2 open deliveries given up$/, replica.output());
    assert.deepEqual([code, answers.map(({ status }) => status)], [0, [503, 503]]);
  },
);

/** Its credential plugins never answer, and have a child each; `plugins` are the processes of all of them. */
async function servingWithPlugin(t: TestContext, ...flags: readonly string[]) {
  const { kubeconfig, pids } = stuckPlugin(t);
  const replica = replicaOf(t, kubeconfig);
  await replica.start("--roles", "receiver", ...flags);
  await untilBegun(pids);
  return { replica, plugins: pids() };
}

/** One that never answers, and the processes of those that were begun. */
function stuckPlugin(t: TestContext) {
  const pidFile = join(folderOf(t), "pids");
  writeFileSync(pidFile, "");
  const kubeconfig = kubeconfigIn(t, { exec: shell(`sleep 600 & echo $$ $! >> ${pidFile}; wait`) });
  const pids = () => readFileSync(pidFile, "utf8").split(/\s/).filter(Boolean).map(Number);
  return { kubeconfig, pids };
}

async function untilBegun(pids: () => readonly number[]): Promise<void> {
  await eventually(
    () => pids().length > 0,
    () => "no plugin was begun",
  );
}

async function areGone(pids: readonly number[]): Promise<void> {
  await eventually(
    () => !pids.some(isAlive),
    () => `one of ${pids} is still there`,
  );
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "dockbell-ends-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The cluster of a kubeconfig. */
function clusterOf({ directory }: Dockbell): object {
  const { certPem } = JSON.parse(readFileSync(join(directory, "certificate.json"), "utf8")) as { certPem: string };
  const server = `https://127.0.0.1:${readFileSync(join(directory, "kube-port"), "utf8")}`;
  return { server, "certificate-authority-data": Buffer.from(certPem).toString("base64") };
}

const AWAY = { server: "https://127.0.0.1:9" };

function kubeconfigIn(t: TestContext, user: object, cluster: object = AWAY): string {
  const path = join(folderOf(t), "kubeconfig");
  const kubeconfig = {
    "current-context": "c",
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  };
  writeFileSync(path, JSON.stringify(kubeconfig));
  return path;
}

/** A credential plugin. */
function shell(script: string) {
  const apiVersion = "client.authentication.k8s.io/v1";
  return { apiVersion, command: "sh", args: ["-c", script], interactiveMode: "Never" };
}
