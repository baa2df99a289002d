// `dockbell send` with its surroundings: the running `up`'s API, and the example's registry when that is what is pushed to.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { SendFlags } from "../cli/program.ts";
import { send } from "../cli/send.ts";
import { InputError } from "../errors.ts";
import type { Transport } from "../http/message.ts";
import { createNetworkTransport } from "../http/transport.ts";
import { pushImage } from "../localregistry/push-image.ts";
import { parseImageReference } from "../references/image.ts";
import { createBlobCache } from "../registries/blob-cache.ts";
import { createOciClient } from "../registries/oci-client.ts";
import { connectEmbedded } from "./embedded.ts";
import { EXAMPLE_REPOSITORY } from "./example.ts";
import { SYSTEM_CLOCK } from "./system.ts";

export async function sendCommand(flags: SendFlags, version: string, print: (text: string) => void): Promise<void> {
  const clock = SYSTEM_CLOCK;
  const network = createNetworkTransport({});
  const dataDir = resolve(flags.dataDir);
  const { client, close } = connectEmbedded(dataDir, `dockbell/${version}`);
  try {
    const pushed =
      flags.repository === undefined ? await pushExample(dataDir, flags.tag, network.transport) : undefined;
    const repository = pushed?.repository ?? flags.repository ?? "";
    const tag = pushed?.tag ?? flags.tag ?? "latest";
    const mediaType = pushed?.mediaType ?? flags.mediaType;
    if (pushed) print(`pushed ${repository}:${tag}\n`);
    const { receiver } = flags;
    print(`${await send({ client, transport: network.transport, clock, repository, tag, mediaType, receiver })}\n`);
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

async function nextTag(repository: string, transport: Transport): Promise<string> {
  const client = createOciClient({ transport, clock: SYSTEM_CLOCK, cache: createBlobCache() });
  const tags = await client.listTags(parseImageReference(repository));
  const versions = tags.flatMap((tag) => {
    const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(tag);
    return match ? [match.slice(1).map(Number)] : [];
  });
  const [major = 1, minor = 0, patch = 0] = versions.sort((a, b) => compare(a, b)).at(-1) ?? [];
  return `${major}.${minor}.${patch + 1}`;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((number, index) => number !== b[index]);
  return place < 0 ? 0 : (a[place] ?? 0) - (b[place] ?? 0);
}
