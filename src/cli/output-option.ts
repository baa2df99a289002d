// `--output`, the same for every command that lists something.
import { Option } from "commander";

const OUTPUTS = ["json", "yaml", "wide", "name"] as const;

/** Undefined is the plain table. */
export type Output = (typeof OUTPUTS)[number] | undefined;

/** `outputs` are those that the command knows. */
export function outputOption(outputs: readonly NonNullable<Output>[] = OUTPUTS): Option {
  return new Option("-o, --output <format>", "how to print; default: a table").choices(outputs);
}
