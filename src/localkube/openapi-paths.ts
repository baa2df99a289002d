// The paths of the OpenAPI documents: what may be done to each kind, and with which parameters. kubectl looks here for
// `fieldValidation` and `dryRun` before it sends them.
import { apiVersionOf } from "../resources/resource.ts";
import type { ServedKind } from "./kinds.ts";
import { componentName, reference } from "./openapi-components.ts";

type Operation = Readonly<Record<string, unknown>>;

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const WRITE = ["dryRun", "fieldManager", "fieldValidation"];
const LIST = [
  ...["allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion"],
  ...["resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch"],
];
const PARAMETER_TYPES: Readonly<Record<string, string>> = {
  allowWatchBookmarks: "boolean",
  limit: "integer",
  sendInitialEvents: "boolean",
  timeoutSeconds: "integer",
  watch: "boolean",
};
const PATCH_TYPES = ["application/json-patch+json", "application/merge-patch+json"];
const STRATEGIC = "application/strategic-merge-patch+json";

/** Path items by path, in the order of the paths. */
export function pathsOf(kinds: readonly ServedKind[]): Readonly<Record<string, unknown>> {
  const entries = kinds.flatMap((kind) => [...pathItemsOf(kind)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function* pathItemsOf(kind: ServedKind): Iterable<readonly [path: string, item: unknown]> {
  const { resource, hasStatus } = kind;
  const { group, plural, isNamespaced } = resource;
  const root = `/${group === "" ? "api" : "apis"}/${apiVersionOf(resource)}`;
  const collection = isNamespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const inPath = isNamespaced ? ["namespace"] : [];
  if (isNamespaced) yield [`${root}/${plural}`, item([], { get: listOperation(kind) })];
  yield [
    collection,
    item(inPath, { get: listOperation(kind), ...only(kind, "create", { post: createOperation(kind) }) }),
  ];
  yield [
    `${collection}/{name}`,
    item(["name", ...inPath], {
      get: operation(kind, { action: "get", query: ["resourceVersion"] }),
      ...only(kind, "update", {
        put: updateOperation(kind),
        patch: patchOperation(kind),
        delete: deleteOperation(kind),
      }),
    }),
  ];
  if (!hasStatus) return;
  yield [
    `${collection}/{name}/status`,
    item(["name", ...inPath], {
      get: operation(kind, { action: "get", query: ["resourceVersion"] }),
      put: updateOperation(kind),
      patch: patchOperation(kind),
    }),
  ];
}

function only({ verbs }: ServedKind, verb: string, operations: Operation): Operation {
  return verbs.includes(verb) ? operations : {};
}

function item(inPath: readonly string[], operations: Operation) {
  const parameters = inPath.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  return { ...operations, parameters };
}

function listOperation(kind: ServedKind): Operation {
  return operation(kind, { action: "list", query: LIST, returns: `${componentName(kind.resource)}List` });
}

function createOperation(kind: ServedKind): Operation {
  const body = { "*/*": componentName(kind.resource) };
  return operation(kind, { action: "post", query: WRITE, body, code: 201 });
}

function updateOperation(kind: ServedKind): Operation {
  return operation(kind, { action: "put", query: WRITE, body: { "*/*": componentName(kind.resource) } });
}

function patchOperation(kind: ServedKind): Operation {
  const types = kind.isCustom ? PATCH_TYPES : [...PATCH_TYPES, STRATEGIC];
  const body = Object.fromEntries(types.map((type) => [type, `${META}.Patch`]));
  return operation(kind, { action: "patch", query: WRITE, body });
}

function deleteOperation(kind: ServedKind): Operation {
  const query = ["dryRun", "propagationPolicy"];
  return operation(kind, {
    action: "delete",
    query,
    body: { "*/*": `${META}.DeleteOptions` },
    returns: `${META}.Status`,
  });
}

interface OperationParts {
  readonly action: string;
  readonly query: readonly string[];
  /** Names of components by media type. */
  readonly body?: Readonly<Record<string, string>>;
  /** Name of a component; the kind's when absent. */
  readonly returns?: string;
  readonly code?: number;
}

function operation({ resource }: ServedKind, { action, query, body, returns, code = 200 }: OperationParts): Operation {
  const { group, version, kind } = resource;
  const parameters = query.map((name) => ({
    name,
    in: "query",
    schema: { type: PARAMETER_TYPES[name] ?? "string", uniqueItems: true },
  }));
  const schema = reference(returns ?? componentName(resource));
  return {
    parameters,
    ...(body && {
      requestBody: {
        content: Object.fromEntries(Object.entries(body).map(([type, name]) => [type, { schema: reference(name) }])),
      },
    }),
    responses: { [code]: { description: "OK", content: { "application/json": { schema } } } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind },
  };
}
