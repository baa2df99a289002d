// `dockbell completion`: shell completion from the commands themselves, so that it can never lag behind them.
import type { Command } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

/** One place in the command line and what may stand there: `dockbell receivers` → `list`, `url`. */
interface Place {
  readonly path: string;
  readonly words: readonly string[];
}

/** The script to be sourced; commands and flags only. */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, program.name());
  switch (shell) {
    case "bash":
      return bashScript(places);
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(places)}`;
    case "fish":
      return fishScript(places);
  }
}

function placesOf(command: Command, path: string): readonly Place[] {
  const shown = command.createHelp();
  const commands = shown.visibleCommands(command);
  const flags = shown.visibleOptions(command).flatMap(({ long }) => long ?? []);
  const words = [...commands.map((one) => one.name()), ...flags];
  return [{ path, words }, ...command.commands.flatMap((one) => placesOf(one, `${path} ${one.name()}`))];
}

function bashScript(places: readonly Place[]): string {
  const cases = places.map(({ path, words }) => `    "${path}") words="${words.join(" ")}" ;;`);
  return `_dockbell() {
  local path="dockbell" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || path="$path $word"
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _dockbell dockbell
`;
}

function fishScript(places: readonly Place[]): string {
  const lines = places.map(({ path, words }) => {
    const condition = `string match -q '${path}' (string join ' ' (string match -v -- '-*' (commandline -opc)))`;
    return `complete -c dockbell -f -n "${condition}" -a "${words.join(" ")}"`;
  });
  return `${lines.join("\n")}\n`;
}
