import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SENDERS } from "./senders.ts";

for (const { name, parse } of SENDERS) {
  test(`the fixture of ${name} is a push to a repository with a tag, and no JSON is none`, () => {
    const fixture = readFileSync(join(import.meta.dirname, "fixtures", `${name}.json`));

    const [parsed, refused] = [parse(fixture), parse(Buffer.from("{"))];

    assert.equal(parsed.kind, "push");
    assert.ok(parsed.kind === "push" && parsed.push.repoURLs.length > 0 && parsed.push.tags.length > 0);
    assert.equal(refused.kind, "refused");
  });
}
