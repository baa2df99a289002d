// The commands for people without kubectl, against a running `up`.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, test } from "node:test";
import { createDockbell, eventually } from "../support/dockbell.ts";

const dockbell = createDockbell();
after(() => dockbell.dispose());

function run(...args: readonly string[]) {
  return dockbell.run(...args, "--data-dir", dockbell.directory);
}

test("up starts", () => dockbell.start("--example"));

test("status shows receivers and Warehouses on one screen, and no URL", async () => {
  const { code, output } = await run("status");

  assert.equal(code, 0);
  assert.match(output, /Receivers\n +NAMESPACE +NAME +SENDER +READY.*\n +kargo-demo +dh-wh-receiver +dockerhub +True/);
  assert.match(
    output,
    /Warehouses\n +NAMESPACE +NAME +READY.*\n +kargo-demo +app +True +127\.0\.0\.1:\d+\/kargo-demo\/app:1\.1\.0/,
  );
  assert.doesNotMatch(output, /[0-9a-f]{64}/);
});

test("a receiver's URL is printed for its name alone", async () => {
  const { output } = await run("receivers", "url", "kargo-demo/dh-wh-receiver");
  const unknown = await run("receivers", "url", "nope");

  assert.match(output, /^http:\/\/127\.0\.0\.1:\d+\/dockerhub\/[0-9a-f]{64}\n$/);
  assert.equal(unknown.code, 2);
  assert.match(unknown.output, /"nope" names 0 receivers; those with a URL: kargo-demo\/dh-wh-receiver/);
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
  assert.equal(missed.code, 1);
  assert.match(missed.output, /7\.0\.0 was not discovered within 0s; kargo-demo\/app: Successfully discovered/);
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

test("nothing is pushed when the receiver cannot be told", async () => {
  const { code, output } = await run("send", "--receiver", "nope");

  assert.equal(code, 2);
  assert.doesNotMatch(output, /pushed/);
});

test("lists print as JSON and YAML", async () => {
  const json = await run("warehouses", "list", "--output", "json");
  const yaml = await run("receivers", "list", "-o", "yaml");

  assert.equal((JSON.parse(json.output) as readonly { metadata: { name: string } }[])[0]?.metadata.name, "app");
  assert.match(yaml.output, /^- namespace: kargo-demo\n {2}name: dh-wh-receiver\n/);
});

test("secret new prints the manifest of a Secret that was never seen before", async () => {
  const secrets = await Promise.all([1, 2].map(() => dockbell.run("secret", "new", "dh", "--namespace", "demo")));

  const values = secrets.map(({ output }) => /^stringData:\n {2}secret: ([\w-]{32})$/m.exec(output)?.[1]);
  assert.equal(new Set(values).size, 2);
  assert.ok(values.every((value) => value !== undefined));
});

test("completion knows every command and flag", async () => {
  const { output } = await dockbell.run("completion", "bash");
  const asked = `${output}\nCOMP_WORDS=(dockbell warehouses refresh --w); COMP_CWORD=3; _dockbell; echo "\${COMPREPLY[@]}"`;
  const bash = spawnSync("bash", ["-c", asked], { encoding: "utf8" });

  assert.match(output, /"dockbell receivers"\) words="list url /);
  if (bash.error === undefined) assert.equal(bash.stdout, "--wait\n");
});

test("a Dockbell that does not run is named as such", async () => {
  await dockbell.stop("SIGINT");

  const { code, output } = await run("status");

  assert.equal(code, 2);
  assert.match(output, /no Dockbell is running in .*: start it with "dockbell up"/);
});
