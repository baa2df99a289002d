// Rows as aligned text, the way kubectl prints them.
import { printable } from "../telemetry/printable.ts";

const MAX_CELL_LENGTH = 400;

/** Column heads in capitals; three spaces between columns; empty cells print as `-`. */
export function tableText(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [
    heads,
    ...rows.map((row) => row.map((cell) => (cell === "" ? "-" : printable(cell, MAX_CELL_LENGTH)))),
  ];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ");
  return cells.map((row) => `${line(row).trimEnd()}\n`).join("");
}

/** `5s`, `3m`, `2h` or `4d`: one unit, the largest that fits. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
