// Versions by the rules of Masterminds semver 3.5, which differ from npm's: docs/compatibility.md, section 8.5.

export interface Version {
  /** As it was written. */
  readonly original: string;
  /** Up to 2^64 - 1. */
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Empty for a release. */
  readonly prerelease: string;
}

const MAX_BYTES = 256;
const MAX_NUMBER = 2n ** 64n - 1n;
const IDENTIFIERS = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const LOOSE = new RegExp(`^v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?$`);
const STRICT_START = /^v?(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?=$|[-+])/;
const LEADING_ZERO = /(?:^|\.)0\d+(?:$|\.)/;

/** Missing parts are 0; undefined when it is no version. `isStrict` demands three numbers without leading zeros. */
export function parseVersion(text: string, isStrict = false): Version | undefined {
  // All that parses is ASCII, so that the length in characters is the length in bytes.
  const match = text.length > MAX_BYTES ? null : LOOSE.exec(text);
  if (!match || (isStrict && !STRICT_START.test(text))) return undefined;
  const [, majorText = "0", minorText = "0", patchText = "0", prerelease = ""] = match;
  const [major, minor, patch] = [BigInt(majorText), BigInt(minorText), BigInt(patchText)];
  if (major > MAX_NUMBER || minor > MAX_NUMBER || patch > MAX_NUMBER) return undefined;
  if (LEADING_ZERO.test(prerelease)) return undefined;
  return { original: text, major, minor, patch, prerelease };
}

/** Precedence of semver.org, negative when `a` comes first; build metadata plays no part. */
export function compareVersions(a: Version, b: Version): number {
  if (a.major !== b.major) return a.major < b.major ? -1 : 1;
  if (a.minor !== b.minor) return a.minor < b.minor ? -1 : 1;
  if (a.patch !== b.patch) return a.patch < b.patch ? -1 : 1;
  return comparePrereleases(a.prerelease, b.prerelease);
}

function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? 1 : -1;
  const left = a.split(".");
  const right = b.split(".");
  for (let place = 0; place < Math.min(left.length, right.length); place++) {
    const order = compareIdentifiers(left[place] ?? "", right[place] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareIdentifiers(a: string, b: string): number {
  if (a === b) return 0;
  const left = numberIn(a);
  const right = numberIn(b);
  if (left !== undefined && right !== undefined) return left < right ? -1 : 1;
  if (left !== undefined || right !== undefined) return left !== undefined ? -1 : 1;
  return a < b ? -1 : 1;
}

/** Identifiers beyond 64 bits compare as text. */
function numberIn(identifier: string): bigint | undefined {
  if (!/^\d+$/.test(identifier)) return undefined;
  const number = BigInt(identifier);
  return number > MAX_NUMBER ? undefined : number;
}
