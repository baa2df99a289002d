// `get` in all its shapes.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { useBothApis } from "../support/both-apis.ts";
import { namespace, projectConfig, secret, warehouse } from "../support/manifests.ts";

const { same } = useBothApis();
const NS = "get-test";
/** With the label that Kargo's admission makes of the shard. */
const SHARDED = warehouse("w2", "interval: 7m0s\n  shard: west").replace(
  "app: demo",
  "app: demo, kargo.akuity.io/shard: west",
);

before(async () => {
  await same("create -f -", { input: namespace(NS) });
  await same(`create -n ${NS} -f -`, {
    input: `${secret("s1", "a")}${secret("s2", "b")}${projectConfig(NS)}${warehouse("w1")}${SHARDED}`,
  });
  const status = JSON.stringify({ status: { conditions: [condition("Ready", "True", "all is well")] } });
  await same(`patch projectconfig ${NS} -n ${NS} --subresource=status --type=merge -p`, { args: [status] });
});

function condition(type: string, status: string, message: string) {
  return { type, status, message, reason: "Synced", lastTransitionTime: "2026-11-24T22:00:00Z" };
}

for (const kind of ["secrets", "projectconfigs", "warehouses", "freights"]) {
  test(`${kind} are shown as a table, wide, by name, and as documents`, async () => {
    for (const output of ["", " -o wide", " -o name", " -o yaml", " -o json", " --no-headers", " --show-labels"]) {
      await same(`get ${kind} -n ${NS}${output}`);
    }
  });
}

test("cluster-scoped kinds are shown too", async () => {
  await same(`get namespace ${NS}`);
  await same(`get ns ${NS} -o yaml`);
  await same(`get ns -l kubernetes.io/metadata.name=${NS}`);
  await same("get projects");
  await same("get clusterconfig");
});

test("one object is shown in every format", async () => {
  for (const output of ["", " -o wide", " -o name", " -o yaml", " -o json"]) {
    await same(`get warehouse w1 -n ${NS}${output}`);
    await same(`get secret/s1 -n ${NS}${output}`);
  }
});

test("jsonpath, custom-columns and go-template pick fields", async () => {
  await same(`get warehouses -n ${NS} -o jsonpath={.items[*].spec.shard}`);
  await same(`get warehouses -n ${NS} -o custom-columns=NAME:.metadata.name,SHARD:.spec.shard,NONE:.spec.none`);
  await same(`get warehouse w1 -n ${NS} -o go-template={{.spec.interval}}`);
  await same(`get secret s1 -n ${NS} -o jsonpath={.data.secret}`);
});

test("several kinds, names and all namespaces go into one answer", async () => {
  await same(`get warehouses,secrets -n ${NS}`);
  await same(`get warehouse/w1 secret/s2 -n ${NS}`);
  await same("get warehouses -A -l app=demo -o wide", { only: linesOf(NS) });
  await same("get secrets -A -l app=demo", { only: linesOf(NS) });
  await same(`get warehouse w1 w2 nowhere -n ${NS}`);
});

test("selectors choose", async () => {
  for (const selector of ["app=demo", "app!=demo", "app", "!app", "app=none"]) {
    await same(`get warehouses -n ${NS} -l ${selector}`);
  }
  await same(`get warehouses -n ${NS} -l`, { args: ["app in (demo, other), app notin (none)"] });
  await same(`get warehouses -n ${NS} --field-selector metadata.name=w2`);
  await same(`get warehouses -n ${NS} --field-selector metadata.name!=w2,metadata.namespace=${NS}`);
  await same(`get warehouses -n ${NS} --field-selector spec.shard=west`);
  await same(`get secrets -n ${NS} --field-selector type=Opaque`);
  await same(`get secrets -n ${NS} --field-selector type!=Opaque`);
  await same(`get ns --field-selector status.phase=Active -l kubernetes.io/metadata.name=${NS}`);
  await same(`get warehouses -n ${NS} -l`, { args: ["app in (demo"] });
});

test("lists are sorted, paged and labelled as asked", async () => {
  await same(`get warehouses -n ${NS} --sort-by=.spec.shard`);
  await same(`get warehouses -n ${NS} --sort-by=.metadata.name -o name`);
  await same(`get warehouses -n ${NS} --chunk-size=1`);
  await same(`get warehouses -n ${NS} -L app`);
  await same(`get warehouses -n ${NS} --show-kind`);
});

test("what is not there is named", async () => {
  await same(`get warehouse nowhere -n ${NS}`);
  await same(`get warehouse nowhere -n ${NS} --ignore-not-found`);
  await same("get warehouses -n nowhere");
  await same("get warehouse w -n nowhere");
  await same("get gizmos");
  await same("get namespace nowhere");
});

test("get --watch shows what there is and then what changes", async () => {
  const { stdout } = await same(`get warehouses -n ${NS} --watch --output-watch-events`, { until: /w1[\s\S]*w2/ });
  await same(`get warehouses -n ${NS} --watch -o name`, { until: /w1[\s\S]*w2/ });
  await same(`get secret s1 -n ${NS} --watch`, { until: /s1.*\n/ });
  await same(`get warehouses -n ${NS} --watch-only --request-timeout=1s`);

  assert.match(stdout, /^EVENT {2,}NAME/);
});

function linesOf(namespaceName: string): (output: string) => string {
  return (output) => {
    const [header, ...lines] = output.split("\n");
    return [header, ...lines.filter((line) => line.startsWith(namespaceName))].join("\n");
  };
}
