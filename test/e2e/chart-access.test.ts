// The roles of the chart are enough, and no more: `dockbell serve` runs as the chart's service account through everything
// it does; each verb that is granted is used, none is refused, and everything else is forbidden. Needs helm in PATH and Go,
// or the built server in its cache.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { dockerHubPayload, MEDIA_TYPES } from "../../src/cli/payload.ts";
import { eventually } from "../support/dockbell.ts";
import { startInstalled } from "../support/installed-serve.ts";
import { CHART, established, useCluster } from "../support/installing.ts";
import { startRecordingApi } from "../support/recording-api.ts";
import { startRealRegistry } from "../support/registries.ts";
import { mayDo } from "../support/reviews.ts";

const cluster = await useCluster();
const { kubectl, helm } = cluster;
const FINALIZER = "kargo.akuity.io/finalizer";
const VALUES = "--set config.baseURL=https://dockbell.example.com";
before(async () => {
  await helm(`install dockbell ${CHART} --namespace dockbell --create-namespace ${VALUES}`);
  await established(cluster, "crd --all");
  await kubectl("create namespace kargo-system-resources");
});

function apply(...objects: readonly object[]): Promise<string> {
  return kubectl("apply --filename -", JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
}

const object = (kind: string, metadata: object, fields: object = {}) => ({
  apiVersion: kind === "Secret" || kind === "Namespace" ? "v1" : "kargo.akuity.io/v1alpha1",
  kind,
  metadata,
  ...fields,
});

const receivers = { spec: { webhookReceivers: [{ name: "hub", dockerhub: { secretRef: { name: "hook" } } }] } };
const secret = (namespace: string) =>
  object("Secret", { name: "hook", namespace }, { stringData: { secret: "s3cr3t" } });
const warehouse = (name: string, repoURL: string) =>
  object(
    "Warehouse",
    { name, namespace: "shop" },
    { spec: { interval: "5m0s", subscriptions: [{ image: { repoURL } }] } },
  );

/** Nobody else here finishes a deleted namespace. */
async function finishNamespace(name: string): Promise<void> {
  const finalized = { apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: { finalizers: [] } };
  await kubectl(`replace --raw /api/v1/namespaces/${name}/finalize --filename -`, JSON.stringify(finalized));
}

async function until(command: string, printed: RegExp, output: () => string): Promise<string> {
  let stdout = "";
  await eventually(
    async () => {
      ({ stdout } = await cluster.attempt("kubectl", command));
      return printed.test(stdout);
    },
    () => `${command}: ${stdout}\n${output()}`,
    100,
  );
  return stdout;
}

test("serve does all that it does with the verbs that the chart grants, and uses each of them", async (t) => {
  const api = await startRecordingApi(cluster.api);
  t.after(() => api.close());
  const registry = await startRealRegistry("example");
  t.after(() => registry.stop());
  const serving = await startInstalled({ test: t, cluster, namespace: "dockbell", api });
  const { output } = serving;
  const app = `${registry.host}/shop/app`;
  writeFileSync(join(registry.directory, "layer.tar.gz"), gzipSync(Buffer.alloc(1_024)));
  const push = (tag: string) =>
    registry.push("crane", "append", "--oci-empty-base", "-f", "layer.tar.gz", "-t", `${app}:${tag}`);
  const post = async (url: string, tag: string) => {
    const body = dockerHubPayload({ repository: app, tag, mediaType: MEDIA_TYPES.image, pushedAt: 0 });
    return (await fetch(url.replace("https://dockbell.example.com", serving.url), { method: "POST", body })).status;
  };

  // A Project gets its namespace; its receiver and the cluster's get their URLs; a push becomes Freight.
  await apply(object("Project", { name: "shop" }));
  await until("get project shop --output jsonpath={.status.conditions[0].status}", /True/, output);
  await apply(secret("shop"), object("ProjectConfig", { name: "shop", namespace: "shop" }, receivers));
  await apply(secret("kargo-system-resources"), object("ClusterConfig", { name: "cluster" }, receivers));
  const path = "--output jsonpath={.status.webhookReceivers[0].url}";
  await until(`get clusterconfig cluster ${path}`, /https/, output);
  const url = await until(`get projectconfig shop --namespace shop ${path}`, /https/, output);
  await push("1.0.0");
  await apply(warehouse("app", app));
  await until("get freights --namespace shop --output name", /freight/, output);
  await push("1.1.0");
  const answered = await post(url, "1.1.0");
  const tags = "--output jsonpath={.status.discoveredArtifacts.images[*].references[*].tag}";
  await until(`get warehouse app --namespace shop ${tags}`, /1\.1\.0/, output);
  await until("get events --namespace shop --output jsonpath={.items[*].reason}", /FreightCreated/, output);

  // A Warehouse goes while it is being refreshed.
  await apply(warehouse("gone", app));
  await until("get warehouse gone --namespace shop --output jsonpath={.status.observedGeneration}", /1/, output);
  api.before = async (used, target) => {
    if (used === "patch warehouses" && target.includes("/gone"))
      await kubectl("delete warehouse gone --namespace shop");
  };
  await push("1.2.0");
  await post(url, "1.2.0");
  await until("get warehouses --namespace shop --output name", /^warehouse\.kargo\.akuity\.io\/app\n$/, output);

  // Projects go with their namespaces, and the other way round; what Kargo's finalizers hold is let go.
  await kubectl("delete project shop");
  await until("get namespace shop --output jsonpath={.metadata.deletionTimestamp}", /\d/, output);
  await apply(
    object("Namespace", { name: "kept", finalizers: [FINALIZER], labels: { "kargo.akuity.io/project": "true" } }),
  );
  await apply(object("Project", { name: "kept", finalizers: [FINALIZER] }));
  await until("get project kept --output jsonpath={.status.conditions[0].status}", /True/, output);
  await kubectl("delete project kept --timeout=20s");
  await apply(object("Project", { name: "short" }));
  await until("get project short --output jsonpath={.status.conditions[0].status}", /True/, output);
  await kubectl("delete namespace short --wait=false");
  await finishNamespace("short");
  await kubectl("wait --for=delete --timeout=20s project/short");
  await eventually(
    () => api.used().includes("get warehouses") && api.used().includes("update leases"),
    () => `${api.used()}\n${output()}`,
  );
  await serving.stop();

  assert.equal(answered, 200);
  assert.deepEqual(api.forbidden(), []);
  assert.deepEqual(api.used(), await granted());
});

interface Role {
  readonly rules: readonly { readonly verbs: readonly string[]; readonly resources: readonly string[] }[];
}

/** `patch warehouses/status`: what the roles of the installation say, each once, sorted. */
async function granted(): Promise<readonly string[]> {
  const roles = await kubectl(
    "get clusterroles,roles --namespace dockbell --selector app.kubernetes.io/instance=dockbell --output json",
  );
  const { items } = JSON.parse(roles) as { items: readonly Role[] };
  const pairs = items.flatMap(({ rules }) =>
    rules.flatMap(({ verbs, resources }) => verbs.flatMap((verb) => resources.map((name) => `${verb} ${name}`))),
  );
  return [...new Set(pairs)].toSorted();
}

test("everything else is forbidden to the service account", async () => {
  const everybody = await mayDo(cluster, "system:serviceaccount:dockbell:nobody", "elsewhere");
  const beyond = async (namespace: string) => {
    const all = await mayDo(cluster, "system:serviceaccount:dockbell:dockbell", namespace);
    return all.filter((one) => !everybody.includes(one));
  };

  const elsewhere = await beyond("elsewhere");
  const athome = await beyond("dockbell");

  const roles = await granted();
  const named = roles.filter((one) => /leases|customresourcedefinitions/.test(one) && !one.startsWith("create"));
  const ofNamespace = ["create leases"];
  assert.ok(everybody.length < 10, `${everybody}`);
  assert.deepEqual(
    athome,
    roles.filter((one) => !named.includes(one)),
  );
  assert.deepEqual(
    elsewhere,
    roles.filter((one) => ![...named, ...ofNamespace].includes(one)),
  );
});

test("with namespaces for Secrets named, it works there, and may read none elsewhere", async (t) => {
  await kubectl("create namespace team");
  await kubectl("label namespace team kargo.akuity.io/project=true");
  await helm(`upgrade dockbell ${CHART} --namespace dockbell --reuse-values --set rbac.secretNamespaces={team}`);
  const { output } = await startInstalled({ test: t, cluster, namespace: "dockbell" });

  await apply(secret("team"), object("ProjectConfig", { name: "team", namespace: "team" }, receivers));

  await until(
    "get projectconfig team --namespace team --output jsonpath={.status.webhookReceivers[0].url}",
    /https/,
    output,
  );
  const may = async (namespace: string) =>
    (
      await cluster.attempt(
        "kubectl",
        `auth can-i list secrets --namespace ${namespace} --as system:serviceaccount:dockbell:dockbell`,
      )
    ).stdout;
  assert.deepEqual([await may("team"), await may("shop")], ["yes\n", "no\n"]);
});
