// `apply`, `create`, `replace` and `diff`: manifests in, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useBothApis } from "../support/both-apis.ts";
import { namespace, projectConfig, secret, warehouse } from "../support/manifests.ts";

const { same } = useBothApis();
const NS = "apply-test";
const UNKNOWN = "interval: 5m0s\n  shardd: east";
const ALL = `${namespace(NS)}${secret("dh-wh-secret", "s3cr3t")}${projectConfig(NS)}${warehouse("w")}`;

test("apply creates what is new, leaves what is the same, and configures what changed", async () => {
  const created = await same(`apply -n ${NS} -f -`, { input: ALL });
  const unchanged = await same(`apply -n ${NS} -f -`, { input: ALL });
  const configured = await same(`apply -n ${NS} -f -`, { input: warehouse("w", "interval: 7m0s") });

  assert.match(created.stdout, /warehouse.kargo.akuity.io\/w created/);
  assert.match(unchanged.stdout, /warehouse.kargo.akuity.io\/w unchanged/);
  assert.match(configured.stdout, /configured/);
  await same(`get warehouse w -n ${NS} -o yaml`);
});

test("apply takes away a field that the manifest no longer has", async () => {
  await same(`apply -n ${NS} -f -`, {
    input: secret("taken", "a").replace("labels: { app: demo }", "labels: { b: c }"),
  });
  await same(`apply -n ${NS} -f -`, { input: secret("taken", "a") });

  const { stdout } = await same(`get secret taken -n ${NS} -o jsonpath={.metadata.labels}`);

  assert.equal(stdout, '{"app":"demo"}');
});

test("apply refuses an unknown field by its path, when it creates and when it changes", async () => {
  const { stderr, code } = await same(`apply -n ${NS} -f -`, { input: warehouse("new", UNKNOWN) });
  await same(`apply -n ${NS} -f -`, { input: warehouse("w", UNKNOWN) });
  await same(`apply -n ${NS} -f -`, { input: secret("new", "x").replace("data:", "date:") });
  await same(`apply -n ${NS} -f -`, { input: secret("dh-wh-secret", "x").replace("data:", "date:") });

  assert.equal(code, 1);
  assert.match(stderr, /unknown field "spec.shardd"/);
});

test("apply refuses a value of the wrong type or form by its path", async () => {
  await same(`apply -n ${NS} -f -`, { input: warehouse("new", "interval: 5m0s\n  shard: 5") });
  await same(`apply -n ${NS} -f -`, { input: warehouse("w", "interval: 5m0s\n  shard: 5") });
  await same(`apply -n ${NS} -f -`, { input: warehouse("new").replace("interval: 5m0s", "interval: soon") });
  await same(`apply -n ${NS} -f -`, { input: warehouse("new").replace("Automatic", "Sometimes") });
  await same(`apply -n ${NS} -f -`, { input: secret("new", "x").replace("data: {", "data: { bad: '%', ") });
  await same(`apply -n ${NS} -f -`, { input: secret("Bad_Name", "x") });
});

test("without validation an unknown field is dropped, with a warning or without", async () => {
  await same(`apply -n ${NS} --validate=warn -f -`, { input: warehouse("warned", UNKNOWN) });
  await same(`apply -n ${NS} --validate=false -f -`, { input: warehouse("unwarned", UNKNOWN) });
  const { stdout } = await same(`get warehouse warned unwarned -n ${NS} -o jsonpath={.items[*].spec.shardd}`);

  assert.equal(stdout, "");
});

test("apply names a kind or a namespace that is not there", async () => {
  await same(`apply -n ${NS} -f -`, { input: "apiVersion: example.com/v1\nkind: Gizmo\nmetadata: { name: g }\n" });
  await same("apply -n nowhere -f -", { input: warehouse("w") });
  await same("apply -n other -f -", { input: warehouse("w").replace("name: w,", `name: w, namespace: ${NS},`) });
});

test("a dry run of the server changes nothing", async () => {
  await same(`apply -n ${NS} --dry-run=server -f -`, { input: warehouse("w", "interval: 8m0s") });
  await same(`apply -n ${NS} --dry-run=server -f -`, { input: warehouse("dry") });
  await same("create namespace dry --dry-run=server");
  await same(`get warehouse w dry -n ${NS} -o jsonpath={.items[*].spec.interval}`);
});

test("apply --server-side is refused in clear words", async () => {
  await same(`apply -n ${NS} --server-side -f -`, { input: warehouse("w") });
});

test("a CustomResourceDefinition is refused in clear words", async () => {
  const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gizmos.example.com }
spec:
  group: example.com
  scope: Cluster
  names: { kind: Gizmo, plural: gizmos }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }
`;
  await same("create --dry-run=server -f -", { input: crd });
});

test("create makes namespaces and Secrets, once", async () => {
  await same("create namespace created-ns");
  await same("create namespace created-ns");
  await same(`create secret generic created -n ${NS} --from-literal=a=b --from-literal=c=d`);
  await same(`create secret generic created -n ${NS} --from-literal=a=b`);
  await same(`create secret generic created -n nowhere --from-literal=a=b`);
  await same(
    `create secret docker-registry pull -n ${NS} --docker-server=localhost:5000 --docker-username=u --docker-password=p`,
  );
  await same(`create -n ${NS} -f -`, { input: warehouse("w") });
  await same(`create secret generic Bad_Name -n ${NS}`);

  const { stdout } = await same(`get secret created -n ${NS} -o jsonpath={.data}`);

  assert.deepEqual(JSON.parse(stdout), { a: "Yg==", c: "ZA==" });
});

test("replace writes the whole object", async () => {
  await same(`replace -n ${NS} -f -`, { input: warehouse("w", "interval: 9m0s") });
  await same(`replace -n ${NS} -f -`, { input: secret("dh-wh-secret", "other") });
  await same(`replace -n ${NS} -f -`, { input: warehouse("nowhere") });
  await same(`replace -n ${NS} -f -`, { input: warehouse("w", UNKNOWN) });
  await same(`replace -n ${NS} -f -`, { input: warehouse("w").replace("name: w,", 'name: w, resourceVersion: "1",') });
  await same(`replace -n ${NS} --force -f -`, { input: warehouse("w", "interval: 10m0s") });
  await same(`get warehouse w -n ${NS} -o yaml`);
});

test("diff shows what apply would change", async () => {
  const { code } = await same(`diff -n ${NS} -f -`, { input: warehouse("w", "interval: 11m0s") });
  await same(`diff -n ${NS} -f -`, { input: warehouse("diff-new") });
  await same(`diff -n ${NS} -f -`, { input: secret("dh-wh-secret", "diffed") });

  assert.equal(code, 1);
});
