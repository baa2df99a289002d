// Walks docs/beside-kargo.md on a real API server with Kargo's CRDs and account: installed, switched to, and taken back.
// Needs helm in PATH and Go, or the built server in its cache.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { WAREHOUSES } from "../../src/resources/warehouse.ts";
import { MAIN } from "../support/dockbell.ts";
import { type InstalledServe, startInstalled } from "../support/installed-serve.ts";
import { established, installForeignCrds, manifestOf, manifestsOf, useCluster } from "../support/installing.ts";
import { passProjectConfig, playWarehouses } from "../support/kargo-controllers.ts";
import { connectAsKargo, createProject, installKargo, kargoCrds } from "../support/kargo-installation.ts";
import { blocksOf, ROOT } from "../support/pages.ts";

const PAGE = "docs/beside-kargo.md";
const BASE_URL = "https://kargo.example.com/webhooks";
const PROJECT = "my-project";
/** Of a command: the page gives some of them twenty minutes. */
const DEADLINE_MS = 60_000;
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
function run(section: string): Promise<string> {
  const blocks = blocksOf(PAGE, section).filter(({ language }) => language === "shell");
  return runText(blocks.map(({ text }) => text).join("\n"));
}

/**
 * Those of a section that need what is not here: an Ingress before the installation, and a kubelet that runs a command
 * beside it. They run against the process itself.
 */
function runBeside(section: string, { url, directory }: InstalledServe): Promise<string> {
  const [block] = blocksOf(PAGE, section).filter(({ language }) => language === "");
  const text = block?.text
    .replace("~/.kube/config", cluster.kubeconfig)
    .replace(/^kubectl exec .*main\.js/, "dockbell");
  const commands = [
    `dockbell() { DOCKBELL_DATA_DIR="${directory}" "${process.execPath}" "${MAIN}" "$@"; }`,
    `curl() { command curl --silent "\${@/https:\\/\\/kargo.example.com/${url.replaceAll("/", "\\/")}}"; }`,
  ];
  return runText([...commands, text].join("\n"));
}

/** Kargo's controllers are played beside it. */
async function runText(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)("bash", ["-ec", script], {
    cwd: ROOT,
    env: cluster.env,
    timeout: DEADLINE_MS,
  });
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

test("it is installed as Kargo's account, refreshes what Docker Hub says was pushed, and finishes what it took", async (t) => {
  const { client, close } = connectAsKargo(cluster.kubeconfig);
  const stop = new AbortController();
  t.after(() => {
    stop.abort();
    close();
  });
  playWarehouses(client, stop.signal);
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

  const printed = await run("Installing it");
  const serving = await startInstalled({ test: t, cluster, namespace: "kargo" });
  const answer = await runBeside("The switch", serving);
  const drained = await runBeside("The way back", serving);

  assert.ok(printed.includes(BASE_URL));
  assert.equal(serving.user, "system:serviceaccount:kargo:kargo-external-webhooks-server");
  assert.match(
    answer,
    /^HTTP\/1\.1 200 OK\r\n(.*\r\n)*dockbell-delivery: .*\r\n(.*\r\n)*\{"msg":"refreshed 1 warehouse\(s\)"\}\n$/i,
  );
  assert.equal(drained, "dockbell-0 drained: no delivery is open, and no webhook is taken\n");
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

test("the way back leaves Kargo as it was, and the deliveries on their volume", async () => {
  const retention = "--output jsonpath={.spec.persistentVolumeClaimRetentionPolicy.whenDeleted}";
  const claims = await kubectl(`get statefulset dockbell --namespace kargo ${retention}`);

  await run("The way back");

  assert.equal(claims, "Retain");
  const kinds = "statefulsets,services,ingresses,httproutes,poddisruptionbudgets";
  assert.equal(await kubectl(`get ${kinds} --namespace kargo`), "");
  const warehouse = await kubectl(`get warehouse app --namespace ${PROJECT} --output yaml`);
  assert.ok(!warehouse.includes("dockbell.dev/pushes"));
  assert.match(await kubectl("get serviceaccounts --namespace kargo"), /kargo-external-webhooks-server/);
});
