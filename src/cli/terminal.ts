// What a command prints on, as `app` found it: a terminal with a width and perhaps colours, or a file or pipe.
import { styleText } from "node:util";

export interface Terminal {
  /** Characters in a line; undefined where it is no terminal, and nothing is cut to fit. */
  readonly columns: number | undefined;
  readonly hasColour: boolean;
}

/** A file or pipe. */
export const NO_TERMINAL: Terminal = { columns: undefined, hasColour: false };

export type Tone = "good" | "bad" | "waiting" | "title";

const STYLES = { good: "green", bad: "red", waiting: "yellow", title: "bold" } as const;

export function toned(text: string, tone: Tone | undefined, { hasColour }: Terminal): string {
  return tone && hasColour ? styleText(STYLES[tone], text, { validateStream: false }) : text;
}

/** What went wrong, as it stands on the error stream, so that it can be told from what others in a script print. */
export function faultText(message: string, terminal: Terminal): string {
  return `${toned("dockbell:", "bad", terminal)} ${message.trimEnd()}\n`;
}
