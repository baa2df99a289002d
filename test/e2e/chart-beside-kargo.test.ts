// Walks docs/beside-kargo.md on a real API server with Kargo's CRDs and account: installed, switched to, and taken back.
// Needs helm in PATH and Go, or the built server in its cache.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, test } from "node:test";
import { WAREHOUSES } from "../../src/resources/warehouse.ts";
import { startInstalled } from "../support/installed-serve.ts";
import { established, installForeignCrds, manifestOf, manifestsOf, useCluster } from "../support/installing.ts";
import { passProjectConfig } from "../support/kargo-controllers.ts";
import { connectAsKargo, createProject, installKargo, kargoCrds } from "../support/kargo-installation.ts";
import { blocksOf, ROOT } from "../support/pages.ts";
import { payload } from "../support/receiving.ts";

const PAGE = "docs/beside-kargo.md";
const BASE_URL = "https://kargo.example.com/webhooks";
const PROJECT = "my-project";
const cluster = await useCluster();
const { kubectl, attempt } = cluster;
const runner = {
  run: (args: readonly string[], { input = "" } = {}) => attempt("kubectl", args.join(" "), input),
};

before(async () => {
  await installForeignCrds(cluster);
  await kubectl(`create --filename ${kargoCrds()}`);
  await established(cluster, `--filename ${kargoCrds()}`);
  await installKargo(runner, cluster.kubeconfig);
  const server = "kargo-external-webhooks-server";
  await kubectl(
    `create configmap ${server} --namespace kargo --from-literal=EXTERNAL_WEBHOOK_SERVER_BASE_URL=${BASE_URL}`,
  );
});

/** Runs the commands of a section; returns what they printed. */
function run(section: string): string {
  const script = blocksOf(PAGE, section)
    .filter(({ language }) => language === "shell")
    .map(({ text }) => text)
    .join("\n");
  const { status, stdout, stderr } = spawnSync("sh", ["-ec", script], {
    cwd: ROOT,
    env: cluster.env,
    encoding: "utf8",
  });
  assert.equal(status, 0, `${script}${stdout}${stderr}`);
  return stdout;
}

/** What the chart makes to send webhooks here, with further values. */
async function rendered(values: string): Promise<object> {
  const files = "--values deploy/chart/values-beside-kargo.yaml";
  const text = await cluster.helm(
    `template dockbell deploy/chart --kube-version 1.36.0 --namespace kargo ${files} --set config.baseURL=${BASE_URL} ${values}`,
  );
  const made = manifestsOf(text).find(({ kind }) => kind === "Ingress" || kind === "HTTPRoute");
  return made?.["spec"] as object;
}

test("it is installed as Kargo's account, and refreshes what Docker Hub says was pushed", async (t) => {
  const { client, close } = connectAsKargo(cluster.kubeconfig);
  t.after(close);
  await createProject(runner, PROJECT);
  await kubectl("apply --filename -", blocksOf("docs/receiver.md")[0]?.text);
  await passProjectConfig(client, PROJECT, BASE_URL);
  const subscriptions = [{ image: { repoURL: "example/app" } }];
  await kubectl(
    "create --filename -",
    JSON.stringify({
      apiVersion: "kargo.akuity.io/v1alpha1",
      kind: "Warehouse",
      metadata: { namespace: PROJECT, name: "app" },
      spec: { interval: "5m0s", subscriptions },
    }),
  );

  const printed = run("Installing it");
  const serving = await startInstalled({ test: t, cluster, namespace: "kargo" });
  const url = "jsonpath={.status.webhookReceivers[0].path}";
  const path = await kubectl(`get projectconfig ${PROJECT} --namespace ${PROJECT} --output ${url}`);
  const answer = await fetch(serving.url + path, { method: "POST", body: payload("example/app", "1.2.3") });

  assert.ok(printed.includes(BASE_URL));
  assert.equal(serving.user, "system:serviceaccount:kargo:kargo-external-webhooks-server");
  assert.deepEqual([answer.status, await answer.text()], [200, '{"msg":"refreshed 1 warehouse(s)"}\n']);
  assert.ok(answer.headers.has("dockbell-delivery"));
  const warehouse = await client.get(WAREHOUSES, { namespace: PROJECT, name: "app" });
  assert.ok(warehouse?.metadata.annotations?.["dockbell.dev/pushes.dockbell-0"]);
});

test("the rules that switch to it are accepted, and are those that the chart makes", async () => {
  const [ingress, httpRoute] = blocksOf(PAGE, "The switch").filter(({ language }) => language === "yaml");

  for (const rule of [ingress, httpRoute]) await kubectl("apply --validate=strict --filename -", rule?.text);

  const tls = "--set ingress.className=nginx --set ingress.tlsSecret=kargo-api-ingress-cert";
  const gateway = "--set httpRoute.parentRefs[0].name=public,httpRoute.parentRefs[0].namespace=gateways";
  assert.deepEqual(manifestOf(ingress?.text ?? "")["spec"], await rendered(`--set ingress.enabled=true ${tls}`));
  assert.deepEqual(
    manifestOf(httpRoute?.text ?? "")["spec"],
    await rendered(`--set httpRoute.enabled=true ${gateway}`),
  );
});

test("the way back leaves Kargo as it was", async () => {
  run("The way back");

  const kinds = "statefulsets,services,ingresses,httproutes,poddisruptionbudgets";
  assert.equal(await kubectl(`get ${kinds} --namespace kargo`), "");
  const warehouse = await kubectl(`get warehouse app --namespace ${PROJECT} --output yaml`);
  assert.ok(!warehouse.includes("dockbell.dev/pushes"));
  assert.match(await kubectl("get serviceaccounts --namespace kargo"), /kargo-external-webhooks-server/);
});
