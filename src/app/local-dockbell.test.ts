// What is said where the Dockbell of a directory cannot be asked, by the files and the listener that are there.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startTestRegistry } from "../../test/support/test-registry.ts";
import { adminOf } from "./local-dockbell.ts";

const NOBODY = 65_534;

/** Of a directory that names a listener with these answers, and a token. */
async function openAdmin(t: TestContext, listener: RequestListener = () => {}) {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-local-"));
  const { host, close } = await startTestRegistry(listener);
  const file = (name: string) => join(directory, name);
  writeFileSync(file("admin-url"), `http://${host}`);
  writeFileSync(file("admin-token-file"), "admin-token");
  writeFileSync(file("admin-token"), "t0ken\n");
  const choice = { adminTokenFile: "", requestTimeoutMs: 5_000, userAgent: "test" };
  const of = { directory, startedBy: "up" } as const;
  const admin = adminOf(of, choice);
  t.after(() => {
    admin.close();
    close();
    rmSync(directory, { recursive: true });
  });
  const list = () => admin.deliveries.list({ limit: 1, namespace: undefined });
  return { host, file, list };
}

function refusal(message: string) {
  return { name: "InputError", message };
}

test("a token file that is not there is named, not the Dockbell that runs", async (t) => {
  const { file, list } = await openAdmin(t);
  rmSync(file("admin-token"));

  await assert.rejects(list(), {
    name: "InputError",
    message: new RegExp(
      `^there is no ${file("admin-token")}, where the admin token is to be: start Dockbell again, or`,
    ),
  });
});

test("a file that this user may not read is named as that", { skip: process.getuid?.() !== 0 }, async (t) => {
  const { file, list } = await openAdmin(t);
  const asNobody = () => {
    process.seteuid?.(NOBODY);
    try {
      return list();
    } finally {
      process.seteuid?.(0);
    }
  };

  await assert.rejects(
    asNobody(),
    refusal(`this user may not read ${file("admin-url")}: ask as the one who runs Dockbell`),
  );
});

const ANSWERS: readonly (readonly [what: string, status: number, text: string])[] = [
  ["a page", 200, "<html></html>"],
  ["another program's fault", 404, '{"message":"not found"}'],
  ["a number", 200, "7"],
];
for (const [what, status, text] of ANSWERS) {
  test(`an answer that is ${what} is not taken for one of Dockbell's`, async (t) => {
    const { host, list } = await openAdmin(t, (_, outgoing) => void outgoing.writeHead(status).end(text));

    await assert.rejects(
      list(),
      refusal(`http://${host} answered ${status}, and nothing that Dockbell says: does another program listen there?`),
    );
  });
}

test("a token that is not the Dockbell's is named with its file", async (t) => {
  const { host, file, list } = await openAdmin(t, (_, outgoing) => void outgoing.writeHead(401).end("{}"));

  await assert.rejects(
    list(),
    refusal(`the Dockbell at http://${host} has another admin token than ${file("admin-token")}`),
  );
});
