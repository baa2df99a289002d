// Build dates of images: RFC 3339 as Go reads it, compared at full precision, written in whole seconds.
// docs/compatibility.md, section 8.2.
import { toKubeTime } from "../clock.ts";

/** Nanoseconds since the epoch: dates that differ less are one date. */
export type CreatedAt = bigint;

const RFC_3339 =
  /^(?<date>\d{4}-\d\d-\d\d)T(?<time>(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:[.,](?<fraction>\d+))?(?<zone>Z|[+-](?:[01]\d|2[0-4]):[0-5]\d)$/;
const NANOS_PER_SECOND = 1_000_000_000n;
/** Go's zero time, which stands for "unknown". */
const ZERO_TIME = "0001-01-01T00:00:00Z";

/** Undefined for what is no date, or Go's zero time. */
export function parseCreatedAt(text: string | undefined): CreatedAt | undefined {
  const { date, time, fraction = "", zone = "" } = RFC_3339.exec(text ?? "")?.groups ?? {};
  const localMs = Date.parse(`${date}T${time}Z`);
  // A day that the month does not have would roll over into the next.
  if (Number.isNaN(localMs) || !new Date(localMs).toISOString().startsWith(`${date}T`)) return undefined;
  const utcMs = localMs - offsetMs(zone);
  const year = new Date(utcMs).getUTCFullYear();
  if (year < 1 || year > 9999 || (toKubeTime(utcMs) === ZERO_TIME && /^0*$/.test(fraction))) return undefined;
  return BigInt(utcMs / 1_000) * NANOS_PER_SECOND + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

function offsetMs(zone: string): number {
  const [hours = 0, minutes = 0] = zone.slice(1).split(":").map(Number);
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** RFC 3339 in UTC with whole seconds, as status takes it. */
export function formatCreatedAt(createdAt: CreatedAt): string {
  const seconds =
    (createdAt - (((createdAt % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND)) / NANOS_PER_SECOND;
  return toKubeTime(Number(seconds) * 1_000);
}

/** Undefined where none is known. */
export function latest(dates: readonly (CreatedAt | undefined)[]): CreatedAt | undefined {
  return dates.reduce(
    (newest, date) => (date !== undefined && (newest === undefined || date > newest) ? date : newest),
    undefined,
  );
}
