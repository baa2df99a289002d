// Whoever follows a comment to a page must find it there: files of this repository, and their numbered sections and names.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./support/pages.ts";

/** The comments of a file as running text: one may break a citation over two lines. */
function commentsOf(file: string): string {
  const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
  return lines.flatMap((line) => /^ *(?:\/\/|\/?\*+) ?(.*)$/.exec(line)?.[1] ?? []).join(" ");
}

const sources = globSync("{src,test,bench,scripts}/**/*.ts", { cwd: ROOT }).map((file) => ({
  file,
  text: commentsOf(file),
}));

test("every page that a comment names is in this repository", () => {
  const named = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/(?<![\w./$<{-])((?:docs\/)?[\w-]+\.md)\b/g)].map(([, page = ""]) => ({ file, page })),
  );

  const missing = named.filter(({ page }) => !existsSync(join(ROOT, page)) && !existsSync(join(ROOT, "docs", page)));

  assert.deepEqual(missing, []);
});

test("every section of docs/compatibility.md that a comment names is there", () => {
  const page = readFileSync(join(ROOT, "docs", "compatibility.md"), "utf8");
  const there = new Set([...page.matchAll(/^#+ (\d+(?:\.\d+)?)\.? /gm)].map(([, number]) => number));

  const missing = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/compatibility\.md,? (?:sections? )?((?:\d+(?:\.\d+)?(?:, | and | to )?)+)/g)]
      .flatMap(([, list = ""]) => list.match(/\d+(?:\.\d+)?/g) ?? [])
      .filter((number) => !there.has(number))
      .map((number) => `${file}: section ${number}`),
  );

  assert.deepEqual(missing, []);
});

test("every decision and section that a comment names is in ARCHITECTURE.md", () => {
  const page = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8");

  const missing = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/ARCHITECTURE\.md, "([^"]+)"(?: and "([^"]+)")?/g)]
      .flatMap(([, first = "", second]) => (second === undefined ? [first] : [first, second]))
      .filter((name) => !page.includes(`**${name}**`) && !page.includes(`\n## ${name}\n`))
      .map((name) => `${file}: ${name}`),
  );

  assert.deepEqual(missing, []);
});
