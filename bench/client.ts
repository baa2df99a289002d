// Merge patches a second by our client, beside a bare loop of the same patches over a keep-alive `node:https` agent that
// parses nothing. Against the embedded API over TLS, and against the cluster of KUBECONFIG when there is one
// (`test/cluster/test-cluster run -- npm run bench -- client`). Rounds are interleaved, because machines are noisy.
import { Agent, request } from "node:https";
import { join } from "node:path";
import { connectTo, findClusterAccess } from "../src/app/cluster.ts";
import { SYSTEM_CLOCK } from "../src/app/system.ts";
import type { ClusterAccess } from "../src/kube/access.ts";
import { NAMESPACES, type Namespace, SECRETS, type Secret } from "../src/resources/core.ts";
import { createDockbell } from "../test/support/dockbell.ts";
import { quantile, type Report } from "./subject.ts";

const ROUNDS = 7;
const PATCHES = 300;
const NAMESPACE = "dockbell-bench";
const NAME = "patched";

type Patch = (value: string) => Promise<unknown>;

export async function benchClient(report: Report): Promise<void> {
  const dockbell = createDockbell();
  try {
    await dockbell.start();
    const kubeconfig = join(dockbell.directory, "kubeconfig");
    await measure("embedded API", findClusterAccess({ env: {}, kubeconfig }), report);
  } finally {
    await dockbell.dispose();
  }
  if (process.env["KUBECONFIG"]) await measure("KUBECONFIG", findClusterAccess({ env: process.env }), report);
}

async function measure(where: string, access: ClusterAccess, report: Report): Promise<void> {
  const { client, close } = connectTo(access, { env: process.env, userAgent: "bench", log: () => {} });
  const agent = new Agent({ keepAlive: true, ca: textOf(access.authority) });
  const key = { namespace: NAMESPACE, name: NAME };
  await client.create<Namespace>(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  await client.create<Secret>(SECRETS, { apiVersion: "v1", kind: "Secret", metadata: key });
  try {
    const ours: Patch = (value) => client.mergePatch(SECRETS, key, patchOf(value));
    const bare: Patch = (value) => patchBarely(access, agent, JSON.stringify(patchOf(value)));
    for (const inFlight of [1, 16]) {
      const ratio = await compare(ours, bare, inFlight);
      report(`client / bare node:https, ${where}, ${inFlight} in flight`, ratio.toFixed(2), "≥ 0.90");
    }
  } finally {
    await client.delete(SECRETS, key);
    await client.delete(NAMESPACES, { name: NAMESPACE });
    agent.destroy();
    close();
  }
}

async function compare(ours: Patch, bare: Patch, inFlight: number): Promise<number> {
  await perSecond(ours, inFlight);
  await perSecond(bare, inFlight);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const bareRate = await perSecond(bare, inFlight);
    ratios.push((await perSecond(ours, inFlight)) / bareRate);
  }
  return quantile(ratios, 0.5);
}

async function perSecond(patch: Patch, inFlight: number): Promise<number> {
  let left = PATCHES;
  const startedAt = SYSTEM_CLOCK.monotonicMs();
  const loop = async () => {
    while (left > 0) {
      left -= 1;
      await patch(String(left));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  return PATCHES / ((SYSTEM_CLOCK.monotonicMs() - startedAt) / 1000);
}

function patchOf(value: string) {
  return { metadata: { annotations: { "example.com/bench": value } } };
}

function patchBarely(access: ClusterAccess, agent: Agent, body: string): Promise<void> {
  const url = `${access.server}/api/v1/namespaces/${NAMESPACE}/secrets/${NAME}?fieldManager=dockbell`;
  const headers = {
    authorization: `Bearer ${textOf(access.user.token)}`,
    "content-type": "application/merge-patch+json",
    "content-length": Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: "PATCH", agent, headers }, (incoming) => {
      incoming.on("end", resolve).on("error", reject).resume();
    });
    outgoing.on("error", reject).end(body);
  });
}

/** Both APIs come with a kubeconfig that holds its values itself. */
function textOf(source: ClusterAccess["authority"]): string {
  return source?.kind === "text" ? source.text : "";
}
