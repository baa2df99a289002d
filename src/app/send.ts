// `dockbell send` with its surroundings: the running `up`'s API, and the example's registry when that is what is pushed to.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { SendFlags } from "../cli/program.ts";
import { receiverURL } from "../cli/receivers.ts";
import { send } from "../cli/send.ts";
import { InputError } from "../errors.ts";
import type { Transport } from "../http/message.ts";
import { createNetworkTransport } from "../http/transport.ts";
import { pushImage } from "../localregistry/push-image.ts";
import { parseImageReference } from "../references/image.ts";
import { createBlobCache } from "../registries/blob-cache.ts";
import { createOciClient } from "../registries/oci-client.ts";
import { createImageSelector } from "../selectors/image-selector.ts";
import { connectEmbedded } from "./embedded.ts";
import { EXAMPLE_CONSTRAINT, EXAMPLE_NAMESPACE, EXAMPLE_RECEIVER, EXAMPLE_REPOSITORY } from "./example.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "./system.ts";

const EXAMPLE_RECEIVER_ID = `${EXAMPLE_NAMESPACE}/${EXAMPLE_RECEIVER}`;
/** Where an emptied registry begins again. */
const FIRST_TAG = "1.0.0";

/** Pushes to the example first unless a repository is named; nothing is pushed when the receiver cannot be told. */
export async function sendCommand(
  flags: SendFlags,
  dataDirectory: string,
  { version, print }: { readonly version: string; readonly print: (text: string) => void },
): Promise<void> {
  const clock = SYSTEM_CLOCK;
  const network = createNetworkTransport({});
  const dataDir = resolve(dataDirectory);
  const { client, close } = connectEmbedded(dataDir, `dockbell/${version}`);
  try {
    const isExample = flags.repository === undefined;
    const url = await receiverURL(client, flags.receiver ?? (isExample ? EXAMPLE_RECEIVER_ID : undefined));
    const pushed = isExample ? await pushExample(dataDir, flags.tag, network.transport) : undefined;
    const repository = pushed?.repository ?? flags.repository ?? "";
    const tag = pushed?.tag ?? flags.tag ?? "latest";
    const mediaType = pushed?.mediaType ?? flags.mediaType;
    if (pushed) print(`pushed ${repository}:${tag}\n`);
    print(`${await send({ url, transport: network.transport, clock, repository, tag, mediaType })}\n`);
  } finally {
    close();
    network.close();
  }
}

async function pushExample(dataDir: string, wanted: string | undefined, transport: Transport) {
  const host = `127.0.0.1:${exampleRegistryPort(dataDir)}`;
  const repository = `${host}/${EXAMPLE_REPOSITORY}`;
  const tag = wanted ?? (await nextTag(repository, transport));
  const createdAt = new Date(SYSTEM_CLOCK.now()).toISOString();
  const { mediaType } = await pushImage({
    transport,
    origin: `http://${host}`,
    repository: EXAMPLE_REPOSITORY,
    tag,
    createdAt,
  });
  return { repository, tag, mediaType };
}

function exampleRegistryPort(dataDir: string): string {
  try {
    return readFileSync(`${dataDir}/registry-port`, "utf8");
  } catch (error) {
    throw new InputError(
      "there is no example here to push to: name what was pushed with --repository and --tag",
      error,
    );
  }
}

/** The patch version after the newest one that the example's Warehouse wants. */
async function nextTag(repository: string, transport: Transport): Promise<string> {
  const client = createOciClient({
    transport,
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    cache: createBlobCache(),
  });
  const tags = await client.listTags(parseImageReference(repository));
  const selector = createImageSelector({ repoURL: repository, constraint: EXAMPLE_CONSTRAINT });
  const [newest = FIRST_TAG] = selector.select(tags);
  const [major, minor, patch] = newest.split(".");
  return `${major}.${minor}.${Number.parseInt(patch ?? "", 10) + 1}`;
}
