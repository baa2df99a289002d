// Asks the API server what we may do (authorization.k8s.io/v1, SelfSubjectAccessReview): everybody may ask that.
import type { KubeObject } from "../resources/kube-object.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import type { KubeClient } from "./client.ts";

const ACCESS_REVIEWS: Resource = {
  group: "authorization.k8s.io",
  version: "v1",
  plural: "selfsubjectaccessreviews",
  kind: "SelfSubjectAccessReview",
  isNamespaced: false,
};

interface AccessReview extends KubeObject {
  readonly spec: {
    readonly resourceAttributes: { readonly verb: string; readonly group: string; readonly resource: string };
  };
  readonly status?: { readonly allowed?: boolean };
}

/** Those of `verbs` that we may not use on the kind in every namespace. Rejects when the API gives no answer. */
export async function lackingVerbs(
  client: KubeClient,
  { group, plural }: Resource,
  verbs: readonly string[],
): Promise<readonly string[]> {
  const reviewed = await Promise.all(
    verbs.map(async (verb) => {
      const review: AccessReview = {
        apiVersion: apiVersionOf(ACCESS_REVIEWS),
        kind: ACCESS_REVIEWS.kind,
        metadata: { name: "" },
        spec: { resourceAttributes: { verb, group, resource: plural } },
      };
      const { status } = await client.create(ACCESS_REVIEWS, review);
      return status?.allowed ? [] : [verb];
    }),
  );
  return reviewed.flat();
}
