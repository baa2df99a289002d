// `dockbell send` with its surroundings: who receives it, and the example's registry when that is what is pushed to.
import { readFileSync } from "node:fs";
import { findReceiverURL } from "../cli/find-receiver.ts";
import { dockerHubPayload, MEDIA_TYPES, multiArchPayloads } from "../cli/payload.ts";
import { adviceFor, send } from "../cli/send.ts";
import type { SendFlags } from "../cli/send-flags.ts";
import { InputError, messageOf } from "../errors.ts";
import type { Transport } from "../http/message.ts";
import { createNetworkTransport } from "../http/transport.ts";
import type { OpenConnection } from "./connection.ts";
import { EXAMPLE_NAMESPACE, EXAMPLE_RECEIVER } from "./example.ts";
import { exampleRegistry, type Pushed, pushToExample } from "./example-push.ts";
import { SYSTEM_CLOCK } from "./system.ts";

interface SendSurroundings {
  readonly dataDir: string;
  readonly print: (text: string) => void;
  /** Called unless the URL is given. */
  readonly connect: () => OpenConnection;
}

const STANDARD_INPUT = 0;

/** Pushes to the example first when no repository is named; nothing is pushed when the receiver cannot be told. */
export async function sendCommand(flags: SendFlags, surroundings: SendSurroundings): Promise<void> {
  const network = createNetworkTransport({});
  try {
    const isExample = flags.repository === undefined && flags.file === undefined;
    if (isExample) exampleRegistry(surroundings.dataDir);
    const url = flags.url === undefined ? await lookUp(flags, isExample, surroundings) : checkedURL(flags.url);
    const pushed = isExample ? await pushExample(flags, surroundings, network.transport) : undefined;
    await deliver(bodiesOf(flags, pushed), { url, transport: network.transport, print: surroundings.print });
  } finally {
    network.close();
  }
}

async function lookUp({ receiver, namespace, file }: SendFlags, isExample: boolean, { connect }: SendSurroundings) {
  const connection = connect();
  try {
    const name = receiver ?? (isExample ? `${EXAMPLE_NAMESPACE}/${EXAMPLE_RECEIVER}` : undefined);
    const url = await findReceiverURL({ client: connection.client, clock: SYSTEM_CLOCK, name, namespace });
    if (file === undefined) checkSender(url);
    return url;
  } catch (error) {
    throw connection.explain(error);
  } finally {
    connection.close();
  }
}

/** What Docker Hub sends says nothing to another sender's receiver. */
function checkSender(url: string): void {
  const sender = new URL(url).pathname.split("/").at(-2);
  if (sender === "dockerhub") return;
  throw new InputError(
    `that receiver is for ${sender}: name one for Docker Hub with --receiver, or a body with --file`,
  );
}

/** It is not repeated in the error: its path is a secret. */
function checkedURL(text: string): string {
  const { protocol } = URL.parse(text) ?? {};
  if (protocol === "http:" || protocol === "https:") return text;
  throw new InputError("--url is not an absolute URL: write it as dockbell receivers url prints it");
}

async function pushExample(flags: SendFlags, { dataDir, print }: SendSurroundings, transport: Transport) {
  const { tag, isChart, isMultiArch } = flags;
  const pushed = await pushToExample({
    dataDir,
    transport,
    tag,
    kind: isChart ? "chart" : isMultiArch ? "index" : "image",
  });
  print(`pushed ${pushed.repository}:${pushed.tag}\n`);
  return pushed;
}

function bodiesOf(flags: SendFlags, pushed: Pushed | undefined): readonly Uint8Array[] {
  if (flags.file !== undefined) return [readFile(flags.file)];
  const { repository = "", tag = "latest" } = pushed ?? flags;
  const push = { repository, tag, pushedAt: Math.floor(SYSTEM_CLOCK.now() / 1000) };
  const isOld = flags.mediaType === false;
  const today = pushed?.mediaType ?? (flags.isChart ? MEDIA_TYPES.chart : MEDIA_TYPES.index);
  const mediaType = isOld ? undefined : flags.mediaType || today;
  const texts = flags.isMultiArch && !isOld ? multiArchPayloads(push) : [dockerHubPayload({ ...push, mediaType })];
  return texts.map((text) => Buffer.from(text));
}

function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path === "-" ? STANDARD_INPUT : path);
  } catch (error) {
    throw new InputError(`--file: ${path} cannot be read: ${messageOf(error)}`, error);
  }
}

interface Destination {
  readonly url: string;
  readonly transport: Transport;
  readonly print: (text: string) => void;
}

/** All at once, as Docker Hub sends the webhooks of one push. Throws when one of them was not received. */
async function deliver(bodies: readonly Uint8Array[], { url, transport, print }: Destination): Promise<void> {
  const answers = await Promise.all(bodies.map((body) => send(body, { url, transport })));
  for (const { status, text } of answers) print(`${status} ${text}\n`);
  const advice = answers.map(({ status }) => adviceFor(status)).find((one) => one !== undefined);
  if (advice !== undefined) throw new Error(advice);
}
