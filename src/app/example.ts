// The example of `npm start`: a small registry with a few tags and the objects of the user's page, all on loopback.
// Only what is missing is made, so that a restart finds what the user changed.
import type { Random } from "../clock.ts";
import { KubeError } from "../errors.ts";
import type { Transport } from "../http/message.ts";
import type { KubeClient } from "../kube/client.ts";
import { pushChart } from "../localregistry/push-chart.ts";
import { pushImage } from "../localregistry/push-image.ts";
import { NAMESPACES, SECRETS } from "../resources/core.ts";
import { PROJECT_LABEL } from "../resources/kargo.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import { PROJECT_CONFIGS } from "../resources/project-config.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import { WAREHOUSES } from "../resources/warehouse.ts";

export const EXAMPLE_NAMESPACE = "kargo-demo";
export const EXAMPLE_REPOSITORY = "kargo-demo/app";
export const EXAMPLE_CHART = "kargo-demo/app-chart";
export const EXAMPLE_CONSTRAINT = "^1.0.0";
export const EXAMPLE_RECEIVER = "dh-wh-receiver";
const EXAMPLE_SECRET = "dh-wh-secret";
const FIRST_TAGS = ["1.0.0", "1.0.1", "1.1.0"];
const SECRET_BYTES = 24;

export async function fillRegistry(transport: Transport, origin: string, createdAt: string): Promise<void> {
  for (const tag of FIRST_TAGS) {
    await pushImage({ transport, origin, repository: EXAMPLE_REPOSITORY, tag, createdAt });
    await pushChart({ transport, origin, repository: EXAMPLE_CHART, tag, createdAt });
  }
}

/** `registryHost` is `127.0.0.1:<port>`. */
export async function createExample(client: KubeClient, random: Random, registryHost: string): Promise<void> {
  const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString("base64url");
  const inNamespace = (name: string) => ({ name, namespace: EXAMPLE_NAMESPACE });
  await createIfMissing(client, NAMESPACES, {
    metadata: { name: EXAMPLE_NAMESPACE, labels: { [PROJECT_LABEL]: "true" } },
  });
  await createIfMissing(client, SECRETS, {
    metadata: { ...inNamespace(EXAMPLE_SECRET), labels: { "kargo.akuity.io/cred-type": "generic" } },
    data: { secret: Buffer.from(secret).toString("base64") },
  });
  await createIfMissing(client, PROJECT_CONFIGS, {
    metadata: inNamespace(EXAMPLE_NAMESPACE),
    spec: { webhookReceivers: [{ name: EXAMPLE_RECEIVER, dockerhub: { secretRef: { name: EXAMPLE_SECRET } } }] },
  });
  await createIfMissing(client, WAREHOUSES, {
    metadata: inNamespace("app"),
    spec: {
      subscriptions: [{ image: { repoURL: `${registryHost}/${EXAMPLE_REPOSITORY}`, constraint: EXAMPLE_CONSTRAINT } }],
    },
  });
  await createIfMissing(client, WAREHOUSES, {
    metadata: inNamespace("app-chart"),
    spec: {
      subscriptions: [
        { chart: { repoURL: `oci://${registryHost}/${EXAMPLE_CHART}`, semverConstraint: EXAMPLE_CONSTRAINT } },
      ],
    },
  });
}

type Draft = Omit<KubeObject, "apiVersion" | "kind"> & Readonly<Record<string, unknown>>;

async function createIfMissing(client: KubeClient, resource: Resource, draft: Draft): Promise<void> {
  try {
    await client.create(resource, { apiVersion: apiVersionOf(resource), kind: resource.kind, ...draft });
  } catch (error) {
    if (!(error instanceof KubeError && error.reason === "AlreadyExists")) throw error;
  }
}
