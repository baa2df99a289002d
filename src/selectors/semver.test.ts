// Versions and constraints, row by row: docs/compatibility.md, section 8.5.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConstraint } from "./semver-constraint.ts";
import { compareVersions, parseVersion } from "./semver-version.ts";

const VERSIONS: readonly (readonly [texts: readonly string[], isLoose: boolean, isStrict: boolean])[] = [
  [["1.2.3", "v1.2.3", "1.2.3-alpine", "1.2.3-4-5", "1.2.3+a.01", "18446744073709551615.0.0"], true, true],
  [["1", "v1", "1.2", "1-2", "1.2-3", "1.2-alpine", "01.2.3", "1.02.3", "2024.01.02", "20240101"], true, false],
  [["V1.2.3", " 1.2.3", "1.2.3.4", "1.2.3-", "1.2.3+", "1.2.3-a..b", "1.2.3-a_b", "1.2.3-01"], false, false],
  [["12e4567", "abc1234", "latest", "18446744073709551616.0.0"], false, false],
];

const CONSTRAINTS: readonly (readonly [constraint: string, admits: readonly string[], refuses: readonly string[]])[] = [
  ["=1.2.3+a", ["1.2.3+b"], ["1.2.4"]],
  ["1", ["1.0.0", "1.9.9"], ["0.9.0", "2.0.0"]],
  ["1.2", ["1.2.0", "1.2.9"], ["1.3.0"]],
  ["1.2.*", ["1.2.7"], ["1.3.0"]],
  ["*", ["0.0.0", "9.9.9"], ["1.0.0-rc.1"]],
  ["~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]],
  ["~0.0.0", ["5.0.0"], []],
  ["~0", ["0.9.0"], ["1.0.0"]],
  ["^1.2.3", ["1.2.3", "1.9.0"], ["2.0.0", "1.2.2"]],
  ["^0.2.3", ["0.2.9"], ["0.3.0"]],
  ["^0.0.3", ["0.0.3"], ["0.0.4"]],
  ["^0.0", ["0.0.9"], ["0.1.0"]],
  ["^0", ["0.9.0"], ["1.0.0"]],
  ["^*", ["0.0.0"], ["0.0.1"]],
  [">1", ["2.0.0"], ["1.9.9"]],
  [">1.2", ["1.3.0"], ["1.2.9"]],
  [">*", ["0.0.1"], ["0.0.0"]],
  ["<1.2", ["1.1.9"], ["1.2.0"]],
  ["<*", [], ["0.0.0", "1.0.0"]],
  ["<=1", ["1.9.9"], ["2.0.0"]],
  ["<=1.2", ["1.2.9"], ["1.3.0"]],
  ["<=*", ["0.0.9"], ["0.1.0"]],
  ["!=1.2", ["1.3.0"], ["1.2.9"]],
  ["!=1", ["2.0.0"], ["1.5.0"]],
  ["!=*", ["0.0.1"], ["0.0.0"]],
  ["1.2 - 2.0.0", ["1.2.0", "2.0.0"], ["2.0.1", "1.1.9"]],
  ["1.2.3 - 1.3", ["1.3.9"], ["1.4.0"]],
  [">=1.2, <2.0 || >3", ["1.5.0", "4.0.0"], ["2.5.0", "3.5.0"]],
  ["^1.2.3-0", ["1.3.0-rc.1"], ["2.0.0"]],
  [">=1.0.0-0 <2.0.0", ["2.0.0-alpha"], ["2.0.0"]],
  ["*-0", ["1.0.0-rc.1", "1.0.0"], []],
  [">1.0.0-beta.1 <2 || >3", ["1.5.0-rc.1"], ["4.1.0-rc.1"]],
  ["~1.2.3-0", ["1.2.3-beta.1"], ["1.3.0-rc.1"]],
  ["1.2.x-beta", ["1.2.3-beta.1"], []],
  ["!=1.2.3-beta.1", ["1.2.3-beta.2"], ["1.2.3-beta.1"]],
  ["=>1.2", ["1.2.0"], ["1.1.0"]],
];

const IMPROPER = ["", "latest", "1.2.3.4", "==1", ">=1<2", ",1", "1,", "1 || ", ">=1 1.0.0 - 2.0.0"];

test("versions parse loosely and strictly as the table says", () => {
  for (const [texts, isLoose, isStrict] of VERSIONS) {
    for (const text of texts) {
      assert.deepEqual(
        [parseVersion(text) !== undefined, parseVersion(text, true) !== undefined],
        [isLoose, isStrict],
        text,
      );
    }
  }
});

test("constraints admit and refuse what the table says", () => {
  for (const [text, admits, refuses] of CONSTRAINTS) {
    const constraint = parseConstraint(text);
    const isAdmitted = (version: string) => {
      const parsed = parseVersion(version);
      return parsed !== undefined && constraint(parsed);
    };
    for (const version of admits) assert.equal(isAdmitted(version), true, `${text} admits ${version}`);
    for (const version of refuses) assert.equal(isAdmitted(version), false, `${text} refuses ${version}`);
  }
});

test("an improper constraint is an error that quotes it", () => {
  for (const text of IMPROPER)
    assert.throws(() => parseConstraint(text), /improper constraint: "/, JSON.stringify(text));
});

test("precedence is semver.org's", () => {
  const ordered = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "2.0.0",
  ];

  const sorted = ordered
    .toReversed()
    .map((text) => parseVersion(text))
    .filter((version) => version !== undefined);

  assert.deepEqual(
    sorted.sort(compareVersions).map(({ original }) => original),
    ordered,
  );
});
