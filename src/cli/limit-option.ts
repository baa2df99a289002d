// `--limit`, of commands that list deliveries.
import { Option } from "commander";
import { DEFAULT_LIMIT, MAX_LIMIT } from "../deliveries/delivery-list.ts";
import { InputError } from "../errors.ts";

/** Its value is a number; parsing throws `InputError` for a text that is none, or too many. */
export function limitOption(): Option {
  const option = new Option("--limit <count>", `at most so many, up to ${MAX_LIMIT}`);
  return option.default(DEFAULT_LIMIT).argParser(parseLimit);
}

function parseLimit(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MAX_LIMIT) return count;
  throw new InputError(`--limit: "${text}" is not a number from 1 to ${MAX_LIMIT}: write it like ${DEFAULT_LIMIT}`);
}
