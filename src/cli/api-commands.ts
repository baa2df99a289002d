// The commands that look at a running Dockbell or a cluster, or act there: status, receivers, warehouses, wait,
// deliveries.
import type { Command } from "commander";
import type { Clock, Random } from "../clock.ts";
import { troubleText } from "../deliveries/delivery-list.ts";
import type { ListedState } from "../deliveries/told-delivery.ts";
import type { Connection, ConnectionFlags } from "./connection.ts";
import { connectionFlags, withConnection } from "./connection-flags.ts";
import { limitOption } from "./limit-option.ts";
import { parseReceiver, parseTag, parseWarehouse } from "./name-parsers.ts";
import type { PrintOptions } from "./output.ts";
import { type Output, outputOption } from "./output-option.ts";
import type { Progress } from "./progress.ts";
import type { SettingFlag } from "./settings-flags.ts";
import { stateOption } from "./state-option.ts";
import type { Terminal } from "./terminal.ts";
import { type Timeout, timeoutOption } from "./timeout-option.ts";

export interface ApiSurroundings {
  readonly settingFlags: readonly SettingFlag[];
  readonly clock: Clock;
  readonly random: Random;
  /** Where `print` goes. */
  readonly terminal: Terminal;
  print(text: string): void;
  /** Of something that takes long, on the error stream. */
  startProgress(): Progress;
  /** Runs `work` with a connection to what the flags name. */
  connected(flags: ConnectionFlags, work: (connection: Connection) => Promise<void>): Promise<void>;
}

/** Those that the command has; `timeout` and `limit` have defaults. */
interface Given extends Readonly<Record<string, unknown>> {
  readonly output?: Output;
  readonly wait?: boolean;
  readonly timeout: Timeout;
  readonly tag?: string;
  readonly limit: number;
  readonly state?: ListedState;
  readonly cancel?: boolean;
}

const DEFAULT_TIMEOUT = "1m";
/** A tag that no registry shows is looked for through a quarter of an hour. */
const DRAIN_TIMEOUT = "20m";

export function addApiCommands(program: Command, surroundings: ApiSurroundings): void {
  addStatus(program, surroundings);
  addReceivers(program.command("receivers").description("the webhook receivers and their URLs"), surroundings);
  addWarehouses(program.command("warehouses").description("what Warehouses discovered; discover now"), surroundings);
  addWait(program, surroundings);
  addDeliveries(program.command("deliveries").description("what arrived, and what became of it"), surroundings);
}

function addStatus(program: Command, surroundings: ApiSurroundings): void {
  const status = program
    .command("status")
    .description("receivers, Warehouses and the latest deliveries on one screen")
    .addOption(outputOption(["json", "yaml", "wide"]));
  connecting(status, surroundings, async (connection, given) => {
    const { findParts } = await import("./status-parts.ts");
    const { missingText, statusText } = await import("./status.ts");
    const parts = await findParts(connection);
    const { receivers = [], warehouses = [], deliveries } = parts;
    const listed = [...receivers, ...warehouses, ...(deliveries?.deliveries ?? [])];
    const options = await printOptions(surroundings, given, { connection, listed });
    surroundings.print(statusText(connection.place, parts, options));
    if (parts.missing.length > 0) throw new Error(missingText(parts));
  });
}

function addReceivers(receivers: Command, surroundings: ApiSurroundings): void {
  const list = receivers.command("list").description("list them; their URLs do not show").addOption(outputOption());
  connecting(list, surroundings, async (connection, given) => {
    const { client, namespace } = connection;
    const { listReceivers, receiversText } = await import("./receivers.ts");
    const listed = await listReceivers(client, namespace);
    surroundings.print(receiversText(listed, await printOptions(surroundings, given, { connection, listed })));
  });
  const url = receivers
    .command("url")
    .argument("[receiver]", "", parseReceiver)
    .description("print the URL to register with the sender; it is a secret");
  connecting(url, surroundings, async ({ client, namespace }, _given, name) => {
    const { findReceiverURL } = await import("./find-receiver.ts");
    surroundings.print(`${await findReceiverURL({ ...surroundings, client, name, namespace })}\n`);
  });
}

