// One comparator of a version constraint, such as `>=1.2` or `~1.x`: an operator and a base version whose missing and
// wildcard parts are open. docs/compatibility.md, section 8.5, its quirks included.
import { InputError } from "../errors.ts";
import { compareVersions, parseVersion, type Version } from "./semver-version.ts";

/** What is open decides: nothing, the patch, minor and patch, or all three parts. */
type Open = "none" | "patch" | "minor" | "all";

export interface Comparator {
  readonly operator: Operator;
  /** Open parts are 0. */
  readonly base: Version;
  readonly open: Open;
}

type Operator = "=" | "!=" | ">" | "<" | ">=" | "<=" | "~" | "^";

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ["", "="],
  ["=", "="],
  ["!=", "!="],
  [">", ">"],
  ["<", "<"],
  [">=", ">="],
  ["=>", ">="],
  ["<=", "<="],
  ["=<", "<="],
  ["~", "~"],
  ["~>", "~"],
  ["^", "^"],
]);

const PARTS = /^v?([^.+-]+)(?:\.([^.+-]+))?(?:\.([^.+-]+))?(-[^+]*)?/;

export function isOperator(text: string): boolean {
  return OPERATORS.has(text);
}

/** What stands after the first open part is not looked at, but for the pre-release. Throws `InputError`. */
export function parseComparator(operator: string, text: string): Comparator {
  const [, major, minor, patch, prerelease = ""] = PARTS.exec(text) ?? [];
  const open = isOpen(major) ? "all" : isOpen(minor) ? "minor" : isOpen(patch) ? "patch" : "none";
  const base = parseVersion(baseOf(open, text, { major, minor, prerelease }));
  if (!base) throw new InputError("constraint parser error");
  return { operator: OPERATORS.get(operator) ?? "=", base, open };
}

function isOpen(part: string | undefined): boolean {
  return part === undefined || part === "x" || part === "X" || part === "*";
}

type Parts = Readonly<Record<"major" | "minor" | "prerelease", string | undefined>>;

function baseOf(open: Open, text: string, { major, minor, prerelease }: Parts): string {
  switch (open) {
    case "all":
      return `0.0.0${prerelease}`;
    case "minor":
      return `${major}.0.0${prerelease}`;
    case "patch":
      return `${major}.${minor}.0${prerelease}`;
    case "none":
      return text;
  }
}

/** Pre-releases are let through here: whether they count is decided for the whole group. */
export function isSatisfiedBy(comparator: Comparator, version: Version): boolean {
  const order = compareVersions(version, comparator.base);
  switch (comparator.operator) {
    case "=":
      return comparator.open === "none" ? order === 0 : order >= 0 && isInTilde(comparator, version);
    case "!=":
      return isDifferent(comparator, version, order);
    case ">":
      return isAbove(comparator, version, order);
    case "<":
      return order < 0;
    case ">=":
      return order >= 0;
    case "<=":
      return isAtMost(comparator, version, order);
    case "~":
      return order >= 0 && isInTilde(comparator, version);
    case "^":
      return order >= 0 && isInCaret(comparator, version);
  }
}

function isInTilde({ base, open }: Comparator, version: Version): boolean {
  const isZero = base.major === 0n && base.minor === 0n && base.patch === 0n;
  if (isZero && (open === "none" || open === "all")) return true;
  return version.major === base.major && (open === "minor" || version.minor === base.minor);
}

function isInCaret({ base, open }: Comparator, version: Version): boolean {
  if (base.major > 0n || open === "minor") return version.major === base.major;
  if (version.major > 0n) return false;
  if (base.minor > 0n || open === "patch") return version.minor === base.minor;
  return version.minor === 0n && version.patch === base.patch;
}

function isAbove({ base, open }: Comparator, version: Version, order: number): boolean {
  if (open === "none" || open === "all") return order > 0;
  if (version.major !== base.major) return version.major > base.major;
  return open === "patch" && version.minor > base.minor;
}

function isAtMost({ base, open }: Comparator, version: Version, order: number): boolean {
  if (open === "none") return order <= 0;
  if (version.major !== base.major) return version.major < base.major;
  return open === "minor" || version.minor <= base.minor;
}

function isDifferent({ base, open }: Comparator, version: Version, order: number): boolean {
  if (open === "none" || open === "all") return order !== 0;
  if (version.major !== base.major) return true;
  if (open === "minor") return false;
  return version.minor !== base.minor || version.prerelease !== base.prerelease;
}
