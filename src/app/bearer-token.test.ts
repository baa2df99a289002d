import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ownToken } from "./bearer-token.ts";
import { openDataDirectory } from "./data-directory.ts";
import { SYSTEM_RANDOM } from "./system.ts";

for (const ending of ["\n", "\r\n", " "]) {
  test(`a kept token that ends in ${JSON.stringify(ending)} is the token before that`, async (t) => {
    const path = mkdtempSync(join(tmpdir(), "dockbell-token-"));
    t.after(() => rmSync(path, { recursive: true }));
    const directory = openDataDirectory(path);
    t.after(directory.release);
    const made = await ownToken(directory, "token", SYSTEM_RANDOM);
    writeFileSync(join(path, "token"), `${made}${ending}`);

    const kept = await ownToken(directory, "token", SYSTEM_RANDOM);

    assert.deepEqual([kept, readFileSync(join(path, "token"), "utf8")], [made, `${made}${ending}`]);
  });
}
