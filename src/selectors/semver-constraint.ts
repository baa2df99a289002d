// Version constraints by the rules of Masterminds semver v3: kargo-behaviour.md, sections 8.5 and 13.6.
import { InputError } from "../errors.ts";
import { compareVersions, parseVersion, type Version } from "./semver-version.ts";

/** Whether a version satisfies the constraint. */
export type Constraint = (version: Version) => boolean;

interface Comparator {
  readonly operator: string;
  readonly base: Version;
  /** Wildcards and missing parts, from major to patch. */
  readonly isOpen: readonly [major: boolean, minor: boolean, patch: boolean];
}

const MAX_BYTES = 512;
const MAX_GROUPS = 32;
const SPACE = "[ \\t\\n\\f\\r]";
const PART = "(?:\\d+|[xX*])";
const PRERELEASE = "(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?";
const VERSION = `v?${PART}(?:\\.${PART})?(?:\\.${PART})?${PRERELEASE}`;
const COMPARATOR = `(?:=|!=|>|<|>=|=>|<=|=<|~|~>|\\^)?${SPACE}*${VERSION}`;
/** Takes the space around it along, so that a range must be the first of its group or follow a comma. */
const RANGE = new RegExp(`${SPACE}*(${VERSION})${SPACE}+-${SPACE}+(${VERSION})${SPACE}*`, "g");
const GROUP = new RegExp(`^${SPACE}*${COMPARATOR}(?:(?:${SPACE}*,${SPACE}*|${SPACE}+)${COMPARATOR})*${SPACE}*$`);

/** Throws `InputError` with the library's words when it does not parse. */
export function parseConstraint(text: string): Constraint {
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new InputError(`constraint string is too long (max ${MAX_BYTES} bytes)`);
  const groups = text.replace(RANGE, ">=$1, <=$2").split("||");
  if (groups.length > MAX_GROUPS) throw new InputError(`too many constraint groups (max ${MAX_GROUPS})`);
  const parsed = groups.map(parseGroup);
  return (version) => parsed.some((group) => satisfiesAll(group, version));
}

function parseGroup(group: string): readonly Comparator[] {
  if (!GROUP.test(group)) throw new InputError(`improper constraint: ${JSON.stringify(group)}`);
  const one = new RegExp(`(=|!=|>=|=>|<=|=<|~>|~|\\^|>|<)?${SPACE}*(${VERSION})`, "g");
  return [...group.matchAll(one)].map(([, operator = "", version = ""]) => parseComparator(operator, version));
}

function parseComparator(operator: string, text: string): Comparator {
  const match = new RegExp(`^v?(${PART})(?:\\.(${PART}))?(?:\\.(${PART}))?(?:-([^+]*))?`).exec(text);
  const [, major, minor, patch, prerelease] = match ?? [];
  const isMajorOpen = isWildcard(major);
  const isMinorOpen = isMajorOpen || isWildcard(minor);
  const isPatchOpen = isMinorOpen || isWildcard(patch);
  const numbers = [isMajorOpen ? "0" : major, isMinorOpen ? "0" : minor, isPatchOpen ? "0" : patch].join(".");
  const base = parseVersion(prerelease ? `${numbers}-${prerelease}` : numbers);
  if (!base) throw new InputError("constraint parser error");
  return { operator: canonicalOperator(operator), base, isOpen: [isMajorOpen, isMinorOpen, isPatchOpen] };
}

function isWildcard(part: string | undefined): boolean {
  return part === undefined || /^[xX*]$/.test(part);
}

function canonicalOperator(operator: string): string {
  const synonyms: Readonly<Record<string, string>> = { "=>": ">=", "=<": "<=", "~>": "~", "": "=" };
  return synonyms[operator] ?? operator;
}

/** Pre-releases count only where some comparator of the group names one. */
function satisfiesAll(group: readonly Comparator[], version: Version): boolean {
  if (version.prerelease !== "" && group.every(({ base }) => base.prerelease === "")) return false;
  return group.every((comparator) => satisfies(comparator, version));
}

function satisfies(comparator: Comparator, version: Version): boolean {
  const { operator, base } = comparator;
  const order = compareVersions(version, base);
  switch (operator) {
    case "!=":
      return differs(comparator, version, order);
    case ">":
      return isAbove(comparator, version, order);
    case "<":
      return order < 0;
    case ">=":
      return order >= 0;
    case "<=":
      return isAtMost(comparator, version, order);
    case "^":
      return order >= 0 && isInCaret(comparator, version);
    case "~":
      return order >= 0 && isInTilde(comparator, version);
    default:
      return comparator.isOpen[2] ? order >= 0 && isInTilde(comparator, version) : order === 0;
  }
}

function isInTilde({ base, isOpen }: Comparator, version: Version): boolean {
  const isEvery = base.numbers.every((number) => number === 0n) && base.prerelease === "" && !isOpen[1] && !isOpen[2];
  if (isEvery || isOpen[0]) return true;
  if (version.numbers[0] !== base.numbers[0]) return false;
  return isOpen[1] || version.numbers[1] === base.numbers[1];
}

function isInCaret({ base, isOpen }: Comparator, version: Version): boolean {
  const [major, minor, patch] = base.numbers;
  if (isOpen[0]) return version.numbers.every((number) => number === 0n);
  if (major > 0n || isOpen[1]) return version.numbers[0] === major;
  if (version.numbers[0] !== 0n) return false;
  if (minor > 0n || isOpen[2]) return version.numbers[1] === minor;
  return version.numbers[1] === 0n && version.numbers[2] === patch;
}

function isAbove({ base, isOpen }: Comparator, version: Version, order: number): boolean {
  if (isOpen[0] || !isOpen[2]) return order > 0;
  if (version.numbers[0] !== base.numbers[0]) return version.numbers[0] > base.numbers[0];
  return !isOpen[1] && version.numbers[1] > base.numbers[1];
}

function isAtMost({ base, isOpen }: Comparator, version: Version, order: number): boolean {
  if (!isOpen[2]) return order <= 0;
  if (version.numbers[0] !== base.numbers[0]) return version.numbers[0] < base.numbers[0];
  return (isOpen[1] && !isOpen[0]) || version.numbers[1] <= base.numbers[1];
}

function differs({ base, isOpen }: Comparator, version: Version, order: number): boolean {
  if (isOpen[0] || !isOpen[2]) return order !== 0;
  if (version.numbers[0] !== base.numbers[0]) return true;
  if (isOpen[1]) return false;
  return version.numbers[1] !== base.numbers[1] || version.prerelease !== base.prerelease;
}
