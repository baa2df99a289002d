// Whether an object is gone. A 404 alone does not say so: a proxy answers one, and so does an API server whose kind is
// not served for a moment.
import { KubeError } from "../errors.ts";
import type { Resource } from "../resources/resource.ts";
import type { KubeClient } from "./client.ts";
import type { ObjectKey } from "./paths.ts";

/** True where what failed names the object as not found, and a GET finds none either. Throws what that GET throws. */
export async function isDeleted(
  error: unknown,
  { client, resource, key }: { client: KubeClient; resource: Resource; key: ObjectKey },
): Promise<boolean> {
  const isNamed = error instanceof KubeError && error.reason === "NotFound" && error.objectName === key.name;
  return isNamed && (await client.get(resource, key)) === undefined;
}
