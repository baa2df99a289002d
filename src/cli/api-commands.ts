// The commands that need nothing but the API of a running Dockbell: status, receivers, warehouses, wait, secret.
import { type Command, Option } from "commander";
import type { Clock, Random } from "../clock.ts";
import type { Connection } from "./connection.ts";
import { OUTPUTS, type Output } from "./output.ts";
import { type ConfigFlags, configFlags, type SettingFlag, withSettings } from "./settings-flags.ts";

export interface ApiSurroundings {
  readonly settingFlags: readonly SettingFlag[];
  readonly clock: Clock;
  readonly random: Random;
  print(text: string): void;
  /** Runs `work` with a connection to the Dockbell that the flags name. */
  connected(flags: ConfigFlags, work: (connection: Connection) => Promise<void>): Promise<void>;
}

interface Given extends Readonly<Record<string, unknown>> {
  readonly config?: string;
  readonly output?: Output;
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly tag?: string;
  readonly limit?: string;
}

const TIMEOUT_HELP = "how long to wait";
const DEFAULT_TIMEOUT = "1m";

export function addApiCommands(program: Command, surroundings: ApiSurroundings): void {
  addStatus(program, surroundings);
  addDeliveries(program.command("deliveries").description("what arrived, and what became of it"), surroundings);
  addReceivers(program.command("receivers").description("the webhook receivers"), surroundings);
  addWarehouses(program.command("warehouses").description("the Warehouses"), surroundings);
  addWait(program, surroundings);
  addSecret(program.command("secret").description("secrets for receivers"), surroundings);
}

function addStatus(program: Command, surroundings: ApiSurroundings): void {
  connecting(program.command("status"), surroundings, async (connection) => {
    const { statusText } = await import("./status.ts");
    surroundings.print(await statusText(connection, surroundings.clock.now()));
  }).description("receivers, Warehouses and the latest deliveries on one screen");
}

function addDeliveries(deliveries: Command, surroundings: ApiSurroundings): void {
  connecting(deliveries.command("list"), surroundings, async ({ recentDeliveries }, { limit, output }) => {
    const { deliveriesText } = await import("./deliveries.ts");
    surroundings.print(deliveriesText(await recentDeliveries(Number(limit)), surroundings.clock.now(), output));
  })
    .description("list the newest, with the reason for each Warehouse; wide shows those that did not match")
    .option("--limit <count>", "at most so many, up to 500", "20")
    .addOption(outputOption());
}

function addReceivers(receivers: Command, surroundings: ApiSurroundings): void {
  connecting(receivers.command("list"), surroundings, async ({ client }, { output }) => {
    const { listReceivers, receiversText } = await import("./receivers.ts");
    surroundings.print(receiversText(await listReceivers(client), output));
  })
    .description("list them; their URLs do not show")
    .addOption(outputOption());
  connecting(receivers.command("url [name]"), surroundings, async ({ client }, _given, name) => {
    const { receiverURL } = await import("./receivers.ts");
    surroundings.print(`${await receiverURL(client, name)}\n`);
  }).description("print the URL to register with the sender; it is a secret");
}

function addWarehouses(warehouses: Command, surroundings: ApiSurroundings): void {
  connecting(warehouses.command("list"), surroundings, async ({ client }, { output }) => {
    const { listWarehouses, warehousesText } = await import("./warehouses.ts");
    surroundings.print(warehousesText(await listWarehouses(client), surroundings.clock.now(), output));
  })
    .description("list them with what they discovered")
    .addOption(outputOption());
  connecting(warehouses.command("refresh <name>"), surroundings, async ({ client }, given, name = "") => {
    const { refreshCommand } = await import("./warehouses.ts");
    const timeout = given.wait ? given.timeout : undefined;
    surroundings.print(await refreshCommand({ ...surroundings, client, name, timeout }));
  })
    .description("discover now, as a webhook would make it")
    .option("--wait", "until the refresh was handled")
    .option("--timeout <duration>", TIMEOUT_HELP, DEFAULT_TIMEOUT);
}

function addWait(program: Command, surroundings: ApiSurroundings): void {
  connecting(program.command("wait <warehouse>"), surroundings, async ({ client }, given, name = "") => {
    const { waitCommand } = await import("./warehouses.ts");
    const { tag = "", timeout = DEFAULT_TIMEOUT } = given;
    surroundings.print(await waitCommand({ ...surroundings, client, name, tag, timeout }));
  })
    .description("wait until a Warehouse has discovered a tag")
    .requiredOption("--tag <tag>", "the tag")
    .option("--timeout <duration>", TIMEOUT_HELP, DEFAULT_TIMEOUT);
}

function addSecret(secret: Command, { random, print }: ApiSurroundings): void {
  secret
    .command("new <name>")
    .description("print the manifest of a new Secret; pipe it into kubectl apply -f -")
    .requiredOption("--namespace <namespace>", "the project it is for")
    .action(async (name: string, { namespace }: { namespace: string }) => {
      const { secretManifest } = await import("./secret.ts");
      print(secretManifest({ name, namespace }, random));
    });
}

function outputOption(): Option {
  return new Option("-o, --output <format>", "how to print").choices(OUTPUTS);
}

/** A command that gets a connection, its options and its one argument, if it has any. */
function connecting(
  command: Command,
  { settingFlags, connected }: ApiSurroundings,
  work: (connection: Connection, given: Given, argument?: string) => Promise<void>,
): Command {
  const flags = settingFlags.filter(({ key }) => key === "dataDir");
  return withSettings(command, flags).action((...parameters: unknown[]) => {
    const argument = typeof parameters[0] === "string" ? parameters[0] : undefined;
    const given = command.opts<Given>();
    return connected(configFlags(given, flags), (connection) => work(connection, given, argument));
  });
}
