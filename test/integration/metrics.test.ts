// What Prometheus is told by a running `up`: well-formed, in the page that explains it, and without a secret.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { EMPTY_BODY, readBody } from "../../src/http/message.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { createDockbell, eventually } from "../support/dockbell.ts";
import { ROOT } from "../support/pages.ts";

const LABEL = String.raw`[a-z_]+="(?:[^"\\\n]|\\["\\n])*"`;
const SAMPLE = new RegExp(String.raw`^[a-z_]+(\{${LABEL}(,${LABEL})*\})? (\d+(\.\d+)?(e[-+]\d+)?|\+Inf)$`);
const MAX_ANSWER_BYTES = 1024 * 1024;

const dockbell = createDockbell();
after(() => dockbell.dispose());

async function scrape(): Promise<string> {
  const read = (name: string) => readFileSync(join(dockbell.directory, name), "utf8");
  const headers = { authorization: `Bearer ${read("admin-token")}` };
  const url = `${read("admin-url")}/metrics`;
  const { status, body } = await dockbell.network.transport({ method: "GET", url, headers, body: EMPTY_BODY });
  assert.equal(status, 200);
  return Buffer.from(await readBody(body, MAX_ANSWER_BYTES)).toString();
}

async function receiverPath(): Promise<string> {
  const key = { namespace: "kargo-demo", name: "kargo-demo" };
  const config = await dockbell.client.get<ProjectConfig>(PROJECT_CONFIGS, key);
  return config?.status?.webhookReceivers?.[0]?.path ?? "";
}

test("a push is counted from its answer to its discovery", async () => {
  await dockbell.start("--example");
  await dockbell.run("send", "--data-dir", dockbell.directory, "--tag", "1.2.0");

  const isDiscovered = async () => /^dockbell_targets_total\{state="discovered"\} 1$/m.test(await scrape());
  await eventually(isDiscovered, dockbell.output);
  const text = await scrape();

  for (const sample of [
    /^dockbell_webhook_duration_seconds_count\{code="200"\} 1$/m,
    /^dockbell_deliveries\{state="open"\} 0$/m,
    /^dockbell_deliveries\{state="decided"\} 1$/m,
    /^dockbell_deliveries_total\{verdict="done"\} 1$/m,
    /^dockbell_delivery_duration_seconds_count\{verdict="done"\} 1$/m,
    /^dockbell_informer_age_seconds\{resource="warehouses"\} \d/m,
    /^dockbell_registry_requests_total\{host="127\.0\.0\.1:\d+",method="GET",code="200"\} \d/m,
    /^rest_client_requests_total\{code="200",method="PATCH",host="127\.0\.0\.1:\d+"\} \d/m,
    /^workqueue_queue_duration_seconds_count\{name="warehouse"\} \d/m,
    /^workqueue_depth\{name="warehouse"\} 0$/m,
  ]) {
    assert.match(text, sample);
  }
});

test("every line is of the format, every metric is explained, and no receiver's path is told", async () => {
  const text = await scrape();
  const page = readFileSync(join(ROOT, "docs", "serve.md"), "utf8");

  const lines = text.trimEnd().split("\n");
  const malformed = lines.filter((line) => !/^# (HELP|TYPE) [a-z_]+ \S/.test(line) && !SAMPLE.test(line));
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name);

  assert.deepEqual(malformed, []);
  assert.deepEqual(
    names.filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
  assert.equal(new Set(names).size, names.length);
  assert.ok(!text.includes((await receiverPath()).split("/").at(-1) ?? ""));
});

test("metrics are for who has the token", async () => {
  const url = `${readFileSync(join(dockbell.directory, "admin-url"), "utf8")}/metrics`;

  const { status } = await dockbell.network.transport({ method: "GET", url, headers: {}, body: EMPTY_BODY });

  assert.equal(status, 401);
});
