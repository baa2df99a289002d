// What `dockbell send` pushes to the example's registry before it tells of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import type { Transport } from "../http/message.ts";
import { pushChart } from "../localregistry/push-chart.ts";
import { pushImage, pushIndex } from "../localregistry/push-image.ts";
import { parseImageReference } from "../references/image.ts";
import { createBlobCache } from "../registries/blob-cache.ts";
import { createOciClient } from "../registries/oci-client.ts";
import { createImageSelector } from "../selectors/image-selector.ts";
import { EXAMPLE_CHART, EXAMPLE_CONSTRAINT, EXAMPLE_REPOSITORY } from "./example.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "./system.ts";

interface ExamplePush {
  readonly dataDir: string;
  readonly transport: Transport;
  /** Default: the next patch version. */
  readonly tag: string | undefined;
  readonly kind: "image" | "index" | "chart";
}

export interface Pushed {
  readonly repository: string;
  readonly tag: string;
  readonly mediaType: string;
}

/** Where an emptied registry begins again. */
const FIRST_TAG = "1.0.0";

const PUSH = { image: pushImage, index: pushIndex, chart: pushChart };

export async function pushToExample({ dataDir, transport, tag: wanted, kind }: ExamplePush): Promise<Pushed> {
  const host = exampleRegistry(dataDir);
  const name = kind === "chart" ? EXAMPLE_CHART : EXAMPLE_REPOSITORY;
  const repository = `${host}/${name}`;
  const tag = wanted ?? (await nextTag(repository, transport));
  const createdAt = new Date(SYSTEM_CLOCK.now()).toISOString();
  const { mediaType } = await PUSH[kind]({ transport, origin: `http://${host}`, repository: name, tag, createdAt });
  return { repository, tag, mediaType };
}

/** Its `host:port`; throws `InputError` where no `up --example` ever ran. */
export function exampleRegistry(dataDir: string): string {
  try {
    return `127.0.0.1:${readFileSync(join(dataDir, "registry-port"), "utf8")}`;
  } catch (error) {
    throw new InputError(
      `no example has run in ${dataDir} to push to: name what was pushed with --repository and --tag`,
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
