// `dockbell completion`: shell completion from the commands themselves, so that it can never lag behind them. Names of
// Warehouses and receivers, and ids of deliveries, are asked for when they are to be completed.
import type { Command, Option } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

/** One place in the command line and what may stand there: `dockbell receivers` → `list`, `url`. */
interface Place {
  readonly path: string;
  readonly words: readonly string[];
  /** The command that prints the names of what may stand there. */
  readonly names: string | undefined;
}

/** By an argument's or a flag's name: what prints the names it can be given. */
const NAMES: Readonly<Record<string, string>> = {
  warehouse: "dockbell warehouses list -o name",
  receiver: "dockbell receivers list -o name",
  delivery: "dockbell deliveries list -o name",
};

/** The script to be sourced. */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, program.name());
  const flags = program.commands.flatMap(flagsOf);
  switch (shell) {
    case "bash":
      return bashScript(places, flags);
    case "zsh":
      return `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(places, flags)}`;
    case "fish":
      return fishScript(places, flags);
  }
}

function placesOf(command: Command, path: string): readonly Place[] {
  const shown = command.createHelp();
  const commands = shown.visibleCommands(command);
  const flags = shown.visibleOptions(command).flatMap(({ long }) => long ?? []);
  const words = [...commands.map((one) => one.name()), ...flags];
  const [argument] = command.registeredArguments;
  words.push(...(argument?.argChoices ?? []));
  const place = { path, words, names: NAMES[argument?.name() ?? ""] };
  return [place, ...command.commands.flatMap((one) => placesOf(one, `${path} ${one.name()}`))];
}

/** The flags of all commands, those of one name once. */
function flagsOf(command: Command): readonly Option[] {
  return [...command.options, ...command.commands.flatMap(flagsOf)];
}

/** Flags that take a value, as `case` patterns: those with choices or names, of all commands that have them, and all. */
function valuePatterns(flags: readonly Option[]) {
  const named = new Map<string, ReadonlySet<string>>();
  const all = new Set<string>();
  for (const { short, long, argChoices, required, optional } of flags) {
    if (!required && !optional) continue;
    const spelled = [short, long].filter((one) => one !== undefined);
    for (const one of spelled) all.add(one);
    const names = NAMES[long?.replace("--", "") ?? ""];
    const words = argChoices ?? (names ? [`$(${names} 2>/dev/null)`] : []);
    const pattern = spelled.join("|");
    if (words.length > 0) named.set(pattern, new Set(named.get(pattern)).union(new Set(words)));
  }
  const patterns = [...named].map(([pattern, words]) => [pattern, [...words].join(" ")] as const);
  return { named: patterns, all: [...all].join("|") };
}

function bashScript(places: readonly Place[], flags: readonly Option[]): string {
  const { named, all } = valuePatterns(flags);
  const values = named.map(([pattern, words]) => `    ${pattern}) words="${words}" ;;`);
  const known = places.map(({ path }) => `"${path}"`).join("|");
  const cases = places.map(({ path, words, names }) => {
    const asked = names ? ` $(${names} 2>/dev/null)` : "";
    return `    "${path}") words="${words.join(" ")}${asked}" ;;`;
  });
  return `_dockbell() {
  local path="dockbell" words="" before="" word current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$before" in
      ${all}) before=""; continue ;;
    esac
    before="$word"
    case "$path $word" in
      ${known}) path="$path $word" ;;
    esac
  done
  case "$before" in
${values.join("\n")}
    ${all}) return ;;
    *) case "$path" in
${cases.join("\n")}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _dockbell dockbell
`;
}

function fishScript(places: readonly Place[], flags: readonly Option[]): string {
  const { named } = valuePatterns(flags);
  const atPlaces = places.map(({ path, words, names }) => {
    const condition = `string match -q '${path}*' (string join ' ' (string match -v -- '-*' (commandline -opc)))`;
    const depth = `test (count (string match -v -- '-*' (commandline -opc))) -ge ${path.split(" ").length}`;
    const asked = names ? ` (${names} 2>/dev/null)` : "";
    return `complete -c dockbell -f -n "${condition}; and ${depth}" -a "${words.join(" ")}${asked}"`;
  });
  const ofFlags = named.map(([pattern, words]) => {
    const long = pattern.split("|").at(-1)?.replace("--", "");
    return `complete -c dockbell -x -l ${long} -a "${words.replace(/^\$/, "")}"`;
  });
  return `${[...atPlaces, ...ofFlags].join("\n")}\n`;
}
