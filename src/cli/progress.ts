// What a command that waits says meanwhile, on the error stream: nothing in the first second, then what it waits for.
import type { Clock } from "../clock.ts";
import { printable } from "../telemetry/printable.ts";
import type { Terminal } from "./terminal.ts";

export interface Progress {
  /** May be called as often as one likes. */
  tell(text: string): void;
  /** Leaves nothing of it on a terminal; call it whatever happened. */
  end(): void;
}

interface ProgressOptions {
  readonly clock: Clock;
  /** Of the error stream. */
  readonly terminal: Terminal;
  write(text: string): void;
}

const QUIET_MS = 1_000;
const ERASE_LINE = "\r\u001b[K";

/** One line that changes on a terminal; elsewhere a line each time that the text is another. */
export function createProgress({ clock, terminal, write }: ProgressOptions): Progress {
  const startedAt = clock.monotonicMs();
  const { columns } = terminal;
  const isTerminal = columns !== undefined;
  let shown = "";
  return {
    tell(text) {
      const elapsedMs = clock.monotonicMs() - startedAt;
      if (elapsedMs < QUIET_MS) return;
      const line = isTerminal ? `${Math.floor(elapsedMs / 1000)}s ${text}` : text;
      if (line === shown) return;
      const fit = printable(line, isTerminal ? columns - 2 : undefined);
      write(isTerminal ? ERASE_LINE + fit : `${fit}\n`);
      shown = line;
    },
    end() {
      if (isTerminal && shown !== "") write(ERASE_LINE);
      shown = "";
    },
  };
}
