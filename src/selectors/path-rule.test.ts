// Path patterns, row by row: docs/compatibility.md, section 8.7.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePathPattern, createPathRule } from "./path-rule.ts";

const PATTERNS: readonly (readonly [pattern: string, matching: readonly string[], other: readonly string[]])[] = [
  ["docs", ["docs", "docs/a"], ["docs2/a", "x/docs/a", "docs/a..b"]],
  ["docs/", ["docs/a"], []],
  ["./docs", ["docs/a"], []],
  ["", ["anything", "a/b"], ["/a"]],
  [".", ["anything", "a/b"], ["/a"]],
  ["/docs", [], ["docs/a"]],
  ["../docs", [], ["docs/a"]],
  ["Docs", [], ["docs/a"]],
  ["glob:docs/**", ["docs", "docs/a/b"], ["docs2"]],
  ["glob:**/x.go", ["x.go", "a/b/x.go"], ["ax.go"]],
  ["glob:*.md", ["a.md"], ["a/b.md"]],
  ["glob:*", [".hidden"], ["a/b"]],
  ["glob:a/**b", ["a/xb"], ["a/x/b"]],
  ["glob:{a,b}/c", ["b/c", "a/c"], ["c/c"]],
  ["glob:[!a]b", ["cb"], ["ab"]],
  ["glob:[a-*]c", ["ac"], ["bc"]],
  ["glob:a*/**", ["ab", "a/b"], ["a"]],
  ["glob:a**/", ["a"], ["a/b"]],
  ["glob:a\\*", ["a*"], ["ab"]],
  ["regex:\\.go$", ["a/x.go"], ["x.god"]],
  ["regexp:^docs/", ["docs/a"], ["x/docs/a"]],
];

test("path patterns match what the table says", () => {
  for (const [pattern, matching, other] of PATTERNS) {
    const matches = compilePathPattern(pattern, "includePaths[0]");
    for (const path of matching) assert.equal(matches(path), true, `${pattern} matches ${path}`);
    for (const path of other) assert.equal(matches(path), false, `${pattern} does not match ${path}`);
  }
});

test("a broken path pattern is refused with its field", () => {
  for (const pattern of ["glob:[a-", "glob:{a,b", "glob:[]", "glob:}", "glob:a\\", "regex:("]) {
    assert.throws(() => createPathRule({ excludePaths: ["ok", pattern] }), {
      name: "InputError",
      message: /^excludePaths\[1\]: /,
    });
  }
});

test("a commit counts when one of its paths is included and not excluded", () => {
  const explainPaths = createPathRule({ includePaths: ["src", "glob:*.md"], excludePaths: ["src/test"] });

  assert.deepEqual(explainPaths(["docs/a", "src/a"]), { isAdmitted: true, rule: '"src/a" was changed' });
  assert.equal(explainPaths(["src/test/a"]).rule, "excludePaths matches every changed path that counts");
  assert.equal(explainPaths(["docs/a"]).rule, "none of includePaths matches a changed path");
  assert.equal(createPathRule({})(["any"]).isAdmitted, true);
});
