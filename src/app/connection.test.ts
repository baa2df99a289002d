import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { messageOf } from "../errors.ts";
import { kubeconfigText } from "../localkube/kubeconfig.ts";
import { WAREHOUSES } from "../resources/warehouse.ts";
import { type ConnectionChoice, connect, type OpenConnection } from "./connection.ts";

function surroundings(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "dockbell-connection-"));
  t.after(() => rmSync(root, { recursive: true }));
  const file = (name: string, text = "") => {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
    return join(root, name);
  };
  const kubeconfig = (name: string, server: string) =>
    file(name, kubeconfigText({ server, certPem: "", token: "t", name: "test" }));
  const choice = (part: Partial<ConnectionChoice>): ConnectionChoice => ({
    dataDir: join(root, "up"),
    isDataDirGiven: false,
    serveDataDir: join(root, "serve"),
    adminTokenFile: "",
    kubeconfig: undefined,
    context: undefined,
    namespace: undefined,
    requestTimeoutMs: 10_000,
    env: {},
    userAgent: "test",
    ...part,
  });
  return { file, kubeconfig, choice };
}

function placeOf(connection: OpenConnection): string {
  connection.close();
  return connection.place;
}

test("the Dockbell of the data directory comes before the cluster of KUBECONFIG", (t) => {
  const { kubeconfig, choice } = surroundings(t);
  kubeconfig("up/kubeconfig", "https://127.0.0.1:1");
  const env = { KUBECONFIG: kubeconfig("cluster", "https://127.0.0.1:2") };

  assert.match(placeOf(connect(choice({ env }))), /^Dockbell in .*\/up$/);
});

test("a cluster that is named comes before the Dockbell of the data directory", (t) => {
  const { kubeconfig, choice } = surroundings(t);
  kubeconfig("up/kubeconfig", "https://127.0.0.1:1");
  const named = kubeconfig("cluster", "https://127.0.0.1:2");

  assert.equal(placeOf(connect(choice({ kubeconfig: named }))), "Cluster at https://127.0.0.1:2");
});

test("where nothing ran, the cluster of KUBECONFIG is asked, without deliveries", (t) => {
  const { kubeconfig, choice } = surroundings(t);
  const env = { KUBECONFIG: kubeconfig("cluster", "https://127.0.0.1:2") };

  const connection = connect(choice({ env }));

  assert.equal(placeOf(connection), "Cluster at https://127.0.0.1:2");
  assert.equal(connection.deliveries, undefined);
});

test("whoever is not let in is told as whom, and where that stands", async (t) => {
  const { kubeconfig, choice } = surroundings(t);
  const server = createServer((_, outgoing) => void outgoing.writeHead(401).end("Unauthorized"));
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const named = kubeconfig("cluster", address);
  const connection = connect(choice({ kubeconfig: named }));
  t.after(() => connection.close());

  const refusal = await connection.client.list(WAREHOUSES, {}).catch((error: unknown) => error);

  assert.equal(
    messageOf(connection.explain(refusal)),
    `${address} does not let in the user "test" of ${named} (401 Unauthorized): log in again, or name another one with --context or --kubeconfig`,
  );
});

test("beside a serve of this machine or pod, its deliveries are there as well", (t) => {
  const { file, kubeconfig, choice } = surroundings(t);
  file("serve/admin-url", "http://127.0.0.1:3");
  const env = { KUBECONFIG: kubeconfig("cluster", "https://127.0.0.1:2") };

  const connection = connect(choice({ env }));

  assert.equal(placeOf(connection), "Cluster at https://127.0.0.1:2");
  assert.notEqual(connection.deliveries, undefined);
});

test("where no cluster is to be found, a serve's deliveries are there, and its objects say which flag is missing", (t) => {
  const { file, choice } = surroundings(t);
  const serveDataDir = join(file("serve/admin-url", "http://127.0.0.1:3"), "..");

  const connection = connect(choice({ isDataDirGiven: true, env: { HOME: serveDataDir } }));

  assert.equal(placeOf(connection), `Dockbell in ${serveDataDir}`);
  assert.notEqual(connection.deliveries, undefined);
  assert.throws(() => connection.client, {
    name: "InputError",
    message: /^no cluster to talk to: .* give its cluster with --kubeconfig as well$/,
  });
});

test("a cluster that is named beside the directory of a serve has that one's deliveries", (t) => {
  const { file, kubeconfig, choice } = surroundings(t);
  file("serve/admin-url", "http://127.0.0.1:3");
  const named = kubeconfig("cluster", "https://127.0.0.1:2");

  const [alone, beside] = [false, true].map((isDataDirGiven) => connect(choice({ kubeconfig: named, isDataDirGiven })));

  alone?.close();
  beside?.close();
  assert.equal(alone?.deliveries, undefined);
  assert.notEqual(beside?.deliveries, undefined);
});

test("a data directory that this user may not read is named as that", { skip: process.getuid?.() !== 0 }, (t) => {
  const { kubeconfig, choice } = surroundings(t);
  kubeconfig("up/kubeconfig", "https://127.0.0.1:1");
  const asNobody = () => {
    process.seteuid?.(65_534);
    try {
      return connect(choice({ isDataDirGiven: true }));
    } finally {
      process.seteuid?.(0);
    }
  };

  assert.throws(asNobody, { name: "InputError", message: /^this user may not read .*\/up: ask as the one who runs/ });
});

test("a data directory that is given and holds nothing is not passed over for a cluster", (t) => {
  const { kubeconfig, choice } = surroundings(t);
  const env = { KUBECONFIG: kubeconfig("cluster", "https://127.0.0.1:2") };
  const given = choice({ isDataDirGiven: true, env });

  assert.throws(() => connect({ ...given, serveDataDir: given.dataDir }), {
    name: "InputError",
    message: /^no Dockbell has run in .*\/up: start one with "dockbell up", name its --data-dir, or name a cluster/,
  });
});
