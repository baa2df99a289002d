// Versions and constraints against Masterminds semver.
import fc from "fast-check";
import { messageOf } from "../../src/errors.ts";
import { parseConstraint } from "../../src/selectors/semver-constraint.ts";
import { compareVersions, parseVersion, type Version } from "../../src/selectors/semver-version.ts";
import { type Case, edited, joined, maybe, mostly, type Subject, separated } from "./subject.ts";

const ALPHABET = "0123456789.-+vVxX*|~^<>=!, \t\n\f\r\v\u00a0\u2003_aAzé\u0000";

const number = mostly(
  ["0", "0", "1", "1", "2", "3", "10"],
  ["00", "01", "007", "20240101", "9007199254740993", "18446744073709551615", "18446744073709551616", ""],
  12,
);
const identifier = mostly(
  ["0", "1", "2", "10", "alpha", "beta", "rc", "x", "-", "0a", "a-b", "--", "1-", "A", "Z9"],
  ["01", "00", "é", "a_b", "", "18446744073709551615", "18446744073709551616", "99999999999999999999", "9".repeat(40)],
  10,
);
const identifiers = separated(identifier, fc.constant("."), 4);
const tail = joined(maybe(joined(fc.constant("-"), identifiers)), maybe(joined(fc.constant("+"), identifiers), 7));
const numbers = separated(number, fc.constant("."), 3);
const long = fc
  .tuple(fc.integer({ min: 235, max: 262 }), fc.constantFrom("-", "+"))
  .map(([length, sign]) => `1.2.3${sign}${"a".repeat(length)}`);
const version = edited(
  fc.oneof(
    { weight: 40, arbitrary: joined(maybe(mostly(["v"], ["V", "vv", " "], 6), 7), numbers, tail) },
    { weight: 1, arbitrary: long },
  ),
  ALPHABET,
);

export const VERSIONS: Subject = {
  kind: "version",
  cases: fc.record({ text: fc.constant(""), texts: fc.array(version, { minLength: 2, maxLength: 5 }) }),
  answer: ({ texts }) => {
    const versions = texts.map((text) => parseVersion(text));
    const parsed = versions.filter((one) => one !== undefined);
    return {
      orders: parsed.slice(1).map((one, place) => Math.sign(compareVersions(parsed[place] ?? one, one))),
      versions: versions.map((one) => one && described(one)).map((one) => one ?? null),
    };
  },
};

function described({ original, major, minor, patch, prerelease }: Version): unknown {
  const isStrict = parseVersion(original, true) !== undefined;
  return { isStrict, numbers: [major, minor, patch].map(String), prerelease };
}

const space = mostly(["", "", " "], ["  ", "\t", "\n ", "\f", "\r", "\v", "\u00a0"], 20);
const part = fc.oneof({ weight: 6, arbitrary: number }, mostly(["x", "X", "*"], ["1x", "xx", "|", "1|2", "x|"], 8));
const parts = mostlyOf(separated(part, fc.constant("."), 3), separated(part, fc.constant("."), 4));
const operator = mostly(["", "", "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^"], ["==", "=!", "><"]);
const base = joined(maybe(fc.constant("v"), 9), parts, maybe(tail, 6));
const comparator = joined(operator, space, base);
const dash = mostly([" - "], ["  - ", " -\t", "-", " -", "- "], 10);
const range = joined(base, dash, base);
const comma = mostly([" ", " ", ",", ", ", " ,", " , "], [",,", "", ",1,", " - "], 20);
const ranged = mostlyOf(range, joined(range, comma, comparator));
const group = fc.oneof(
  { weight: 6, arbitrary: separated(comparator, comma, 3) },
  { weight: 3, arbitrary: ranged },
  { weight: 1, arbitrary: separated(fc.oneof(comparator, range), comma, 3) },
);
const or = mostly([" || ", "||", "|| ", " ||"], ["|", "| |", " ||| "], 20);
const many = fc
  .tuple(fc.integer({ min: 30, max: 35 }), fc.constantFrom("1", "^1", "1 - 2", "latest"))
  .map(([count, one]) => Array(count).fill(one).join("||"));
const lengthy = fc.integer({ min: 505, max: 516 }).map((length) => `1.2.3${" ".repeat(length - 6)}1`);
const constraint = fc.oneof(
  { weight: 60, arbitrary: edited(joined(space, separated(group, or, 3), space), ALPHABET) },
  { weight: 1, arbitrary: many },
  { weight: 1, arbitrary: lengthy },
);

/** Near the numbers that constraints are made of, so that every boundary is tried. */
const candidate = joined(
  separated(fc.constantFrom("0", "0", "1", "1", "2", "3", "10"), fc.constant("."), 3),
  maybe(joined(fc.constant("-"), identifiers), 6),
);
const candidates = fc.array(candidate, { minLength: 8, maxLength: 16, size: "max" });

export const CONSTRAINTS: Subject = {
  kind: "constraint",
  cases: fc.record({ text: constraint, texts: candidates }),
  answer: ({ text, texts }: Case) => {
    try {
      const admits = parseConstraint(String(text));
      const versions = texts.map((one) => parseVersion(one)).filter((one) => one !== undefined);
      return { admits: versions.map(admits) };
    } catch (error) {
      return { error: messageOf(error) };
    }
  },
};

function mostlyOf(usual: fc.Arbitrary<string>, odd: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd });
}
