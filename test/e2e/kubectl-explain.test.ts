// `explain`: what the OpenAPI documents say of each field.
import { describe, test } from "node:test";
import { useBothApis } from "../support/both-apis.ts";

const { same } = useBothApis();

/** Kubernetes' own kinds, and the frame of every kind, are described in other words than Kubernetes'. */
function withoutFrame(output: string): string {
  return output
    .split("\n")
    .filter((line) => !line.startsWith("    ") || /\t</.test(line))
    .join("\n");
}

describe("explain", () => {
  for (const kind of ["projects", "clusterconfigs", "projectconfigs", "warehouses", "freights"]) {
    test(`shows every field of ${kind}`, async () => {
      await same(`explain ${kind} --recursive`);
      await same(`explain ${kind}`, { only: withoutFrame });
    });
  }

  for (const kind of ["namespaces", "secrets", "events", "leases"]) {
    test(`shows every field of ${kind}`, async () => {
      await same(`explain ${kind} --recursive`, { only: withoutFrame });
      await same(`explain ${kind}`, { only: withoutFrame });
    });
  }

  test("describes a field by its path", async () => {
    await same("explain warehouse.spec");
    await same("explain warehouse.spec.interval");
    await same("explain warehouse.spec.subscriptions");
    await same("explain warehouse.status.conditions.status");
    await same("explain projectconfig.spec.webhookReceivers.dockerhub.secretRef");
    await same("explain warehouse.metadata.labels", { only: withoutFrame });
    await same("explain secret.data", { only: withoutFrame });
  });

  test("says that a field or a kind is not there", async () => {
    await same("explain warehouse.spec.none");
    await same("explain gizmo");
  });

  test("knows the version that is asked for", async () => {
    await same("explain warehouse.spec --api-version=kargo.akuity.io/v1alpha1");
    await same("explain warehouse --api-version=kargo.akuity.io/v9");
  });
});
