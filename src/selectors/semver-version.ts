// Versions by the rules of Masterminds semver v3, which differ from npm's: kargo-behaviour.md, sections 8.5 and 13.6.

export interface Version {
  readonly original: string;
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint];
  /** Empty for a release. */
  readonly prerelease: string;
}

const MAX_BYTES = 256;
const MAX_NUMBER = 2n ** 64n - 1n;
const IDENTIFIERS = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const LOOSE = new RegExp(`^v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?(?:-(${IDENTIFIERS}))?(?:\\+(${IDENTIFIERS}))?$`);
const STRICT_START = /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?=$|[-+])/;

/** Missing parts are 0; undefined when it is no version. `isStrict` demands three numbers without leading zeros. */
export function parseVersion(text: string, isStrict = false): Version | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return undefined;
  const match = LOOSE.exec(text);
  if (!match || (isStrict && !STRICT_START.test(text))) return undefined;
  const [, major = "0", minor = "0", patch = "0", prerelease = ""] = match;
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const;
  if (numbers.some((number) => number > MAX_NUMBER) || !isPrerelease(prerelease)) return undefined;
  return { original: text, numbers, prerelease };
}

function isPrerelease(text: string): boolean {
  return !text.split(".").some((identifier) => /^0\d+$/.test(identifier));
}

/** Precedence of semver.org; build metadata plays no part. */
export function compareVersions(a: Version, b: Version): number {
  for (const place of [0, 1, 2] as const) {
    if (a.numbers[place] !== b.numbers[place]) return a.numbers[place] < b.numbers[place] ? -1 : 1;
  }
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
  const left = numberIn(a);
  const right = numberIn(b);
  if (left !== undefined && right !== undefined) return left < right ? -1 : left > right ? 1 : 0;
  if (left !== undefined || right !== undefined) return left !== undefined ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Identifiers beyond 64 bits compare as text. */
function numberIn(identifier: string): bigint | undefined {
  if (!/^\d+$/.test(identifier)) return undefined;
  const number = BigInt(identifier);
  return number > MAX_NUMBER ? undefined : number;
}
