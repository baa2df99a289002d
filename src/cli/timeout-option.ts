// `--timeout`, the same for every command that waits, and `--request-timeout`, the same for all that ask somebody.
import { Option } from "commander";
import { InputError, messageOf } from "../errors.ts";
import { parseDuration } from "../resources/duration.ts";

export interface Timeout {
  /** As it was written. */
  readonly text: string;
  readonly ms: number;
}

/** Its value is a `Timeout`; parsing throws `InputError` for a text that is none. */
export function timeoutOption(byDefault: string): Option {
  const option = new Option("--timeout <duration>", "how long to wait");
  return option
    .default(parseTimeout("--timeout", byDefault), byDefault)
    .argParser((text) => parseTimeout("--timeout", text));
}

const REQUEST_TIMEOUT = "--request-timeout";
/** A replica waits up to four seconds for others. */
const DEFAULT_REQUEST_TIMEOUT = "10s";

/** Its value is milliseconds; parsing throws `InputError` for a text that is none, or no time at all. */
export function requestTimeoutOption(): Option {
  const option = new Option(`${REQUEST_TIMEOUT} <duration>`, "how long one answer may take to begin");
  return option
    .default(parseRequestTimeout(DEFAULT_REQUEST_TIMEOUT), DEFAULT_REQUEST_TIMEOUT)
    .argParser(parseRequestTimeout);
}

function parseRequestTimeout(text: string): number {
  const { ms } = parseTimeout(REQUEST_TIMEOUT, text);
  if (ms > 0) return ms;
  throw new InputError(
    `${REQUEST_TIMEOUT}: "${text}" leaves no time for an answer: write it like ${DEFAULT_REQUEST_TIMEOUT}`,
  );
}

function parseTimeout(flag: string, text: string): Timeout {
  try {
    return { text, ms: parseDuration(text) };
  } catch (error) {
    throw new InputError(`${flag}: ${messageOf(error)}`, error);
  }
}
