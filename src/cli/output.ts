// How a command prints what it found: a table for people, the objects for programs.
import { dump } from "js-yaml";
import { tableText } from "./table.ts";

export const OUTPUTS = ["json", "yaml", "wide"] as const;

/** Undefined is the plain table. */
export type Output = (typeof OUTPUTS)[number] | undefined;

/** One column of a table; `isWide` ones show with `--output wide` alone. */
export interface Column<T> {
  readonly head: string;
  readonly isWide?: boolean;
  readonly cell: (row: T) => string;
}

interface Listing<T> {
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  /** What stands there when there is nothing. */
  readonly empty: string;
}

export function listingText<T>({ rows, columns, empty }: Listing<T>, output: Output): string {
  if (output === "json" || output === "yaml") return valueText(rows, output);
  if (rows.length === 0) return `${empty}\n`;
  const shown = columns.filter(({ isWide }) => !isWide || output === "wide");
  const cells = rows.map((row) => shown.map(({ cell }) => cell(row)));
  return tableText(
    shown.map(({ head }) => head),
    cells,
  );
}

export function valueText(value: unknown, output: "json" | "yaml"): string {
  return output === "json" ? `${JSON.stringify(value, undefined, 2)}\n` : dump(value, { noRefs: true });
}
