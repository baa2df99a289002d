// A listener in a process of its own that may open only a few files: connections it cannot accept end nothing.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { eventually } from "../../test/support/dockbell.ts";
import { postText, RawConnection, rawRequest } from "../../test/support/raw-http.ts";

const MAX_FILES = 40;

const PROGRAM = `
import { SYSTEM_CLOCK as clock } from ${url("../app/system.ts")};
import { jsonResponse } from ${url("../http/message.ts")};
import { startListener } from ${url("./listener.ts")};
const handler = async () => jsonResponse(200, {});
const onError = (error) => console.log(error);
const { port } = await startListener({ handler, host: "127.0.0.1", port: 0, clock, onError });
console.log(port);
`;

function url(path: string): string {
  return JSON.stringify(new URL(path, import.meta.url).href);
}

async function listeningWithFewFiles(t: TestContext) {
  const node = [process.execPath, "--input-type=module", "--eval", PROGRAM];
  const child = spawn("sh", ["-c", `ulimit -n ${MAX_FILES}; exec "$@"`, "sh", ...node]);
  t.after(async () => {
    const exited = once(child, "exit");
    child.kill();
    await exited;
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk));
  await eventually(
    () => output.includes("\n"),
    () => output,
  );
  return { port: Number.parseInt(output, 10), output: () => output };
}

test("a listener without file descriptors closes what it cannot hold, and answers again once it has some", async (t) => {
  const { port, output } = await listeningWithFewFiles(t);
  const connections = await Promise.all(Array.from({ length: 2 * MAX_FILES }, () => RawConnection.open(port)));
  const closed = () => connections.filter(({ socket }) => socket.readableEnded || socket.destroyed).length;
  await eventually(
    () => closed() > MAX_FILES,
    () => `${closed()} were closed: ${output()}`,
  );

  for (const { socket } of connections) socket.destroy();
  const ask = () =>
    rawRequest(port, postText("/", "")).then(
      ({ status }) => status,
      () => "closed",
    );
  await eventually(async () => (await ask()) === 200, output);

  assert.equal(output(), `${port}\n`);
});
