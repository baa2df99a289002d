// The command line: names, flags and defaults. What a command does is handed in by `app`.
import { Command, Option } from "commander";

/** A setting that commands take as a flag; the flag's text reaches the command under `key`. */
export interface SettingFlag {
  readonly key: string;
  /** Like `--listen <address>`. */
  readonly flag: string;
  readonly description: string;
}

/** What the command line says of the settings; what it does not say, the environment, the file or a default does. */
export interface ConfigFlags {
  readonly configFile: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

export interface UpFlags extends ConfigFlags {
  readonly isExample: boolean;
}

export interface SendFlags extends ConfigFlags {
  readonly repository?: string;
  readonly tag?: string;
  readonly mediaType: string;
  readonly receiver?: string;
}

interface ProgramOptions {
  readonly version: string;
  /** The flags of `up`, in the order of help. */
  readonly settingFlags: readonly SettingFlag[];
  readonly commands: Commands;
}

interface Commands {
  up(flags: UpFlags): Promise<void>;
  config(flags: ConfigFlags & { readonly wantsSchema: boolean }): Promise<void>;
  send(flags: SendFlags): Promise<void>;
}

const CONFIG_HELP = `
A flag comes before its environment variable (DOCKBELL_LISTEN for --listen), which comes before --config.`;

export function createProgram({ version, settingFlags, commands }: ProgramOptions): Command {
  const program = new Command("dockbell")
    .description("Turns a push to Docker Hub into discovered Freight, at once and without losing one.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(dockbell --help tells more)");
  program
    .command("version")
    .description("print the version")
    .action(() => void process.stdout.write(`${version}\n`));

  withSettings(program.command("up"), settingFlags)
    .description("run everything on this machine, with an embedded Kubernetes API")
    .option("--example", "with a demo project and a small registry, all on loopback")
    .addHelpText("after", CONFIG_HELP)
    .action((given) => commands.up({ ...configFlags(given, settingFlags), isExample: given.example ?? false }));

  withSettings(program.command("config"), settingFlags)
    .description("print the configuration that is in force, and where each setting comes from")
    .option("--schema", "print the JSON Schema of the configuration file instead")
    .addHelpText("after", CONFIG_HELP)
    .action((given) => commands.config({ ...configFlags(given, settingFlags), wantsSchema: given.schema ?? false }));

  const connecting = settingFlags.filter(({ key }) => key === "dataDir");
  withSettings(program.command("send"), connecting)
    .description("send the webhook Docker Hub would send; with the example and no --repository, push a new tag first")
    .option("--repository <name>", "the pushed repository, like example/app")
    .option("--tag <tag>", "the pushed tag; with the example, the next patch version by default")
    .option("--media-type <type>", "the manifest's media type", "application/vnd.oci.image.index.v1+json")
    .option("--receiver <name>", "the receiver's name, or namespace/name; default: the only one")
    .action((given) => commands.send({ ...given, ...configFlags(given, connecting) }));
  return program;
}

type Given = Readonly<Record<string, string | undefined>> & {
  readonly config?: string;
  readonly example?: boolean;
  readonly schema?: boolean;
};

function withSettings(command: Command, settingFlags: readonly SettingFlag[]): Command {
  command.option("--config <file>", "a configuration file, YAML");
  for (const { flag, description } of settingFlags) command.addOption(new Option(flag, description));
  return command;
}

function configFlags(given: Given, settingFlags: readonly SettingFlag[]): ConfigFlags {
  const settings = settingFlags.flatMap(({ key, flag, description }) => {
    const text = given[new Option(flag, description).attributeName()];
    return text === undefined ? [] : [[key, text] as const];
  });
  return { configFile: given.config, settings: Object.fromEntries(settings) };
}
