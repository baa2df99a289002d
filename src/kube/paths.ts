// Where a kind and its objects stand in a Kubernetes API.
import type { Resource } from "../resources/resource.ts";

/** Names one object; `namespace` is ignored for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Of every namespace when none is given. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.isNamespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${scope}/${resource.plural}`;
}

/** Throws `TypeError` for a key without a name: its path would be the collection's. */
export function objectPath(resource: Resource, { namespace, name }: ObjectKey): string {
  if (name === "") throw new TypeError(`a ${resource.kind} is asked for without its name`);
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

/** `?a=b`, or nothing; what is undefined or empty is left out. */
export function queryText(query: Readonly<Record<string, string | number | undefined>>): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== "") given.set(key, String(value));
  return given.size === 0 ? "" : `?${given}`;
}
