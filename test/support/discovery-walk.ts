// From a push to what its Warehouse shows, through `dockbell up` as users run it: the same walk for every registry.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { after, before, test } from "node:test";
import { dockerHubPayload } from "../../src/cli/payload.ts";
import { readBody } from "../../src/http/message.ts";
import { NAMESPACES, SECRETS } from "../../src/resources/core.ts";
import { FREIGHTS, type Freight } from "../../src/resources/freight.ts";
import type { KubeObject } from "../../src/resources/kube-object.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import { apiVersionOf, type Resource } from "../../src/resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import { createDockbell, eventually } from "./dockbell.ts";
import { type Gate, openGate } from "./gate.ts";
import type { Login } from "./test-registry.ts";

/** A registry, and how users push to it. */
export interface PushTarget {
  /** `<name>:<port>`. */
  readonly host: string;
  /** What it wants; undefined where it wants nothing. */
  readonly login: Login | undefined;
  /** Another image with every call. */
  pushImage(repository: string, tag: string): Promise<void>;
  /** To `oci://<host>/charts/<name>`. */
  pushChart(name: string, version: string): Promise<void>;
  stop(): Promise<void>;
}

const PROJECT = "shop";
const SILENT_WAREHOUSES = 20;

/** Declares the tests; they build on one another. */
export function walkDiscovery(start: () => Promise<PushTarget>): void {
  const dockbell = createDockbell();
  let target: PushTarget;
  let gate: Gate;

  before(async () => {
    target = await start();
    gate = await openGate(target.host);
    await dockbell.start();
    await create(NAMESPACES, PROJECT, undefined, {
      metadata: { name: PROJECT, labels: { "kargo.akuity.io/project": "true" } },
    });
    await create(SECRETS, "hook", PROJECT, { data: { secret: Buffer.from("hard to guess").toString("base64") } });
    const receiver = { name: "hub", dockerhub: { secretRef: { name: "hook" } } };
    await create(PROJECT_CONFIGS, PROJECT, PROJECT, { spec: { webhookReceivers: [receiver] } });
    await eventually(async () => (await receiverURL()) !== "", dockbell.output);
  });
  after(async () => {
    await dockbell.dispose();
    gate?.close();
    await target?.stop();
  });

  async function create(
    resource: Resource,
    name: string,
    namespace: string | undefined,
    fields: object,
  ): Promise<void> {
    const metadata = { name, ...(namespace && { namespace }), ...(fields as Partial<KubeObject>).metadata };
    await dockbell.client.create(resource, {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      ...fields,
      metadata,
    } as KubeObject);
  }

  async function receiverURL(): Promise<string> {
    const config = await dockbell.client.get<ProjectConfig>(PROJECT_CONFIGS, { namespace: PROJECT, name: PROJECT });
    return config?.status?.webhookReceivers?.[0]?.url ?? "";
  }

  async function subscribe(warehouse: string, ...subscriptions: readonly object[]): Promise<void> {
    await create(WAREHOUSES, warehouse, PROJECT, { spec: { subscriptions } });
  }

  /** As Docker Hub does after a push. */
  async function notify(repository: string, tag: string): Promise<void> {
    const payload = dockerHubPayload({ repository: `${gate.host}/${repository}`, tag, mediaType: "", pushedAt: 0 });
    const body = Buffer.from(payload);
    const headers = { "content-length": String(body.length) };
    const answer = await dockbell.network.transport({ method: "POST", url: await receiverURL(), headers, body });
    const text = Buffer.from(await readBody(answer.body, 10_000)).toString();
    assert.match(`${answer.status} ${text}`, /^20[02] .*(refreshed 1 warehouse|accepted)/);
  }

  async function statusOf(name: string): Promise<NonNullable<Warehouse["status"]>> {
    return (await dockbell.client.get<Warehouse>(WAREHOUSES, { namespace: PROJECT, name }))?.status ?? {};
  }

  async function condition(name: string, type: string): Promise<string> {
    const { status, reason, message } = (await statusOf(name)).conditions?.find((one) => one.type === type) ?? {};
    return `${status} ${reason}: ${message}`;
  }

  async function isHandled(name: string): Promise<boolean> {
    const { metadata, status } =
      (await dockbell.client.get<Warehouse>(WAREHOUSES, { namespace: PROJECT, name })) ?? ({} as Warehouse);
    return status?.lastHandledRefresh === metadata.annotations?.["kargo.akuity.io/refresh"];
  }

  async function imageOf(name: string): Promise<{ tag?: string; digest?: string }> {
    return (await statusOf(name)).discoveredArtifacts?.images?.[0]?.references?.[0] ?? {};
  }

  async function untilImage(name: string, tag: string): Promise<void> {
    await eventually(
      async () => (await imageOf(name)).tag === tag,
      () => `${name} shows ${tag}: ${dockbell.output()}`,
    );
  }

  const image = (repository: string) => ({ image: { repoURL: `${gate.host}/${repository}` } });

  test("a repository is discovered; a private one is an error that says what to do, until its Secret is there", async () => {
    await target.pushImage("team/app", "1.0.0");
    await subscribe("app", image("team/app"));
    if (target.login) {
      await eventually(
        async () => /DiscoveryFailure.*needs a Secret/.test(await condition("app", "Ready")),
        dockbell.output,
      );
      const { username, password } = target.login;
      for (const [name, repoURL, type] of [
        ["images", `${gate.host}/team/app`, "image"],
        ["charts", `oci://${gate.host}/charts/.*`, "helm"],
        ["others", `${gate.host}/team/.*`, "image"],
      ] as const) {
        const texts = { repoURL, username, password, repoURLIsRegex: String(name !== "images") };
        const data = Object.fromEntries(
          Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
        );
        await create(SECRETS, name, PROJECT, { metadata: { labels: { "kargo.akuity.io/cred-type": type } }, data });
      }
    }

    await untilImage("app", "1.0.0");

    assert.match(await condition("app", "Ready"), /^True ArtifactsDiscovered/);
    if (target.login) assert.ok(!dockbell.output().includes(target.login.password));
  });

  test("a pushed image is discovered and becomes Freight", async () => {
    await target.pushImage("team/app", "1.1.0");
    await notify("team/app", "1.1.0");

    await untilImage("app", "1.1.0");

    const { lastFreightID } = await statusOf("app");
    const freight = await dockbell.client.get<Freight>(FREIGHTS, { namespace: PROJECT, name: lastFreightID ?? "" });
    assert.deepEqual(
      freight?.images?.map(({ tag, digest }) => ({ tag, digest })),
      [{ tag: "1.1.0", digest: (await imageOf("app")).digest }],
    );
    assert.match(await condition("app", "PushesDiscovered"), /^True Discovered/);
  });

  test("a pushed chart is discovered and becomes Freight", async () => {
    await target.pushChart("web", "0.1.0");
    await subscribe("chart", { chart: { repoURL: `oci://${gate.host}/charts/web` } });
    const newest = async () => (await statusOf("chart")).discoveredArtifacts?.charts?.[0]?.versions?.[0];
    await eventually(async () => (await newest()) === "0.1.0", dockbell.output);

    await target.pushChart("web", "0.2.0");
    await notify("charts/web", "0.2.0");
    await eventually(async () => (await newest()) === "0.2.0", dockbell.output);

    const { lastFreightID } = await statusOf("chart");
    const freight = await dockbell.client.get<Freight>(FREIGHTS, { namespace: PROJECT, name: lastFreightID ?? "" });
    assert.deepEqual(freight?.charts, [{ repoURL: `oci://${gate.host}/charts/web`, version: "0.2.0" }]);
  });

  test("the same tag pushed again under another digest is discovered", async () => {
    const before = await imageOf("app");

    await target.pushImage("team/app", "1.1.0");
    await notify("team/app", "1.1.0");

    await eventually(async () => (await imageOf("app")).digest !== before.digest, dockbell.output);
    assert.equal((await imageOf("app")).tag, "1.1.0");
  });

  test("two pushes within one second are both discovered", async () => {
    await Promise.all(["1.2.0", "1.3.0"].map((tag) => target.pushImage("team/app", tag)));
    await Promise.all(["1.2.0", "1.3.0"].map((tag) => notify("team/app", tag)));

    await untilImage("app", "1.3.0");

    const { images } = (await statusOf("app")).discoveredArtifacts ?? {};
    assert.deepEqual(
      images?.[0]?.references?.slice(0, 3).map(({ tag }) => tag),
      ["1.3.0", "1.2.0", "1.1.0"],
    );
  });

  test("a push while the registry is away is not handled, and is discovered when it is back", async () => {
    await target.pushImage("team/app", "1.4.0");
    gate.shut();
    await notify("team/app", "1.4.0");
    await eventually(async () => /^False DiscoveryFailure/.test(await condition("app", "Ready")), dockbell.output);
    const whileAway = await isHandled("app");

    gate.open();
    await untilImage("app", "1.4.0");

    assert.deepEqual([whileAway, await isHandled("app")], [false, true]);
    assert.match(await condition("app", "Ready"), /^True/);
  });

  test("a bad subscription does not hide the news of a good one", async () => {
    await target.pushImage("team/api", "1.0.0");
    await subscribe("mixed", image("team/api"), image("team/nothing-here"));
    await untilImage("mixed", "1.0.0");
    await target.pushImage("team/api", "1.1.0");
    await notify("team/api", "1.1.0");

    await untilImage("mixed", "1.1.0");

    assert.match(await condition("mixed", "Ready"), /^False DiscoveryFailure: .*team\/nothing-here/);
    assert.equal((await statusOf("mixed")).lastFreightID, undefined);
  });

  test("a registry that never answers does not hold up the others", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    for (let one = 0; one < SILENT_WAREHOUSES; one += 1) {
      await subscribe(`silent-${one}`, { image: { repoURL: `127.0.0.1:${port}/team/app-${one}` } });
    }
    await target.pushImage("team/late", "1.0.0");

    await subscribe("late", image("team/late"));

    await untilImage("late", "1.0.0");
    assert.deepEqual(await statusOf("silent-0"), {});
    await dockbell.stop("SIGKILL");
    silent.close();
  });
}
