// Asks an API server what somebody may do, for every resource that it has.
import { connectTo, findClusterAccess } from "../../src/app/cluster.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import type { KubeObject } from "../../src/resources/kube-object.ts";
import { apiVersionOf, type Resource } from "../../src/resources/resource.ts";
import type { Cluster } from "./installing.ts";

const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const SIDE_BY_SIDE = 16;
const REVIEWS: Resource = {
  group: "authorization.k8s.io",
  version: "v1",
  plural: "subjectaccessreviews",
  kind: "SubjectAccessReview",
  isNamespaced: false,
};

interface Asked {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
}

/** `patch warehouses/status`, without names, in a namespace; sorted. */
export async function mayDo(cluster: Cluster, user: string, namespace: string): Promise<readonly string[]> {
  const access = findClusterAccess({ env: {}, kubeconfig: cluster.kubeconfig });
  const { client, close } = connectTo(access, { env: {}, userAgent: "test", log: () => {} });
  const queue = (await resourcesOf(cluster)).flatMap((one) => VERBS.map((verb) => ({ ...one, verb })));
  const allowed: string[] = [];
  const work = async () => {
    for (let asked = queue.pop(); asked; asked = queue.pop()) {
      const { verb, resource, subresource } = asked;
      if (await isAllowed(client, { user, namespace, asked }))
        allowed.push(`${verb} ${resource}${subresource === "" ? "" : `/${subresource}`}`);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work)).finally(close);
  return allowed.toSorted();
}

interface Discovered {
  readonly groups?: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
  readonly resources?: readonly { readonly name: string }[];
}

/** All that the server has, subresources included. */
async function resourcesOf({ kubectl }: Cluster): Promise<readonly Omit<Asked, "verb">[]> {
  const read = async (path: string) => JSON.parse(await kubectl(`get --raw ${path}`)) as Discovered;
  const { groups = [] } = await read("/apis");
  const versions = ["v1", ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const lists = versions.map(async (version) => {
    const group = version.includes("/") ? (version.split("/")[0] ?? "") : "";
    const { resources = [] } = await read(group === "" ? `/api/${version}` : `/apis/${version}`);
    return resources.map(({ name }) => {
      const [resource = "", ...rest] = name.split("/");
      return { group, resource, subresource: rest.join("/") };
    });
  });
  return (await Promise.all(lists)).flat();
}

/** Where somebody may do something in a namespace, the groups of the service accounts count as well. */
async function isAllowed(
  client: KubeClient,
  { user, namespace, asked }: { readonly user: string; readonly namespace: string; readonly asked: Asked },
): Promise<boolean> {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${user.split(":")[2]}`, "system:authenticated"];
  const review = {
    apiVersion: apiVersionOf(REVIEWS),
    kind: REVIEWS.kind,
    metadata: { name: "" },
    spec: { user, groups, resourceAttributes: { namespace, ...asked } },
  };
  const { status } = await client.create<KubeObject & { status?: { allowed?: boolean } }>(REVIEWS, review);
  return status?.allowed ?? false;
}
