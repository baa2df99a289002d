// Rows as aligned text, the way kubectl prints them; on a terminal no line is longer than the screen is wide.
import { printable } from "../telemetry/printable.ts";
import { NO_TERMINAL, type Terminal, type Tone, toned } from "./terminal.ts";

export interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
}

export interface Head {
  readonly text: string;
  /** Which end of a cell gives way to `…` where the screen is too narrow; default: the end. */
  readonly cut?: "start" | "end" | undefined;
}

const MAX_CELL_LENGTH = 400;
const MIN_CELL_LENGTH = 8;
const GAP = "   ";

/** Column heads in capitals; three spaces between columns; empty cells print as `-`. */
export function tableText(
  heads: readonly Head[],
  rows: readonly (readonly Cell[])[],
  terminal: Terminal = NO_TERMINAL,
): string {
  const lines: readonly (readonly Cell[])[] = [
    heads,
    ...rows.map((row) => row.map(({ text, tone }) => ({ text: shown(text), tone }))),
  ];
  const widths = fitted(naturalWidths(lines), terminal);
  const last = heads.length - 1;
  const cellText = ({ text, tone }: Cell, column: number) => {
    const width = widths[column] ?? 0;
    const fit = cutTo(text, width, heads[column]?.cut);
    const padding = column === last ? "" : " ".repeat(width - fit.length);
    return toned(fit, tone, terminal) + padding;
  };
  return lines.map((row) => `${row.map(cellText).join(GAP).trimEnd()}\n`).join("");
}

function shown(text: string): string {
  return text === "" ? "-" : printable(text, MAX_CELL_LENGTH);
}

/** Of each column, the length of its longest cell; there may be more rows than one call takes arguments. */
function naturalWidths(lines: readonly (readonly Cell[])[]): readonly number[] {
  const widths: number[] = [];
  for (const row of lines) {
    for (const [column, { text }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, text.length);
  }
  return widths;
}

/** The widest column gives way first, until the line fits. */
function fitted(natural: readonly number[], { columns }: Terminal): readonly number[] {
  const widths = [...natural];
  const gaps = GAP.length * (widths.length - 1);
  for (let over = sum(widths) + gaps - (columns ?? Number.POSITIVE_INFINITY); over > 0; over -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= MIN_CELL_LENGTH) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function cutTo(text: string, width: number, cut: Head["cut"]): string {
  if (text.length <= width) return text;
  return cut === "start" ? `…${text.slice(text.length - width + 1)}` : `${text.slice(0, width - 1)}…`;
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
