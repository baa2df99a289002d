// `dockbell send` on the command line: which webhooks, and to whom.
import { type Command, Option } from "commander";
import type { ConnectionFlags } from "./connection.ts";
import { connectionFlags, withConnection } from "./connection-flags.ts";
import { parseReceiverFlag, parseRepository, parseTag } from "./name-parsers.ts";
import type { SettingFlag } from "./settings-flags.ts";

export interface SendFlags extends ConnectionFlags {
  readonly repository: string | undefined;
  readonly tag: string | undefined;
  /** False leaves it away, as in old webhooks; undefined is what Docker Hub sends today. */
  readonly mediaType: string | false | undefined;
  readonly isMultiArch: boolean;
  readonly isChart: boolean;
  /** A body to be sent as it is; `-` is the standard input. */
  readonly file: string | undefined;
  readonly receiver: string | undefined;
  /** Where to send, instead of looking a receiver up. */
  readonly url: string | undefined;
}

interface Given extends Readonly<Record<string, unknown>> {
  readonly repository?: string;
  readonly tag?: string;
  readonly mediaType?: string | boolean;
  readonly multiArch?: boolean;
  readonly chart?: boolean;
  readonly file?: string;
  readonly receiver?: string;
  readonly url?: string;
}

interface SendSurroundings {
  readonly settingFlags: readonly SettingFlag[];
  send(flags: SendFlags): Promise<void>;
}

export function addSend(program: Command, { settingFlags, send }: SendSurroundings): void {
  const command = program
    .command("send")
    .description("send the webhook Docker Hub would send; with the example and no --repository, push a new tag first")
    .option("--repository <name>", "the pushed repository, like example/app", parseRepository)
    .option("--tag <tag>", "the pushed tag; default: latest, with the example the next patch version", parseTag)
    .addOption(new Option("--multi-arch", "a webhook for each platform and one for the index, all at once"))
    .addOption(new Option("--chart", "a chart instead of an image").conflicts("multiArch"))
    .addOption(new Option("--media-type <type>", "another media type than today's").conflicts("multiArch"))
    .addOption(new Option("--no-media-type", "without one, as in old webhooks"))
    .addOption(
      new Option("--file <file>", "send this body as it is, - for standard input").conflicts([
        "repository",
        "tag",
        "multiArch",
        "chart",
      ]),
    )
    .option("--receiver <name>", "the receiver's name, or namespace/name; default: the only one", parseReceiverFlag)
    .addOption(new Option("--url <url>", "send to this URL and look no receiver up").conflicts("receiver"));
  withConnection(command, settingFlags).action((given: Given) => send(sendFlags(given, settingFlags)));
}

function sendFlags(given: Given, settingFlags: readonly SettingFlag[]): SendFlags {
  const { repository, tag, mediaType, multiArch = false, chart = false, file, receiver, url } = given;
  return {
    ...connectionFlags(given, settingFlags),
    repository,
    tag,
    // Commander says true where neither of the two flags was given.
    mediaType: mediaType === true ? undefined : mediaType,
    isMultiArch: multiArch,
    isChart: chart,
    file,
    receiver,
    url,
  };
}
