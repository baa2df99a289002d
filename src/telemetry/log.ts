// One readable line for each thing that happened, on one stream. Never given a receiver's URL, a token or a Secret.
import type { Clock } from "../clock.ts";

export type Log = (line: string) => void;

export function createLog(clock: Clock, write: (text: string) => void): Log {
  return (line) => write(`${new Date(clock.now()).toISOString().slice(11, 23)} ${line}\n`);
}
