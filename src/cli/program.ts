// The command line: names, flags and defaults. What a command does is handed in by `app`.
import { Command } from "commander";

export interface UpFlags {
  readonly dataDir: string;
  readonly listen: string;
  readonly adminListen: string;
  readonly baseUrl?: string;
  readonly answerWithin: string;
  readonly example?: boolean;
}

export interface SendFlags {
  readonly dataDir: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly mediaType: string;
  readonly receiver?: string;
}

interface Commands {
  up(flags: UpFlags): Promise<void>;
  send(flags: SendFlags): Promise<void>;
}

export function createProgram(version: string, defaultDataDir: string, commands: Commands): Command {
  const program = new Command("dockbell")
    .description("Turns a push to Docker Hub into discovered Freight, at once and without losing one.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(dockbell --help tells more)");
  program
    .command("version")
    .description("print the version")
    .action(() => void process.stdout.write(`${version}\n`));

  program
    .command("up")
    .description("run everything on this machine, with an embedded Kubernetes API")
    .option("--data-dir <path>", "where everything is kept", defaultDataDir)
    .option("--listen <address>", "where webhooks arrive", "127.0.0.1:8080")
    .option("--admin-listen <address>", "where readiness is told", "127.0.0.1:8081")
    .option("--base-url <url>", "how senders reach it; default http://<listen>")
    .option("--answer-within <duration>", "how long an answer waits for the refreshes; 0s answers at once", "2s")
    .option("--example", "with a demo project and a small registry, all on loopback")
    .action((flags: UpFlags) => commands.up(flags));

  program
    .command("send")
    .description("send the webhook Docker Hub would send; with the example and no --repository, push a new tag first")
    .option("--data-dir <path>", "the data directory of the running dockbell up", defaultDataDir)
    .option("--repository <name>", "the pushed repository, like example/app")
    .option("--tag <tag>", "the pushed tag; with the example, the next patch version by default")
    .option("--media-type <type>", "the manifest's media type", "application/vnd.oci.image.index.v1+json")
    .option("--receiver <name>", "the receiver's name, or namespace/name; default: the only one")
    .action((flags: SendFlags) => commands.send(flags));
  return program;
}
