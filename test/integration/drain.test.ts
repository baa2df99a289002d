// `dockbell deliveries drain` against a running `up`, as an operator uses it before a replica is scaled away.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { EMPTY_BODY, readBody } from "../../src/http/message.ts";
import { pushImage } from "../../src/localregistry/push-image.ts";
import { createDockbell, eventually } from "../support/dockbell.ts";
import { payload } from "../support/receiving.ts";

const dockbell = createDockbell();
after(() => dockbell.dispose());

const { transport } = dockbell.network;
const read = (name: string) => readFileSync(join(dockbell.directory, name), "utf8").trim();
const registry = () => `127.0.0.1:${read("registry-port")}`;

function drain(...flags: readonly string[]) {
  return dockbell.run("deliveries", "drain", "--data-dir", dockbell.directory, ...flags);
}

async function receiverURL(): Promise<string> {
  return (await dockbell.run("receivers", "url", "--data-dir", dockbell.directory)).output.trim();
}

async function push(url: string, tag: string) {
  const body = Buffer.from(payload(`${registry()}/kargo-demo/app`, tag));
  const answer = await transport({ method: "POST", url, headers: { "content-length": String(body.length) }, body });
  await readBody(answer.body, 10_000);
  return `${answer.status} ${answer.headers["retry-after"] ?? ""}`.trim();
}

async function readiness(): Promise<number> {
  const answer = await transport({ method: "GET", url: `${read("admin-url")}/readyz`, headers: {}, body: EMPTY_BODY });
  await readBody(answer.body, 10_000);
  return answer.status;
}

test("a receiver that is drained takes no webhook, and the command ends when the last delivery is finished", async () => {
  await dockbell.start("--example");
  const url = await receiverURL();
  const taken = await push(url, "1.9.0");
  const early = await drain("--timeout", "0s");
  const [refused, ready] = [await push(url, "1.9.1"), await readiness()];
  const sent = await dockbell.run("send", "--url", url, "--repository", "example/app");
  const late = drain("--timeout", "60s");

  const createdAt = "2026-01-01T00:00:00Z";
  const image = { origin: `http://${registry()}`, repository: "kargo-demo/app", tag: "1.9.0", createdAt };
  await pushImage({ transport, ...image });

  assert.deepEqual([taken, refused, ready], ["200", "503 1", 503]);
  assert.match(sent.output, /^503 \{"error":"being drained"\}\ndockbell: nothing was recorded: .* being drained /);
  assert.equal(early.code, 3);
  assert.match(early.output, /up not drained within 0s: 1 delivery is still open/);
  const { code, output } = await late;
  assert.equal(code, 0);
  assert.match(output, /up drained: no delivery is open, and no webhook is taken\n$/);
  assert.match(dockbell.output(), /1\.9\.0 → kargo-demo\/app discovered/);
  assert.equal(await push(url, "1.9.1"), "503 1");
});

test("a receiver that was drained takes webhooks again when it is told to, and after a start", async () => {
  const url = await receiverURL();
  const cancelled = await drain("--cancel");
  const [again, ready] = [await push(url, "1.0.0"), await readiness()];
  await drain("--timeout", "0s");

  await dockbell.stop("SIGTERM");
  await dockbell.start("--example");

  assert.deepEqual([cancelled.code, cancelled.output], [0, "up takes webhooks again\n"]);
  assert.deepEqual([again, ready], ["200", 200]);
  await eventually(async () => (await push(url, "1.0.0")) === "200", dockbell.output);
});

test("drain says where there is nothing to drain", async () => {
  await dockbell.stop("SIGTERM");

  const { code, output } = await drain();

  assert.equal(code, 2);
  assert.match(output, /no Dockbell is running in /);
});
