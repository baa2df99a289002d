// From the POST of a webhook to the pushed tag in the Warehouse's status, with twenty tags kept.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SYSTEM_CLOCK } from "../src/app/system.ts";
import { dockerHubPayload } from "../src/cli/payload.ts";
import { readBody } from "../src/http/message.ts";
import { pushImage } from "../src/localregistry/push-image.ts";
import { WAREHOUSES, type Warehouse } from "../src/resources/warehouse.ts";
import { type Dockbell, eventually } from "../test/support/dockbell.ts";
import { receiverURL, residentMegabytes, withExample } from "./example.ts";
import { quantile, type Report } from "./subject.ts";

const PUSHES = 40;
/** So many tags the example's Warehouse keeps: pushes before that are the cheaper ones, and do not count. */
const KEPT = 20;
const REPOSITORY = "kargo-demo/app";

export async function benchDiscovery(report: Report): Promise<void> {
  await withExample(async (dockbell) => {
    const host = `127.0.0.1:${readFileSync(join(dockbell.directory, "registry-port"), "utf8")}`;
    const url = await receiverURL(dockbell);
    const times: number[] = [];
    for (let patch = 0; patch < PUSHES; patch++) {
      times.push(await pushToDiscovered(dockbell, { host, url, tag: `1.9.${patch}` }));
    }
    const kept = times.slice(KEPT);
    report("POST to discovered, 20 tags kept, p50", `${quantile(kept, 0.5).toFixed(1)} ms`, "< 50 ms (Kargo 3640 ms)");
    report("POST to discovered, 20 tags kept, p99", `${quantile(kept, 0.99).toFixed(1)} ms`, "—");
    report("resident memory, after the discoveries", `${Math.round(residentMegabytes(dockbell))} MB`, "< 120 MB");
  });
}

interface Pushed {
  readonly host: string;
  readonly url: string;
  readonly tag: string;
}

/** In milliseconds; the push to the registry itself does not count. */
async function pushToDiscovered(dockbell: Dockbell, { host, url, tag }: Pushed): Promise<number> {
  const { transport } = dockbell.network;
  const createdAt = new Date(SYSTEM_CLOCK.now()).toISOString();
  const { mediaType } = await pushImage({
    transport,
    origin: `http://${host}`,
    repository: REPOSITORY,
    tag,
    createdAt,
  });
  const body = Buffer.from(dockerHubPayload({ repository: `${host}/${REPOSITORY}`, tag, mediaType, pushedAt: 0 }));
  const headers = { "content-length": String(body.length) };

  const startedAt = SYSTEM_CLOCK.monotonicMs();
  await readBody((await transport({ method: "POST", url, headers, body })).body, 10_000);
  await eventually(async () => (await newestTag(dockbell)) === tag, dockbell.output, 1);
  return SYSTEM_CLOCK.monotonicMs() - startedAt;
}

async function newestTag({ client }: Dockbell): Promise<string | undefined> {
  const warehouse = await client.get<Warehouse>(WAREHOUSES, { namespace: "kargo-demo", name: "app" });
  return warehouse?.status?.discoveredArtifacts?.images?.[0]?.references?.[0]?.tag;
}
