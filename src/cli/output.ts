// How a command prints what it found: a table for people, the objects or their names for programs.
import { dump } from "js-yaml";
import { emptyText, type KnownNamespace } from "./find-namespace.ts";
import type { Output } from "./output-option.ts";
import { tableText } from "./table.ts";
import type { Terminal, Tone } from "./terminal.ts";

export interface PrintOptions {
  readonly output: Output;
  readonly terminal: Terminal;
  /** Wall clock, for ages. */
  readonly nowMs: number;
  /** Of the namespace that was asked for, where that explains an empty list. */
  readonly namespace?: KnownNamespace | undefined;
}

/** One column of a table; `isWide` ones show with `--output wide` alone. */
export interface Column<T> {
  readonly head: string;
  readonly isWide?: boolean;
  /** Which end gives way where the screen is too narrow. */
  readonly cut?: "start";
  readonly cell: (row: T) => string;
  readonly tone?: (row: T) => Tone | undefined;
}

interface Listing<T> {
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  /** What commands take to mean this row. */
  readonly nameOf: (row: T) => string;
  /** What stands there when there is nothing. */
  readonly empty: string;
}

/** With `--output wide` nothing is cut. */
export function listingText<T>({ rows, columns, nameOf, empty }: Listing<T>, options: PrintOptions): string {
  const { output, terminal, namespace } = options;
  if (output === "json" || output === "yaml") return valueText(rows, output);
  if (output === "name") return rows.map((row) => `${nameOf(row)}\n`).join("");
  if (rows.length === 0) return `${emptyText(empty, namespace)}\n`;
  const shown = columns.filter(({ isWide }) => !isWide || output === "wide");
  const cells = rows.map((row) => shown.map(({ cell, tone }) => ({ text: cell(row), tone: tone?.(row) })));
  const heads = shown.map(({ head, cut }) => ({ text: head, cut }));
  return tableText(heads, cells, output === "wide" ? { ...terminal, columns: undefined } : terminal);
}

export function valueText(value: unknown, output: "json" | "yaml"): string {
  return output === "json" ? `${JSON.stringify(value, undefined, 2)}\n` : dump(value, { noRefs: true });
}
