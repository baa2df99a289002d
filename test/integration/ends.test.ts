// A process ends when it is told to, or cannot start, whatever holds its sockets.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDockbell } from "../support/dockbell.ts";
import { RawConnection } from "../support/raw-http.ts";

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
