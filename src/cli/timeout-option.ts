// `--timeout`, the same for every command that waits.
import { Option } from "commander";
import { InputError, messageOf } from "../errors.ts";
import { parseDuration } from "../warehouses/duration.ts";

export interface Timeout {
  /** As it was written. */
  readonly text: string;
  readonly ms: number;
}

/** Its value is a `Timeout`; parsing throws `InputError` for a text that is none. */
export function timeoutOption(byDefault: string): Option {
  const option = new Option("--timeout <duration>", "how long to wait");
  return option.default(parseTimeout(byDefault), byDefault).argParser(parseTimeout);
}

function parseTimeout(text: string): Timeout {
  try {
    return { text, ms: parseDuration(text) };
  } catch (error) {
    throw new InputError(`--timeout: ${messageOf(error)}`, error);
  }
}