function addWarehouses(warehouses: Command, surroundings: ApiSurroundings): void {
  const list = warehouses.command("list").description("list them with what they discovered").addOption(outputOption());
  connecting(list, surroundings, async (connection, given) => {
    const { client, namespace } = connection;
    const { listWarehouses, warehousesText } = await import("./warehouses.ts");
    const listed = await listWarehouses(client, namespace);
    surroundings.print(warehousesText(listed, await printOptions(surroundings, given, { connection, listed })));
  });
  const refresh = warehouses
    .command("refresh")
    .argument("<warehouse>", "", parseWarehouse)
    .description("discover now, as a webhook would make it")
    .option("--wait", "until the refresh was handled")
    .addOption(timeoutOption(DEFAULT_TIMEOUT));
  connecting(refresh, surroundings, async ({ client, namespace }, given, name = "") => {
    const { refreshAndWaitCommand, refreshCommand } = await import("./warehouse-wait.ts");
    const { timeout } = given;
    const named = { ...surroundings, client, namespace, name };
    if (!given.wait) return surroundings.print(await refreshCommand(named));
    const progress = surroundings.startProgress();
    surroundings.print(await refreshAndWaitCommand({ ...named, progress, timeout }));
  });
}

function addWait(program: Command, surroundings: ApiSurroundings): void {
  const wait = program
    .command("wait")
    .argument("<warehouse>", "", parseWarehouse)
    .description("wait until a Warehouse has discovered a tag")
    .requiredOption("--tag <tag>", "the tag, or the version of a chart", parseTag)
    .addOption(timeoutOption(DEFAULT_TIMEOUT));
  connecting(wait, surroundings, async ({ client, namespace }, given, name = "") => {
    const { waitCommand } = await import("./warehouse-wait.ts");
    const { tag = "", timeout } = given;
    const progress = surroundings.startProgress();
    surroundings.print(await waitCommand({ ...surroundings, progress, client, namespace, name, tag, timeout }));
  });
}

function addDeliveries(deliveries: Command, surroundings: ApiSurroundings): void {
  const list = deliveries
    .command("list")
    .description(
      "list the newest of all replicas, with the reason for each Warehouse; wide shows those that did not match",
    )
    .addOption(limitOption())
    .addOption(stateOption())
    .addOption(outputOption());
  connecting(list, surroundings, async (connection, given) => {
    const { deliveriesText, listDeliveries } = await import("./deliveries.ts");
    const { limit, state } = given;
    const listed = await listDeliveries(connection, { limit, state });
    const options = await printOptions(surroundings, given, { connection, listed: listed.deliveries });
    surroundings.print(deliveriesText(listed, options, state));
    const trouble = troubleText(listed);
    if (trouble !== "") throw new Error(trouble);
  });
  const show = deliveries
    .command("show <delivery>")
    .description("show one by its id, with every Warehouse and tag that it concerns")
    .addOption(outputOption(["json", "yaml", "wide"]));
  connecting(show, surroundings, async (connection, given, id = "") => {
    const { deliveryText, findDelivery } = await import("./delivery.ts");
    const found = await findDelivery(connection, id);
    const listed = [...found.targets, ...found.notMatched];
    surroundings.print(deliveryText(found, await printOptions(surroundings, given, { connection, listed })));
  });
  const drain = deliveries
    .command("drain")
    .description(
      "have one replica take no more webhooks, and wait until its deliveries are finished: before it is scaled away",
    )
    .addOption(timeoutOption(DRAIN_TIMEOUT))
    .option("--cancel", "take webhooks again");
  connecting(drain, surroundings, async (connection, { cancel, timeout }) => {
    const { cancelDrainCommand, drainCommand } = await import("./drain.ts");
    if (cancel) return surroundings.print(await cancelDrainCommand(connection));
    const progress = surroundings.startProgress();
    surroundings.print(await drainCommand({ ...surroundings, connection, progress, timeout }));
  });
}

interface ListedFrom {
  readonly connection: Connection;
  readonly listed: readonly unknown[];
}

/** Where nothing is listed, that may be because the namespace is not there: throws `InputError` then. */
async function printOptions(
  { terminal, clock }: ApiSurroundings,
  { output }: Given,
  from?: ListedFrom,
): Promise<PrintOptions> {
  const options = { output, terminal, nowMs: clock.now() };
  if (from?.listed.length !== 0) return options;
  const { findNamespace } = await import("./find-namespace.ts");
  return { ...options, namespace: await findNamespace(from.connection, clock) };
}

/** The command gets a connection, its options and its one argument, if it has any. */
function connecting(
  command: Command,
  { settingFlags, connected }: ApiSurroundings,
  work: (connection: Connection, given: Given, argument?: string) => Promise<void>,
): void {
  withConnection(command, settingFlags).action((...parameters: unknown[]) => {
    const argument = typeof parameters[0] === "string" ? parameters[0] : undefined;
    const given = command.opts<Given>();
    return connected(connectionFlags(given, settingFlags), (connection) => work(connection, given, argument));
  });
}
