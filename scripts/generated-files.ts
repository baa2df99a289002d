// Everything in the repository that follows from the sources: CRDs, the configuration's schema, two reference pages.
import { helpOf, SETTING_KEYS, SETTINGS, settingsSchema, variableOf } from "../src/app/settings.ts";
import { createProgram } from "../src/cli/program.ts";
import { crdFileName, crdYaml } from "../src/resources/crd.ts";
import { KARGO_KINDS } from "../src/resources/kinds.ts";

/** Paths from the root of the repository, and what must stand there. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...KARGO_KINDS.map((kind) => [`deploy/crds/${crdFileName(kind)}`, crdYaml(kind)] as const),
    ["docs/configuration.schema.json", `${JSON.stringify(settingsSchema(), undefined, 2)}\n`],
    ["docs/configuration.md", configurationPage()],
    ["docs/commands.md", commandsPage()],
  ]);
}

function configurationPage(): string {
  const sections = SETTING_KEYS.map((key) => {
    const { description, default: value }: { description: string; default?: unknown } = SETTINGS[key];
    const rows = [
      `- flag \`${helpOf(key).flag}\`, variable \`${variableOf(key)}\``,
      ...(typeof value === "string" && value !== "" ? [`- default \`${value}\``] : []),
    ];
    return `## \`${key}\`\n\n${sentence(description)}\n\n${rows.join("\n")}\n`;
  });
  return `# Configuration

\`\`\`yaml
# dockbell.yaml
listen: 127.0.0.1:8080
baseURL: https://dockbell.example.com
answerWithin: 2s
\`\`\`

\`dockbell up --config dockbell.yaml\` reads it. A flag comes before its environment variable, the variable before the
file, the file before the default; \`dockbell config\` prints what is in force and where each value comes from. An unknown
key is an error that names its line. [\`configuration.schema.json\`](configuration.schema.json) lets an editor check the
file as it is written.

${sections.join("\n")}`;
}

/** The program as help shows it; none of its commands is run. */
type Program = ReturnType<typeof createProgram>;

function commandsPage(): string {
  const never = () => Promise.reject(new Error("only described here"));
  const program = createProgram({
    version: "",
    settingFlags: SETTING_KEYS.map((key) => ({ key, ...helpOf(key) })),
    clock: { now: () => 0, monotonicMs: () => 0, sleep: never },
    random: { bytes: () => new Uint8Array(), fraction: () => 0 },
    print: () => {},
    connected: never,
    up: never,
    config: never,
    send: never,
  });
  return `# Commands

\`\`\`shell
dockbell --help
\`\`\`

Exit codes: 0 done, 1 failed, 2 used wrongly. In a clone, \`npm run dockbell --\` stands for \`dockbell\`.

${sectionsOf(program, "dockbell").join("\n")}`;
}

function sectionsOf(command: Program, path: string): readonly string[] {
  return command.commands.flatMap((one) => {
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
  return `## \`${usage.join(" ")}\`\n\n${sentence(command.description())}\n${table}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
