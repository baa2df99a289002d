// deploy/kustomize and the chart make the same objects, and kubectl applies them. Needs helm in PATH and Go, or the built
// server in its cache.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { CHART, installForeignCrds, type Manifest, manifestsOf, useCluster } from "../support/installing.ts";

const cluster = await useCluster();
const { kubectl, helm, attempt } = cluster;
before(async () => {
  await installForeignCrds(cluster);
  await attempt("kubectl", "create namespace dockbell");
});

const TEMPLATE = `template dockbell ${CHART} --namespace dockbell --kube-version 1.36.0`;
const TOKEN = "--set admin.existingSecret=dockbell-admin";
const ALONE = `${TOKEN} --set config.baseURL=https://dockbell.example.com`;

/** By kind and name, without what each of the two tools writes of itself. */
function comparable(text: string): Readonly<Record<string, unknown>> {
  const plain = text
    // kustomize ends the name of a ConfigMap with a hash of what it holds; helm's pods have a checksum of it.
    .replace(/(name: dockbell)-[0-9a-z]{10}$/gm, "$1")
    .replace(
      /^ +(checksum\/config|app\.kubernetes\.io\/managed-by|helm\.sh\/chart|helm\.sh\/resource-policy): .*\n/gm,
      "",
    );
  return Object.fromEntries(manifestsOf(plain).map((one) => [`${one.kind} ${one.metadata.name}`, withoutEmpty(one)]));
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Manifest).filter(([key, one]) => one !== null || key !== "annotations");
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutConfigSpacing(key, withoutEmpty(one))]));
}

/** The two indent lists differently. */
function withoutConfigSpacing(key: string, value: unknown): unknown {
  return key === "dockbell.yaml" && typeof value === "string" ? manifestsOf(value) : value;
}

async function kustomized(folder: string): Promise<Readonly<Record<string, unknown>>> {
  return comparable(await kubectl(`kustomize deploy/kustomize/${folder}`));
}

test("alone both make the same objects", async () => {
  const made = { ...(await kustomized("")), ...(await kustomized("crds")) };

  assert.deepEqual(made, comparable(await helm(`${TEMPLATE} ${ALONE}`)));
});

test("beside Kargo both make the same objects", async () => {
  const values = `${TOKEN} --values ${CHART}/values-beside-kargo.yaml --set config.baseURL=https://kargo.example.com/webhooks`;

  const made = await kustomized("beside-kargo");

  assert.deepEqual(
    made,
    comparable(await helm(`${TEMPLATE.replace("--namespace dockbell", "--namespace kargo")} ${values}`)),
  );
});

const OPTIONAL = {
  ingress: "--set ingress.enabled=true --set ingress.tlsSecret=dockbell-tls",
  "http-route":
    "--set httpRoute.enabled=true --set httpRoute.parentRefs[0].name=public --set httpRoute.parentRefs[0].namespace=gateways",
  "network-policy": "--set networkPolicy.enabled=true",
  "service-monitor": "--set serviceMonitor.enabled=true",
};
for (const [component, values] of Object.entries(OPTIONAL)) {
  test(`the component ${component} makes the object that the chart's value makes`, async () => {
    const base = comparable(await helm(`${TEMPLATE} ${ALONE}`));
    const rendered = Object.entries(comparable(await helm(`${TEMPLATE} ${ALONE} ${values}`)));

    const made = await kustomized(component);

    assert.deepEqual(
      Object.values(made).map(bare),
      rendered.filter(([name]) => !(name in base)).map(([, manifest]) => bare(manifest)),
    );
  });
}

/** Whoever uses a component sets namespace and labels for all that they use. */
function bare(manifest: unknown): unknown {
  const { metadata, ...rest } = manifest as Manifest;
  return { ...rest, name: metadata.name };
}

test("kubectl applies everything, knows every field, and finds nothing to change the second time", async () => {
  await kubectl("apply --server-side --force-conflicts --validate=strict --kustomize deploy/kustomize/crds");
  for (const folder of ["", ...Object.keys(OPTIONAL)])
    await kubectl(`apply --validate=strict --namespace dockbell --kustomize deploy/kustomize/${folder}`);
  const before = await versions();

  await kubectl("apply --kustomize deploy/kustomize");

  assert.match(before, /StatefulSet\/dockbell \d+/);
  assert.equal(await versions(), before);
});

/** Kind, name and resourceVersion of all that has our label. */
function versions(): Promise<string> {
  const kinds =
    "all,configmaps,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,poddisruptionbudgets";
  const template = '{range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}';
  return kubectl(
    `get ${kinds} --namespace dockbell --selector app.kubernetes.io/part-of=dockbell -o 'jsonpath=${template}'`,
  );
}
