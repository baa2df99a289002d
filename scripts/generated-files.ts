// Everything in the repository that follows from the sources: CRDs, the chart's values, the configuration's schema, two
// reference pages.
import { flagsOf, settingsSchema, variableOf } from "../src/app/setting-names.ts";
import { settingOf } from "../src/app/settings.ts";
import { EXAMPLES } from "../src/cli/examples.ts";
import { EXIT_CODES } from "../src/cli/exit-codes.ts";
import { createProgram } from "../src/cli/program.ts";
import { createProgress } from "../src/cli/progress.ts";
import { NO_TERMINAL } from "../src/cli/terminal.ts";
import { crdFileName, crdYaml } from "../src/resources/crd.ts";
import { KARGO_KINDS } from "../src/resources/kinds.ts";
import { chartFiles } from "./chart-files.ts";

/** Paths from the root of the repository, and what must stand there. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...KARGO_KINDS.map((kind) => [`deploy/crds/${crdFileName(kind)}`, crdYaml(kind)] as const),
    ...chartFiles(),
    ["docs/configuration.schema.json", `${JSON.stringify(settingsSchema(), undefined, 2)}\n`],
    ["docs/configuration.md", configurationPage()],
    ["docs/commands.md", commandsPage()],
  ]);
}

function configurationPage(): string {
  const sections = flagsOf("serve").map(({ key, flag }) => {
    const [ofUp, ofServe] = [settingOf("up", key), settingOf("serve", key)];
    const rows = [
      `- flag \`${flag}\`, variable \`${variableOf(key)}\`${kargoVariables(ofServe?.kargo?.names)}`,
      ...defaultRows(ofUp?.default, ofServe?.default),
      ...(ofUp ? [] : ["- `serve` alone"]),
    ];
    return `## \`${key}\`\n\n${sentence((ofUp ?? ofServe)?.description ?? "")}\n\n${rows.join("\n")}\n`;
  });
  return `# Configuration

\`\`\`yaml
# dockbell.yaml
listen: 127.0.0.1:8080
baseURL: https://dockbell.example.com
answerWithin: 2s
\`\`\`

\`dockbell up --config dockbell.yaml\` reads it, and so does \`dockbell serve\`. A flag comes before its environment
variable, the variable before the file, the file before the default; \`dockbell config\` prints what is in force and where
each value comes from, \`dockbell config serve\` for \`serve\`, which also takes some of the variables of Kargo's webhook
server: they come after our own. An unknown key is an error that names its line; an unknown \`DOCKBELL_…\` variable is told of and does nothing. [\`configuration.schema.json\`](configuration.schema.json) lets an editor check the
file as it is written.

${sections.join("\n")}`;
}

function kargoVariables(names: readonly string[] = []): string {
  return names.length === 0 ? "" : `; \`serve\` also takes ${names.map((name) => `\`${name}\``).join(" and ")}`;
}

function defaultRows(ofUp: unknown, ofServe: unknown): readonly string[] {
  const told = (value: unknown) => (typeof value === "string" && value !== "" ? `\`${value}\`` : undefined);
  const [up, serve] = [told(ofUp), told(ofServe)];
  if (up !== undefined && serve !== undefined && up !== serve) return [`- default ${up}, of \`serve\` ${serve}`];
  const only = up ?? serve;
  return only === undefined ? [] : [`- default ${only}`];
}

/** The program as help shows it; none of its commands is run. */
type Program = ReturnType<typeof createProgram>;

function commandsPage(): string {
  const never = () => Promise.reject(new Error("only described here"));
  const clock = { now: () => 0, monotonicMs: () => 0, sleep: never };
  const program = createProgram({
    version: "",
    settingFlags: { up: flagsOf("up"), serve: flagsOf("serve") },
    clock,
    random: { bytes: () => new Uint8Array(), fraction: () => 0 },
    print: () => {},
    terminal: NO_TERMINAL,
    errorTerminal: NO_TERMINAL,
    startProgress: () => createProgress({ clock, terminal: NO_TERMINAL, write: () => {} }),
    connected: never,
    up: never,
    serve: never,
    config: never,
    send: never,
  });
  return `# Commands

\`\`\`shell
dockbell --help
\`\`\`

In a clone, \`npm run dockbell --\` stands for \`dockbell\`.

| exit code | |
| --- | --- |
${EXIT_CODES.replace(/^(\d) (.*)$/gm, "| $1 | $2 |")}

Colours and the width of tables are those of the terminal; where the output is a file or a pipe, or \`NO_COLOR\` is set,
there are no colours, and nothing is cut to fit.

A namespace (\`-n\`) that is not there is refused by every command that looks for something in it, with exit code 2. It is
asked for where nothing was found; where that cannot be, as without the right to, a list is empty and says so, with exit code 0.

\`dockbell status\` shows what it can get. In the place of what it cannot stands why; the exit code is 1 then, and with
\`-o json\` the field \`missing\` has each \`part\` and its \`reason\`.

${sectionsOf(program, "dockbell").join("\n")}`;
}

function sectionsOf(command: Program, path: string): readonly string[] {
  return command.commands
    .filter((one) => one.name() !== "help")
    .flatMap((one) => {
      const full = `${path} ${one.name()}`;
      return one.commands.length > 0 ? sectionsOf(one, full) : [sectionOf(one, full)];
    });
}

function sectionOf(command: Program, path: string): string {
  const help = command.createHelp();
  const usage = [
    path,
    ...command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`)),
  ];
  const rows = help
    .visibleOptions(command)
    .filter(({ long }) => long !== "--help")
    .map((option) => `| \`${help.optionTerm(option)}\` | ${cell(help.optionDescription(option))} |\n`);
  const table = rows.length === 0 ? "" : `\n| flag | |\n| --- | --- |\n${rows.join("")}`;
  // Not run with the page's other examples: some would never end.
  const examples = EXAMPLES[path.replace(/^dockbell /, "")] ?? [];
  const block = examples.length === 0 ? "" : `\n\`\`\`sh\n${examples.join("\n")}\n\`\`\`\n`;
  return `## \`${usage.join(" ")}\`\n\n${sentence(command.description())}\n${block}${table}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
