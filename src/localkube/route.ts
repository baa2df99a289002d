// Which kind, namespace and object a path of the API names.
import { apiVersionOf } from "../resources/resource.ts";
import { SERVED_KINDS, type ServedKind } from "./kinds.ts";

export interface ResourceRoute {
  readonly kind: ServedKind;
  readonly namespace: string | undefined;
  /** Undefined for the collection. */
  readonly name: string | undefined;
  readonly isStatus: boolean;
}

/** Undefined where nothing is served. */
export function routeOf(path: string): ResourceRoute | undefined {
  const match = /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)(?<rest>\/.*?)\/?$/.exec(path);
  const { group = "", version = "", rest = "" } = match?.groups ?? {};
  const segments = rest.split("/").slice(1).map(decodeURIComponent);
  const isScoped = segments[0] === "namespaces" && segments.length > 2 && segments[2] !== "status";
  const namespace = isScoped ? segments[1] : undefined;
  const [plural, name, subresource, ...more] = isScoped ? segments.slice(2) : segments;
  const kind = SERVED_KINDS.find(
    ({ resource }) =>
      resource.plural === plural && apiVersionOf(resource) === (group === "" ? version : `${group}/${version}`),
  );
  const isStatus = subresource === "status" && kind?.hasStatus === true;
  if (!kind || more.length > 0 || (subresource !== undefined && !isStatus)) return undefined;
  if (kind.resource.isNamespaced && namespace === undefined && name !== undefined) return undefined;
  return { kind, namespace, name, isStatus };
}
