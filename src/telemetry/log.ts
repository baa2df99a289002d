// One readable line for each thing that happened, on one stream. Never given a receiver's URL, a token or a Secret.
import type { Clock } from "../clock.ts";

export type Log = (line: string) => void;

export const LOG_FORMATS = ["console", "json"] as const;

/** `console` for people; `json`, one object a line, for programs that collect logs. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Lines of one moment are written together: a write waits for whoever reads. */
export function createLog(clock: Clock, write: (text: string) => void, format: LogFormat = "console"): Log {
  let text = "";
  const flush = () => {
    write(text);
    text = "";
  };
  return (line) => {
    const time = new Date(clock.now()).toISOString();
    if (text === "") queueMicrotask(flush);
    text += format === "json" ? `${JSON.stringify({ time, msg: line })}\n` : `${time.slice(11, 23)} ${line}\n`;
  };
}
