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
const run = createPluginRunner({ env, clock, signal: new AbortController().signal });

test("a plugin gets its arguments and environment, and what it writes comes back", async () => {
  const script = "process.stdout.write(process.env.FROM + process.env.OWN + process.argv[1]); console.error('e')";

  const exit = await run({ command: process.execPath, args: ["-e", script, "arg"], env: { OWN: "+own+" } });

  assert.deepEqual(exit, { code: 0, stdout: "outside+own+arg", stderr: "e\n" });
});

test("a plugin that fails is told by its exit code", async () => {
  const failing = await run({ command: process.execPath, args: ["-e", "process.exit(4)"], env: {} });

  assert.deepEqual(failing, { code: 4, stdout: "", stderr: "" });
});

for (const { what, command, args = [], message } of [
  { what: "is not there", command: "/nowhere/plugin", message: "there is no such executable" },
  { what: "is no executable", command: import.meta.filename, message: "it may not be executed by this user" },
  {
    what: "is given too long an argument",
    command: process.execPath,
    args: ["x".repeat(1_000_000)],
    message: "it could not be begun: spawn E2BIG",
  },
]) {
  test(`a plugin that ${what} is not begun, and the reason is told`, async () => {
    await assert.rejects(run({ command, args, env: {} }), { message });
  });
}

test("a process that has all files open that it may tells it, and goes on", async () => {
  const script = `
    import { openSync } from "node:fs";
    import { SYSTEM_CLOCK as clock } from "${import.meta.resolve("../app/system.ts")}";
    import { createPluginRunner } from "${import.meta.resolve("./plugin-process.ts")}";
    const run = createPluginRunner({ env: {}, clock, signal: new AbortController().signal });
    await run({ command: process.execPath, args: ["-e", ""], env: {} });
    try { for (;;) openSync("/dev/null"); } catch {}
    await run({ command: process.execPath, args: [], env: {} }).catch(({ message }) => console.log(message));
  `;
  const limited = ["-c", 'ulimit -n 100; exec "$0" --input-type=module --eval "$1"', process.execPath, script];

  const exit = await run({ command: "sh", args: limited, env: {} });

  assert.deepEqual(exit, { code: 0, stdout: "this process has too many files open\n", stderr: "" });
});

test("a plugin that waits for somebody who is not there is ended after a minute", async () => {
  const hanging = run({ command: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"], env: {} });
  const refused = assert.rejects(hanging, { message: "it was ended after 60 s" });

  await clock.advance(60_000);

  await refused;
});

test("a plugin that is still asking when the connection is closed ends with it", async () => {
  const closing = new AbortController();
  const runUntilClosed = createPluginRunner({ env, clock, signal: closing.signal });
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

test("a plugin is not begun once the connection is closed", async () => {
  const runNever = createPluginRunner({ env, clock, signal: AbortSignal.abort() });

  const running = runNever({ command: process.execPath, args: [], env: {} });

  await assert.rejects(running, { message: "it was not begun, because the connection is closed" });
});
