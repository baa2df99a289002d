import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually, isAlive } from "../../test/support/dockbell.ts";
import { createTestClock } from "../../test/support/test-clock.ts";
import { createPluginRunner } from "./plugin-process.ts";

const clock = createTestClock();
const env = { PATH: process.env["PATH"], FROM: "outside" };
const run = createPluginRunner({ env, clock, signal: new AbortController().signal, areApart: false });

test("a plugin gets its arguments and environment, and what it writes comes back", async () => {
  const script = "process.stdout.write(process.env.FROM + process.env.OWN + process.argv[1]); console.error('e')";

  const exit = await run({ command: process.execPath, args: ["-e", script, "arg"], env: { OWN: "+own+" } });

  assert.deepEqual(exit, { kind: "exited", code: 0, stdout: "outside+own+arg", stderr: "e\n" });
});

test("a plugin that is not there is told apart from one that fails", async () => {
  const missing = await run({ command: "/nowhere/plugin", args: [], env: {} });
  const failing = await run({ command: process.execPath, args: ["-e", "process.exit(4)"], env: {} });

  assert.deepEqual(missing, { kind: "not-found" });
  assert.deepEqual(failing, { kind: "exited", code: 4, stdout: "", stderr: "" });
});

test("a plugin that waits for somebody who is not there is ended after a minute", async () => {
  const hanging = run({ command: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"], env: {} });
  const refused = assert.rejects(hanging, { message: "it was ended after 60 s" });

  await clock.advance(60_000);

  await refused;
});

for (const areApart of [true, false]) {
  test(`a plugin that is still asking when the connection is closed ends with it, ${areApart ? "in a group of its own" : "in ours"}`, async () => {
    const closing = new AbortController();
    const runUntilClosed = createPluginRunner({ env, clock, signal: closing.signal, areApart });
    const folder = mkdtempSync(join(tmpdir(), "dockbell-plugin-"));
    const pidFile = join(folder, "pid");
    const running = runUntilClosed({ command: "sh", args: ["-c", `echo $$ > ${pidFile}; exec sleep 600`], env: {} });
    const refused = assert.rejects(running, { message: "it was ended with the connection" });
    await eventually(
      () => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "",
      () => "it was never begun",
    );

    closing.abort();

    await refused;
    const pid = Number(readFileSync(pidFile, "utf8"));
    await eventually(
      () => !isAlive(pid),
      () => `${pid} is still there`,
    );
    rmSync(folder, { recursive: true });
  });
}

test("a plugin is not begun once the connection is closed", async () => {
  const runNever = createPluginRunner({ env, clock, signal: AbortSignal.abort(), areApart: true });

  const running = runNever({ command: process.execPath, args: [], env: {} });

  await assert.rejects(running, { message: "it was not begun, because the connection is closed" });
});
