// The commands for people without kubectl, against a running `up`.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { MEDIA_TYPES } from "../../src/cli/payload.ts";
import type { DeliveryPage, DeliverySummary } from "../../src/deliveries/told-delivery.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { createDockbell, eventually, MAIN } from "../support/dockbell.ts";

const dockbell = createDockbell();
after(() => dockbell.dispose());

function run(...args: readonly string[]) {
  return dockbell.run(...args, "--data-dir", dockbell.directory);
}

test("up starts", () => dockbell.start("--example"));

test("status shows receivers and Warehouses on one screen, and no URL", async () => {
  const { code, output } = await run("status");

  assert.equal(code, 0);
  assert.match(
    output,
    /Receivers \(1\)\n +NAMESPACE +NAME +SENDER +READY.*\n +kargo-demo +dh-wh-receiver +dockerhub +True/,
  );
  assert.match(
    output,
    /Warehouses \(2\)\n +WAREHOUSE +READY.*\n(?:.*\n)? +kargo-demo\/app +True +\d+[sm] ago +127\.0\.0\.1:\d+\/kargo-demo\/app:1\.1\.0/,
  );
  assert.doesNotMatch(output, /[0-9a-f]{64}/);
});

test("status shows what it can get, and says what is missing and why", async () => {
  const config = join(dockbell.directory, "config.yaml");
  writeFileSync(config, "adminTokenFile: /nowhere\n");

  const { code, output } = await run("status", "--config", config);
  const json = await run("status", "--config", config, "-o", "json");

  assert.equal(code, 1);
  assert.match(output, /\n +kargo-demo +dh-wh-receiver .*\n(.*\n)* +kargo-demo\/app +True /);
  assert.match(
    output,
    /\nLatest deliveries\n +there is no \/nowhere, where the admin token is to be: .*\ndockbell: not all/,
  );
  const { missing, deliveries } = JSON.parse(json.output.replace(/\ndockbell: .*\n$/, ""));
  assert.equal(deliveries, null);
  assert.deepEqual(
    missing.map(({ part, reason }: { part: string; reason: string }) => [part, reason.split(",")[0]]),
    [["deliveries", "there is no /nowhere"]],
  );
});

test("a receiver's URL is printed for its name alone", async () => {
  const { output } = await run("receivers", "url", "kargo-demo/dh-wh-receiver");
  const unknown = await run("receivers", "url", "nope");

  assert.match(output, /^http:\/\/127\.0\.0\.1:\d+\/dockerhub\/[0-9a-f]{64}\n$/);
  assert.equal(unknown.code, 2);
  assert.match(unknown.output, /there is no receiver nope; those with a URL: kargo-demo\/dh-wh-receiver/);
});

test("a refresh can be asked for and waited for", async () => {
  const { code, output } = await run("warehouses", "refresh", "app", "--wait");

  assert.deepEqual([code, output], [0, "kargo-demo/app refreshed\n"]);
});

test("a tag can be waited for, and is missed with the reason", async () => {
  await run("send", "--tag", "1.4.0");
  const found = await run("wait", "app", "--tag", "1.4.0");
  const missed = await run("wait", "kargo-demo/app", "--tag", "7.0.0", "--timeout", "0s");

  assert.deepEqual([found.code, found.output], [0, "kargo-demo/app discovered 1.4.0\n"]);
  assert.equal(missed.code, 3);
  assert.match(missed.output, /7\.0\.0 was not discovered within 0s; kargo-demo\/app: the newest is 127.*:1\.4\.0/);
});

test("deliveries are listed with what became of them, and why", async () => {
  await run("send", "--tag", "1.5.0");
  await run("wait", "app", "--tag", "1.5.0");
  await run("send", "--tag", "9.0.0");

  await eventually(
    async () => {
      const { output } = await run("deliveries", "list");
      return (
        /kargo-demo\/dh-wh-receiver +127\.0\.0\.1:\d+\/kargo-demo\/app:1\.5\.0 +kargo-demo\/app +discovered/.test(
          output,
        ) && /app:9\.0\.0 +kargo-demo\/app +not-matched +constraint "\^1\.0\.0" does not admit it\n/.test(output)
      );
    },
    dockbell.output,
    1_000,
  );
});

test("one delivery is shown whole by its id, and one that is not there is named", async () => {
  const { output } = await run("deliveries", "list", "-o", "json");
  const { id } = (JSON.parse(output) as readonly DeliverySummary[]).find(({ tags }) => tags.includes("1.5.0")) ?? {};

  const shown = await run("deliveries", "show", id ?? "");
  const whole = JSON.parse((await run("deliveries", "show", id ?? "", "-o", "json")).output) as DeliveryPage;
  const unknown = await run("deliveries", "show", "0193-none");

  assert.match(shown.output, new RegExp(`^ID: +${id}\nReplica: +up\nArrived: +2\\S+Z, \\d+[sm] ago\n`));
  assert.match(shown.output, /\nVerdict: +done\nStates: +1 discovered/);
  assert.match(shown.output, /\nkargo-demo\/app +1\.5\.0 +discovered /);
  assert.deepEqual(
    whole.targets.map(({ name, state }) => [name, state]),
    [["app", "discovered"]],
  );
  assert.deepEqual([unknown.code, unknown.output], [2, "dockbell: no delivery has the id 0193-none\n"]);
});

