// The corners of versions and constraints (docs/compatibility.md, section 8.5), and laws that hold for every constraint.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseConstraint } from "./semver-constraint.ts";
import { highestFirst } from "./semver-rule.ts";
import { compareVersions, parseVersion, type Version } from "./semver-version.ts";

function isAdmitted(constraint: string, version: string): boolean | undefined {
  const parsed = parseVersion(version);
  return parsed && parseConstraint(constraint)(parsed);
}

const ADMITTED: readonly (readonly [constraint: string, version: string, isAdmitted: boolean])[] = [
  [" \t\n\f\r>= \t1.2 , <2 ", "1.5.0", true],
  ["X.10| 2.01.x", "2.1.7", true],
  [">=1, 1.0.0 - 2.0.0", "2.0.0", true],
  ["1||2.0.0 - 3.0.0", "2.5.0", true],
  ["1||2.0.0 - 3.0.0", "9.0.0", true],
  ["1||v2 - 3", "2.5.0", true],
  ["1 - 2>1.5", "1.7.0", true],
  ["1 - 2>1.5", "1.2.0", false],
  ["*-rc.1", "0.0.0-beta.1", false],
  ["*-rc.1", "0.0.0-rc.2", true],
  [">*", "0.0.0-rc.1", false],
  ["!=0.1.x <=10.3-alpha", "0.1.0-rc.1", true],
  ["!=0 <=10.3-alpha", "0.1.0-rc.1", false],
  ["<=1.2.x", "1.2.9", true],
  ["~>1.2", "1.2.9", true],
  ["x.2.3", "7.0.0", true],
  ["1.x.3x", "1.9.0", true],
];

const ERRORS: readonly (readonly [constraint: string, message: string])[] = [
  ["1\u00a0", 'improper constraint: "1\\u00a0"'],
  ["1\v", 'improper constraint: "1\\v"'],
  [",1", 'improper constraint: ",1"'],
  ["1,,2", 'improper constraint: "1,,2"'],
  ["1 | 2", "constraint parser error"],
  [">=1 1.0.0 - 2.0.0", 'improper constraint: ">=1>= 1.0.0, <= 2.0.0 "'],
  ["^1||2.0.0 - 3.0.0", 'improper constraint: "^>= 1"'],
  ["1 || latest", 'improper constraint: " latest"'],
  ["0 - 1 - 2,1 - 2", 'improper constraint: ">= 0, <= >= 1, <= 2 ,1 - 2"'],
  ["1.2.3-01", "constraint parser error"],
  ["18446744073709551616", "constraint parser error"],
  ["1|2", "constraint parser error"],
  ["1x", "constraint parser error"],
  ["1".repeat(513), "constraint string is too long (max 512 bytes)"],
  [Array(33).fill("1").join("||"), "too many constraint groups (max 32)"],
];

test("constraints keep the library's quirks", () => {
  for (const [constraint, version, expected] of ADMITTED) {
    assert.equal(isAdmitted(constraint, version), expected, `${constraint} and ${version}`);
  }
});

test("a constraint that does not parse is refused in the library's words", () => {
  for (const [constraint, message] of ERRORS) {
    assert.throws(() => parseConstraint(constraint), { message }, JSON.stringify(constraint));
  }
});

test("versions beyond the library's limits do not parse, and long numbers compare as text", () => {
  const byteCount = (length: number) => parseVersion(`1.2.3-${"a".repeat(length - 6)}`);

  assert.notEqual(byteCount(256), undefined);
  assert.equal(byteCount(257), undefined);
  assert.ok(order("1.0.0-99999999999999999999", "1.0.0-18446744073709551615") > 0);
  assert.ok(order("1.0.0-99999999999999999999", "1.0.0-a") < 0);
});

function order(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  return left && right ? compareVersions(left, right) : Number.NaN;
}

const number = fc.constantFrom("0", "1", "2", "10", "18446744073709551615");
const identifier = fc.constantFrom("0", "1", "10", "alpha", "rc", "-", "99999999999999999999");
const versions: fc.Arbitrary<Version> = fc
  .tuple(number, number, number, fc.array(identifier, { maxLength: 3 }), fc.boolean())
  .map(([major, minor, patch, identifiers, isShort]) => {
    const tail = identifiers.length > 0 ? `-${identifiers.join(".")}` : "";
    return parseVersion(isShort ? `${major}.${minor}${tail}` : `${major}.${minor}.${patch}${tail}`);
  })
  .filter((version) => version !== undefined);
const comparator = fc
  .tuple(
    fc.constantFrom("", "=", "!=", ">", "<", ">=", "<=", "~", "^"),
    fc.constantFrom("1", "1.2", "0.0.1", "2.x", "1.2.3-rc.1", "*"),
  )
  .map((parts) => parts.join(""));
const group = fc.array(comparator, { minLength: 1, maxLength: 3 }).map((comparators) => comparators.join(", "));

test("an OR of constraints admits what either admits", () => {
  fc.assert(
    fc.property(group, group, versions, (a, b, version) => {
      assert.equal(
        parseConstraint(`${a} || ${b}`)(version),
        parseConstraint(a)(version) || parseConstraint(b)(version),
      );
    }),
  );
});

test("the order of versions is total, whatever order they come in", () => {
  const originals = (list: readonly Version[]) => list.toSorted(highestFirst).map(({ original }) => original);
  fc.assert(
    fc.property(fc.array(versions, { maxLength: 8 }), fc.nat(), (list, turn) => {
      const cut = list.length === 0 ? 0 : turn % list.length;

      assert.deepEqual(originals([...list.slice(cut), ...list.slice(0, cut)]), originals(list));
    }),
  );
  fc.assert(
    fc.property(versions, versions, versions, (a, b, c) => {
      assert.equal(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), 0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0);
    }),
  );
});
