// Where the commands of development dependencies stand, so that they run on the Node that runs us.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The script behind a command of an installed package. */
export function bin(name: string, command: string): string {
  const directory = join(dirname(import.meta.dirname), "node_modules", name);
  const { bin: bins } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as {
    bin: Record<string, string>;
  };
  return join(directory, bins[command] ?? "");
}
