// The command line: names, flags and defaults. What needs more than an API is handed in by `app`.
// What a command does is loaded when it runs, so that help and completion answer at once.
import { Argument, Command } from "commander";
import { type ApiSurroundings, addApiCommands } from "./api-commands.ts";
import { completionScript, SHELLS, type Shell } from "./completion.ts";
import { examplesText } from "./examples.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { parseNamespace, parseSecretName } from "./name-parsers.ts";
import { addSend, type SendFlags } from "./send-flags.ts";
import { type ConfigFlags, configFlags, type SettingFlag, withSettings } from "./settings-flags.ts";
import { faultText, type Terminal } from "./terminal.ts";

export type ServeFlags = ConfigFlags;

export interface UpFlags extends ConfigFlags {
  readonly isExample: boolean;
}

export interface ConfigCommandFlags extends ConfigFlags {
  readonly command: ServerCommand;
  readonly wantsSchema: boolean;
}

const SERVER_COMMANDS = ["up", "serve"] as const;

export type ServerCommand = (typeof SERVER_COMMANDS)[number];

interface ProgramOptions extends Omit<ApiSurroundings, "settingFlags"> {
  readonly version: string;
  /** Where faults are told. */
  readonly errorTerminal: Terminal;
  /** In the order of help. */
  readonly settingFlags: Readonly<Record<ServerCommand, readonly SettingFlag[]>>;
  serve(flags: ServeFlags): Promise<void>;
  up(flags: UpFlags): Promise<void>;
  config(flags: ConfigCommandFlags): Promise<void>;
  send(flags: SendFlags): Promise<void>;
}

export function createProgram(options: ProgramOptions): Command {
  const { errorTerminal } = options;
  const program = new Command("dockbell")
    .description("Turns a push to Docker Hub into discovered Freight, at once and without losing one.")
    .version(options.version)
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({ outputError: (text, write) => write(faultText(text.replace(/^error: /, ""), errorTerminal)) })
    .exitOverride()
    .showHelpAfterError("(--help tells more)");
  program.commandsGroup("Run it:");
  addServerCommands(program, options);
  program.commandsGroup("Look at it:");
  addApiCommands(program, { ...options, settingFlags: options.settingFlags.up });
  program.commandsGroup("Try and set up:");
  addSend(program, { ...options, settingFlags: options.settingFlags.up });
  addSecret(program.command("secret").description("secrets for receivers"), options);
  addCompletion(program, options);
  program
    .command("version")
    .description("print the version")
    .action(() => options.print(`${options.version}\n`));
  program.helpCommand(true);
  addExamples(program, "");
  const exitCodes = EXIT_CODES.replace(/^/gm, "  ");
  program.addHelpText("after", `\nExit codes:\n${exitCodes}\n\ndockbell COMMAND --help says more of each.`);
  return program;
}

const KARGO_VARIABLES = `
Variables named like those of Kargo's webhook server come after our own and before --config.`;

type Given = { readonly config?: string } & Readonly<Record<string, unknown>>;

function addServerCommands(program: Command, options: ProgramOptions): void {
  const { up, serve } = options.settingFlags;
  withSettings(program.command("up"), up)
    .description("run everything on this machine, with an embedded Kubernetes API")
    .option("--example", "with a demo project and a small registry, all on loopback")
    .action((given: Given & { example?: boolean }) =>
      options.up({ ...configFlags(given, up), isExample: given.example ?? false }),
    );
  withSettings(program.command("serve"), serve)
    .description("run on a Kubernetes cluster")
    .addHelpText("after", KARGO_VARIABLES)
    .action((given: Given) => options.serve(configFlags(given, serve)));
  withSettings(program.command("config"), serve)
    .description("print the configuration that is in force, and where each setting comes from")
    .addArgument(new Argument("[command]", "whose configuration").choices(SERVER_COMMANDS).default("up"))
    .option("--schema", "print the JSON Schema of the configuration file instead")
    .action((command: ServerCommand, given: Given & { schema?: boolean }) =>
      options.config({ ...configFlags(given, serve), command, wantsSchema: given.schema ?? false }),
    );
}

function addSecret(secret: Command, { random, print }: ProgramOptions): void {
  secret
    .command("new")
    .argument("<name>", "", parseSecretName)
    .description("print the manifest of a new Secret with a random value")
    .requiredOption("-n, --namespace <namespace>", "the project it is for", parseNamespace)
    .action(async (name: string, { namespace }: { namespace: string }) => {
      const { secretManifest } = await import("./secret.ts");
      print(secretManifest({ name, namespace }, random));
    });
}

function addCompletion(program: Command, { print }: ProgramOptions): void {
  program
    .command("completion")
    .description("print the completion script of a shell; source it in its profile")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action((shell: Shell) => print(completionScript(program, shell)));
}

function addExamples(command: Command, path: string): void {
  const text = examplesText(path);
  if (text !== "") command.addHelpText("after", text);
  for (const one of command.commands) addExamples(one, `${path} ${one.name()}`.trimStart());
}
