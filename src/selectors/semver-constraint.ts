// Version constraints by the rules of Masterminds semver 3.5, which differ from npm's: docs/compatibility.md, section
// 8.5. A constraint is groups joined by `||`; a version must satisfy every comparator of one group.
import { InputError } from "../errors.ts";
import { quote } from "../references/go-text.ts";
import { type Comparator, isOperator, isSatisfiedBy, parseComparator } from "./semver-comparator.ts";
import type { Version } from "./semver-version.ts";

/** Whether a version satisfies the constraint. */
export type Constraint = (version: Version) => boolean;

const MAX_BYTES = 512;
const MAX_GROUPS = 32;

const SPACE = "[ \\t\\n\\f\\r]";
/** `|` is in the library's class of digits and wildcards; a part that holds one fails later, if it is looked at. */
const PART = "[0-9|xX*]+";
const IDENTIFIERS = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const VERSION = `v?${PART}(?:\\.${PART})?(?:\\.${PART})?(?:-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?`;

const WHOLE_VERSION = new RegExp(`^${VERSION}$`);
/** White space after an operator alone: where two runs of it met, a failure would cost their product. */
const COMPARATOR = new RegExp(`${SPACE}*(?:([=!<>~^]+)${SPACE}*)?([^=!<>~^, \\t\\n\\f\\r]+)`, "y");
const SEPARATOR = new RegExp(`${SPACE}*,|${SPACE}`, "y");
const END = new RegExp(`${SPACE}*$`, "y");

const DASH = new RegExp(`${SPACE}-${SPACE}`, "g");
/** Read backwards from the dash: linear however many starts a hostile text offers. */
const RANGE_START = new RegExp(`$(?<=(${SPACE}*(${VERSION})${SPACE}*))`);
const RANGE_END = new RegExp(`${SPACE}*(${VERSION})${SPACE}*`, "y");

/** Takes time linear in the length of the text. Throws `InputError`, in the library's words, when it does not parse. */
export function parseConstraint(text: string): Constraint {
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new InputError(`constraint string is too long (max ${MAX_BYTES} bytes)`);
  const groups = rewriteRanges(text).split("||");
  if (groups.length > MAX_GROUPS) throw new InputError(`too many constraint groups (max ${MAX_GROUPS})`);
  const parsed = groups.map(parseGroup);
  return (version) => parsed.some((group) => satisfiesAll(group, version));
}

/** `A - B` becomes two comparators, before groups are split: what stands around the range may no longer parse then. */
function rewriteRanges(text: string): string {
  let rewritten = text;
  let from = 0;
  for (const { index } of text.matchAll(DASH)) {
    const range = index + 1 > from && rangeAround(text, from, index + 1);
    if (!range) continue;
    // The first occurrence, as the library does it, which need not be this one.
    rewritten = rewritten.replace(range.text, () => `>= ${range.low}, <= ${range.high} `);
    from = range.end;
  }
  return rewritten;
}

interface Range {
  readonly text: string;
  readonly low: string;
  readonly high: string;
  readonly end: number;
}

function rangeAround(text: string, from: number, dash: number): Range | undefined {
  const start = RANGE_START.exec(text.slice(from, dash));
  RANGE_END.lastIndex = dash + 1;
  const rest = RANGE_END.exec(text);
  if (!start || !rest) return undefined;
  const [, before = "", low = ""] = start;
  const [after, high = ""] = rest;
  return { text: `${before}-${after}`, low, high, end: dash + 1 + after.length };
}

function parseGroup(group: string): readonly Comparator[] {
  return tokensOf(group).map(([operator, version]) => parseComparator(operator, version));
}

/** The whole group is looked over before any of its versions is read, because the errors differ. */
function tokensOf(group: string): readonly (readonly [operator: string, version: string])[] {
  const tokens: [string, string][] = [];
  let position = 0;
  const next = (pattern: RegExp) => {
    pattern.lastIndex = position;
    const match = pattern.exec(group);
    if (match) position = pattern.lastIndex;
    return match;
  };
  do {
    const [, operator = "", version = ""] = next(COMPARATOR) ?? [];
    if (!isOperator(operator) || !WHOLE_VERSION.test(version)) throw improper(group);
    tokens.push([operator, version]);
    if (next(END)) return tokens;
  } while (next(SEPARATOR));
  throw improper(group);
}

function improper(group: string): InputError {
  return new InputError(`improper constraint: ${quote(group)}`);
}

/** Pre-releases count only in a group where some comparator names one. */
function satisfiesAll(group: readonly Comparator[], version: Version): boolean {
  if (version.prerelease !== "" && group.every(({ base }) => base.prerelease === "")) return false;
  return group.every((comparator) => isSatisfiedBy(comparator, version));
}