test("a multi-arch push is told several times at once, a chart as a chart, and a body as it is", async () => {
  const burst = await run("send", "--multi-arch", "--tag", "1.6.0");
  const chart = await run("send", "--chart", "--tag", "1.6.0");
  const old = await run("send", "--no-media-type", "--tag", "1.6.1");
  const body = join(dockbell.directory, "body.json");
  writeFileSync(body, '{"push_data":{"tag":"1.6.2"},"repository":{"repo_name":"nobody/subscribes"}}');
  const file = await run("send", "--file", body);

  const refreshed = '200 {"msg":"refreshed 1 warehouse(s)"}\n';
  assert.equal(burst.output.replace(/^pushed .*\n/, ""), refreshed.repeat(3));
  assert.match(chart.output, /^pushed 127\.0\.0\.1:\d+\/kargo-demo\/app-chart:1\.6\.0\n200 \{"msg":"refreshed 1 w/);
  assert.equal(old.output.replace(/^pushed .*\n/, ""), refreshed);
  assert.equal(file.output, '200 {"msg":"refreshed 0 warehouse(s)"}\n');
  const told = await run("deliveries", "list", "-o", "json");
  const mediaTypes = (JSON.parse(told.output) as readonly DeliverySummary[]).slice(0, 6).map((one) => one.mediaType);
  assert.deepEqual(mediaTypes.toSorted(), [
    "",
    "",
    MEDIA_TYPES.chart,
    MEDIA_TYPES.index,
    MEDIA_TYPES.image,
    MEDIA_TYPES.image,
  ]);
});

test("a webhook that was not received is a failure, with what to do", async () => {
  const url = (await run("receivers", "url")).output.trim();

  const { code, output } = await run("send", "--url", `${url}x`, "--repository", "example/app");

  assert.equal(code, 1);
  assert.match(output, /^404 \{\}\ndockbell: no receiver has this URL: was its secret changed/);
});

test("nothing is pushed when the receiver cannot be told", async () => {
  const { code, output } = await run("send", "--receiver", "nope");

  assert.equal(code, 2);
  assert.doesNotMatch(output, /pushed/);
});

test("every command refuses a namespace that is not there", async () => {
  const commands = [
    ["receivers", "list"],
    ["warehouses", "list", "-o", "json"],
    ["deliveries", "list", "-o", "name"],
    ["status"],
    ["receivers", "url"],
    ["wait", "app", "--tag", "1.0.0"],
    ["warehouses", "refresh", "app"],
    ["send", "--repository", "example/app"],
  ];
  const refused = await Promise.all(commands.map((words) => run(...words, "-n", "kargo-demmo")));
  const other = await run("warehouses", "list", "-n", "default");

  for (const { code, output } of refused) {
    assert.deepEqual([code, output], [2, "dockbell: there is no namespace kargo-demmo\n"]);
  }
  assert.match(other.output, /^No Warehouses/);
});

test("a limit that is none is refused with its flag and its bound", async () => {
  const { code, output } = await run("deliveries", "list", "--limit", "501");

  assert.equal(code, 2);
  assert.match(output, /--limit: "501" is not a number from 1 to 500/);
});

test("lists print as JSON and YAML", async () => {
  const json = await run("warehouses", "list", "--output", "json");
  const yaml = await run("receivers", "list", "-o", "yaml");

  assert.equal((JSON.parse(json.output) as readonly { metadata: { name: string } }[])[0]?.metadata.name, "app");
  assert.match(yaml.output, /^- namespace: kargo-demo\n {2}name: dh-wh-receiver\n/);
});

test("an open delivery is found though refused ones came after it, and status counts it", async () => {
  const url = (await run("receivers", "url")).output.trim();
  const registry = readFileSync(join(dockbell.directory, "registry-port"), "utf8");
  await run("send", "--repository", `127.0.0.1:${registry}/kargo-demo/app`, "--tag", "1.99.0");
  const body = Buffer.from("{");
  const headers = { "content-length": String(body.length) };
  for (let count = 0; count < 20; count++) await dockbell.network.transport({ method: "POST", url, headers, body });

  const all = await run("deliveries", "list");
  const open = await run("deliveries", "list", "--state", "open");
  const status = await run("status");
  const wrong = await run("deliveries", "list", "--state", "lost");

  assert.equal(all.output.match(/ refused /g)?.length, 20);
  assert.match(
    all.output,
    /\nThere are older ones, --limit lists up to 500; \d of them (are|is) open, --state open lists/,
  );
  assert.match(open.output, /^AGE .*\n.*app:1\.99\.0 +kargo-demo\/app +(not-visible|refreshed|pending) /);
  assert.doesNotMatch(open.output, / refused /);
  const [, count, left] =
    /\nLatest deliveries \((\d) open\)\n(?:.*\n)* +… and (\d) more that are open: dockbell deliveries list --state open\n$/.exec(
      status.output,
    ) ?? [];
  assert.ok(Number(count) > 0 && count === left, status.output);
  assert.equal(wrong.code, 2);
  assert.match(wrong.output, /Allowed choices are open, done, unmatched, refused, failed, /);
});

test("secret new prints the manifest of a Secret that was never seen before", async () => {
  const secrets = await Promise.all([1, 2].map(() => dockbell.run("secret", "new", "dh", "--namespace", "demo")));

  const values = secrets.map(({ output }) => /^stringData:\n {2}secret: ([\w-]{32})$/m.exec(output)?.[1]);
  assert.equal(new Set(values).size, 2);
  assert.ok(values.every((value) => value !== undefined));
});

/** What bash offers after these words; `dockbell` itself answers in the place of a shell's command. */
function completed(script: string, ...words: readonly string[]): string {
  const line = words.map((word) => `'${word}'`).join(" ");
  const dockbellFunction = `dockbell() { "${process.execPath}" "${MAIN}" "$@" --data-dir "${dockbell.directory}"; }`;
  const asked = `${script}\n${dockbellFunction}\nCOMP_WORDS=(dockbell ${line}); COMP_CWORD=${words.length}; _dockbell; echo "\${COMPREPLY[*]}"`;
  return spawnSync("bash", ["-c", asked], { encoding: "utf8" }).stdout.trim();
}

const hasBash = spawnSync("bash", ["--version"]).status === 0;

test("completion knows commands, flags, their values, and the names of what there is", { skip: !hasBash }, async () => {
  const { output: script } = await dockbell.run("completion", "bash");

  assert.equal(completed(script, "warehouses", "refresh", "--w"), "--wait");
  assert.equal(completed(script, "receivers", "l"), "list");
  assert.equal(completed(script, "status", "--output", ""), "json yaml wide name");
  assert.equal(completed(script, "wait", "--tag", "1.0.0", "kargo-demo/app-"), "kargo-demo/app-chart");
  assert.equal(completed(script, "send", "--receiver", ""), "kargo-demo/dh-wh-receiver");
  assert.match(completed(script, "deliveries", "show", "01"), /^[0-9a-f-]{36}( [0-9a-f-]{36})+$/);
});

test("a receiver for Quay is served, and takes a body of Quay's alone", async () => {
  const key = { namespace: "kargo-demo", name: "kargo-demo" };
  const config = await dockbell.client.get<ProjectConfig>(PROJECT_CONFIGS, key);
  const hub = config?.spec?.webhookReceivers ?? [];
  const quay = { name: "quay", quay: { secretRef: hub[0]?.dockerhub?.secretRef } };
  await dockbell.client.mergePatch(PROJECT_CONFIGS, key, { spec: { webhookReceivers: [...hub, quay] } });
  const listed = async () => (await run("receivers", "list")).output;
  await eventually(async () => /^kargo-demo +quay +quay +True/m.test(await listed()), dockbell.output);
  const fixture = join(import.meta.dirname, "../../src/receivers/fixtures/quay.json");

  const refused = await run("send", "--receiver", "quay", "--repository", "example/app");
  const sent = await run("send", "--receiver", "quay", "--file", fixture);

  assert.equal(refused.code, 2);
  assert.match(refused.output, /that receiver is for quay: name one for Docker Hub with --receiver/);
  assert.deepEqual([sent.code, sent.output], [0, '200 {"msg":"refreshed 0 warehouse(s)"}\n']);
});

test("output that cannot be written is a failure", { skip: !existsSync("/dev/full") }, () => {
  const { status, stderr } = spawnSync("sh", ["-c", `${process.execPath} ${MAIN} secret new s -n demo > /dev/full`], {
    encoding: "utf8",
  });

  assert.equal(status, 1);
  assert.match(stderr, /the output cannot be written: ENOSPC/);
});

test("a Dockbell that stands still is named as such, with its address and in seconds", async () => {
  process.kill(dockbell.pid(), "SIGSTOP");
  const commands = [["status"], ["warehouses", "list"], ["deliveries", "list"]];
  const asked = await Promise.all(commands.map((words) => run(...words, "--request-timeout", "2s")));
  const waited = await Promise.all([
    run("wait", "kargo-demo/app", "--tag", "7.0.0", "--timeout", "2s"),
    run("wait", "app", "--tag", "7.0.0", "--timeout", "4s", "--request-timeout", "1s"),
    run("warehouses", "refresh", "app", "--wait", "--timeout", "2s"),
  ]);
  process.kill(dockbell.pid(), "SIGCONT");

  for (const { code, output } of asked) {
    assert.equal(code, 1);
    assert.match(
      output,
      /^dockbell: the Dockbell of .* did not answer \(GET https?:\/\/127\.0\.0\.1:\d+\/.*: no \w+ within 2 s\): is it /,
    );
  }
  for (const { code, output } of waited) {
    assert.equal(code, 3);
    assert.match(output, /app: the API server did not answer\n$/);
  }
});

test("a Dockbell that does not run is named as such", async () => {
  await dockbell.stop("SIGINT");

  const { code, output } = await run("status");

  assert.equal(code, 2);
  assert.match(output, /no Dockbell is running in .*: start it with "dockbell up"/);
});
