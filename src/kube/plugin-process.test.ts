import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestClock } from "../../test/support/test-clock.ts";
import { createPluginRunner } from "./plugin-process.ts";

const clock = createTestClock();
const run = createPluginRunner({ env: { PATH: process.env["PATH"], FROM: "outside" }, clock });

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
