// The image, built from deploy/Dockerfile without a container runtime, run as the kubelet runs the chart's pod. Needs helm
// in PATH and Go, or the built server in its cache.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { freePort } from "../../src/app/data-directory.ts";
import { CHART, established, useCluster } from "../support/installing.ts";
import { buildImage, type Image, sizeOf } from "../support/played-image.ts";
import { becomesReady, cannotPlay, startPod } from "../support/played-pod.ts";

const MAX_IMAGE_BYTES = 160 * 1024 ** 2;
const cluster = await useCluster();
const { helm, directory } = cluster;
const folder = join(directory, "image");
let image: Image;
before(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  image = buildImage(folder);
});

test("the image holds Node, the product and what it depends on, and nothing to develop it with", () => {
  const app = join(image.root, "app");

  assert.deepEqual(readdirSync(join(image.root, "usr", "local", "bin")), ["node"]);
  assert.deepEqual(readdirSync(app).toSorted(), ["dist", "node_modules", "package.json"]);
  assert.ok(!existsSync(join(app, "node_modules", "typescript")));
  assert.ok(sizeOf(join(image.root, "app")) + sizeOf(join(image.root, "usr")) < MAX_IMAGE_BYTES);
  assert.equal(image.user, "65532:65532");
});

describe("the chart's pod", { skip: cannotPlay() ?? false }, () => {
  test("starts on a read-only root as nobody, becomes ready, and ends when it is told to", async () => {
    await helm(`install pod-dockbell ${CHART} --namespace pod --create-namespace ${await values()}`);
    await established(cluster, "crd warehouses.kargo.akuity.io");
    const pod = await startPod({ cluster, image, namespace: "pod", statefulSet: "pod-dockbell", directory: folder });

    await becomesReady(pod);
    const probes = [await pod.probe("startupProbe"), await pod.probe("livenessProbe")];
    const code = await pod.stop();

    assert.deepEqual(probes, [200, 200]);
    assert.equal(code, 0, pod.output());
    assert.match(pod.output(), /receiver, projectconfig, warehouse/);
    assert.ok(readdirSync(join(folder, "volumes", "data", "data")).includes("deliveries.db"));
  });
});

/** On ports that are free here; a pod has its own. */
async function values(): Promise<string> {
  const listen = `--set env[0].name=DOCKBELL_LISTEN --set env[0].value=127.0.0.1:${await freePort()}`;
  const admin = `--set env[1].name=DOCKBELL_ADMIN_LISTEN --set env[1].value=127.0.0.1:${await freePort()}`;
  return `--set config.baseURL=https://dockbell.example.com --set config.shutdownDelay=0s ${listen} ${admin}`;
}
