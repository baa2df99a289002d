// The flags that say which Dockbell or cluster a command is for, the same for all that ask one.
import type { Command } from "commander";
import type { ConnectionFlags } from "./connection.ts";
import { parseNamespace } from "./name-parsers.ts";
import { configFlags, type SettingFlag, withSettings } from "./settings-flags.ts";
import { requestTimeoutOption } from "./timeout-option.ts";

const WHERE = `
With --kubeconfig or --context it asks that cluster, else the Dockbell of
--data-dir; where none ever ran there, the cluster of KUBECONFIG. Deliveries are
those of the receiver whose --data-dir is given.`;

/** Adds them after the command's own; `settingFlags` are those of `up`, of which one is taken. */
export function withConnection(command: Command, settingFlags: readonly SettingFlag[]): Command {
  return withSettings(command.optionsGroup("Where:"), dataDirFlag(settingFlags))
    .option("--kubeconfig <file>", "ask the cluster of this kubeconfig instead")
    .option("--context <name>", "ask the cluster of this context instead; default: the current one")
    .option("-n, --namespace <namespace>", "in this namespace; default: in all of them", parseNamespace)
    .addOption(requestTimeoutOption())
    .addHelpText("after", WHERE);
}

/** What was given of them, from the command's options. */
export function connectionFlags(
  given: Readonly<Record<string, unknown>>,
  settingFlags: readonly SettingFlag[],
): ConnectionFlags {
  // An empty one is none, as kubectl takes it.
  const text = (key: string) => (typeof given[key] === "string" && given[key] !== "" ? given[key] : undefined);
  return {
    ...configFlags(given, dataDirFlag(settingFlags)),
    kubeconfig: text("kubeconfig"),
    context: text("context"),
    namespace: text("namespace"),
    requestTimeoutMs: Number(given["requestTimeout"]),
  };
}

function dataDirFlag(settingFlags: readonly SettingFlag[]): readonly SettingFlag[] {
  return settingFlags.filter(({ key }) => key === "dataDir");
}
