// A process ends when it is told to, or cannot start, whatever holds its sockets.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDockbell } from "../support/dockbell.ts";
import { RawConnection } from "../support/raw-http.ts";
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

test("serve ends within its bound, though a credential plugin that it waits for does not", BOUND, async (t) => {
  const folder = join(dockbell.directory, "plugin");
  mkdirSync(folder);
  const [pidFile, kubeconfig] = [join(folder, "pid"), join(folder, "kubeconfig")];
  writeFileSync(kubeconfig, JSON.stringify(withPlugin(`echo $$ > ${pidFile}; exec sleep 600`)));
  const replica = createReplica({ name: "r0", kubeconfig, baseURL: "https://dockbell.example.com" });
  t.after(async () => {
    process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
    await replica.dispose();
  });
  await replica.start("--shutdown-timeout", "2s");

  const code = await replica.stop("SIGTERM");

  assert.equal(code, 0, replica.output());
});

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
