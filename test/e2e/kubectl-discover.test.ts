// What kubectl learns of the API itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useBothApis } from "../support/both-apis.ts";

const { same } = useBothApis();

/** A real API server has many more kinds. */
function linesWith(words: RegExp): (output: string) => string {
  return (output) =>
    output
      .split("\n")
      .filter((line) => words.test(line))
      .join("\n");
}

/** The order of custom kinds is that in which their definitions were made. */
function sortedResources(json: string): string {
  if (!json.startsWith("{")) return json;
  const list = JSON.parse(json) as { readonly resources: readonly { readonly name: string }[] };
  const resources = [...list.resources].sort((a, b) => (a.name < b.name ? -1 : 1));
  return JSON.stringify({ ...list, resources }, null, 2);
}

test("api-resources lists kinds, short names and verbs", async () => {
  await same("api-resources --api-group=kargo.akuity.io -o wide");
  await same("api-resources --api-group=coordination.k8s.io -o wide");
  await same("api-resources --api-group= -o wide", { only: linesWith(/^(namespaces|secrets|events) /m) });
  await same("api-resources --namespaced=false --api-group=kargo.akuity.io -o name");
  await same("api-resources --categories=all --api-group=kargo.akuity.io");
});

test("api-versions lists group versions", async () => {
  const { stdout } = await same("api-versions", { only: linesWith(/^(v1|kargo.*|coordination.*|auth.*)$/m) });

  assert.match(stdout, /kargo\.akuity\.io\/v1alpha1/);
});

test("auth can-i answers for the administrator", async () => {
  await same("auth can-i create secrets");
  await same("auth can-i delete warehouses.kargo.akuity.io -n demo");
  await same("auth can-i get secrets/s --subresource=status -q");
  await same("auth can-i get /healthz");
  await same("auth can-i * *");
  await same("auth can-i get gizmos");
  await same("auth can-i --list");
  await same("auth can-i --list -n demo");
});

test("auth whoami names the administrator", async () => {
  await same("auth whoami");
  await same("auth whoami -o json");
});

test("version and cluster-info tell what answers", async () => {
  await same("version");
  await same("version -o json");
  await same("cluster-info");
  await same("get --raw /readyz");
  await same("get --raw /apis/kargo.akuity.io/v1alpha1", { only: sortedResources });
  await same("get --raw /apis/kargo.akuity.io");
  await same("get --raw /nowhere");
});

test("the definitions of Kargo's kinds can be waited for and read", async () => {
  await same("get crd");
  await same("wait crd --all --for=condition=Established --timeout=5s");
  await same("get customresourcedefinition warehouses.kargo.akuity.io -o jsonpath={.spec.names}");
});
