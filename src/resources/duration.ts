// Go durations as Kargo's fields take them (`5m0s`, `1.5h`): docs/compatibility.md, section 1.7.
import { InputError } from "../errors.ts";

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000 };

/** Milliseconds. Throws `InputError` for anything but numbers with the units h, m and s. */
export function parseDuration(text: string): number {
  if (!/^([0-9]+(\.[0-9]+)?[smh])+$/.test(text)) {
    throw new InputError(`"${text}" is not a duration: write it in hours, minutes and seconds, like 1h, 5m0s or 1.5s`);
  }
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)([smh])/g)) ms += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
  return ms;
}
