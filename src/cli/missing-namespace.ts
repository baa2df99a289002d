// Whether a namespace that was asked for is not there, so that a list is not empty for a reason nobody sees.
import type { KubeClient } from "../kube/client.ts";
import { NAMESPACES } from "../resources/core.ts";
import type { Connection } from "./connection.ts";

/** Its name; undefined where it is there, none was asked for, or it cannot be known: it takes a right that users may lack. */
export async function missingNamespace(connection: Connection): Promise<string | undefined> {
  const { namespace } = connection;
  if (namespace === undefined) return undefined;
  const isThere = async (client: KubeClient) => (await client.get(NAMESPACES, { name: namespace })) !== undefined;
  try {
    return (await isThere(connection.client)) ? undefined : namespace;
  } catch {
    return undefined;
  }
}
