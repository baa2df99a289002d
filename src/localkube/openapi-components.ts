// The schemas of the OpenAPI documents: those of `resources/kinds`, with the parts that a real API server names taken
// out and referred to, because kubectl explain prints the names and strategic merge patches look at them.
import type { Resource } from "../resources/resource.ts";
import type { Schema } from "../resources/schema.ts";
import type { ServedKind } from "./kinds.ts";

/** A schema as OpenAPI 3.0 has it. */
type Published = Readonly<Record<string, unknown>>;

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const META_PARTS: Readonly<Record<string, string>> = {
  ".metadata": `${META}.ObjectMeta`,
  ".metadata.managedFields[]": `${META}.ManagedFieldsEntry`,
  ".metadata.managedFields[].fieldsV1": `${META}.FieldsV1`,
  ".metadata.ownerReferences[]": `${META}.OwnerReference`,
};

/** Named parts of built-in kinds; a custom kind's schema is one piece. */
const BUILT_IN_PARTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Namespace: {
    ".spec": "NamespaceSpec",
    ".status": "NamespaceStatus",
    ".status.conditions[]": "NamespaceCondition",
  },
  Event: {
    ".involvedObject": "ObjectReference",
    ".related": "ObjectReference",
    ".series": "EventSeries",
    ".source": "EventSource",
  },
  Lease: { ".spec": "LeaseSpec" },
};

/** What the operations name beside the kinds. */
const COMMON: Readonly<Record<string, Published>> = {
  [`${META}.Patch`]: { type: "object", description: "A patch; its Content-Type says of which sort." },
  [`${META}.DeleteOptions`]: {
    type: "object",
    description: "How to delete.",
    properties: {
      dryRun: { type: "array", items: { type: "string" }, description: "All: do everything but the deletion." },
      propagationPolicy: { type: "string", description: "Background, Foreground or Orphan." },
      preconditions: {
        type: "object",
        description: "What must hold for the object to be deleted.",
        properties: { uid: { type: "string" }, resourceVersion: { type: "string" } },
      },
    },
  },
  [`${META}.Status`]: {
    type: "object",
    description: "The outcome of a request that returns no object.",
    properties: {
      status: { type: "string", description: "Success or Failure." },
      reason: { type: "string", description: "Why, in one word." },
      message: { type: "string", description: "Why, for people." },
      code: { type: "integer", format: "int32", description: "The HTTP status code." },
    },
  },
  [`${META}.ListMeta`]: {
    type: "object",
    description: "What a list says of itself.",
    properties: {
      continue: { type: "string", description: "Asks for the next page." },
      remainingItemCount: { type: "integer", format: "int64", description: "How many objects come after this page." },
      resourceVersion: { type: "string", description: "Where a watch of this list goes on." },
    },
  },
};

/** The components of a document on these kinds, by name. */
export function componentsOf(kinds: readonly ServedKind[]): Readonly<Record<string, Published>> {
  const components: Record<string, Published> = { ...COMMON };
  for (const kind of kinds) {
    const name = componentName(kind.resource);
    const { group, version, kind: kindName } = kind.resource;
    const gvk = (suffix: string) => ({
      "x-kubernetes-group-version-kind": [{ group, kind: `${kindName}${suffix}`, version }],
    });
    components[name] = { ...publisherOf(kind, components)(kind.schema, ""), ...gvk("") };
    components[`${name}List`] = { ...listSchema(name), ...gvk("List") };
  }
  return Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function reference(name: string): Published {
  return { $ref: `#/components/schemas/${name}` };
}

/** `io.k8s.api.core.v1.Secret`, `io.akuity.kargo.v1alpha1.Warehouse`. */
export function componentName({ kind, ...resource }: Resource): string {
  return `${packageName(resource)}.${kind}`;
}

function packageName({ group, version }: Omit<Resource, "kind">): string {
  if (group === "" || group.endsWith(".k8s.io")) return `io.k8s.api.${group.split(".")[0] || "core"}.${version}`;
  return `${group.split(".").reverse().join(".")}.${version}`;
}

function listSchema(name: string): Published {
  return {
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { allOf: [reference(`${META}.ListMeta`)] },
      items: { type: "array", items: { allOf: [reference(name)] } },
    },
  };
}

/** Publishes a schema found at a path; named parts go to `components`. */
function publisherOf({ resource, isCustom }: ServedKind, components: Record<string, Published>) {
  const named = Object.entries(isCustom ? {} : (BUILT_IN_PARTS[resource.kind] ?? {})).map(
    ([path, name]) => [path, `${packageName(resource)}.${name}`] as const,
  );
  const parts: Readonly<Record<string, string>> = { ...META_PARTS, ...Object.fromEntries(named) };

  const part = (schema: Schema, path: string): Published => {
    const name = parts[path];
    if (name === undefined) return publish(schema, path);
    // kubectl explain prints the description of a field and then that of its type: ours are one.
    const { description, ...anonymous } = schema;
    const isItem = path.endsWith("[]");
    components[name] ??= publish(isItem ? schema : anonymous, path);
    return { ...(!isItem && { description }), allOf: [reference(name)] };
  };

  const publish = (schema: Schema, path: string): Published => {
    const { properties, items, additionalProperties, ...rest } = schema;
    return {
      ...rest,
      ...(!isCustom || path.startsWith(".metadata") ? mergeKeysOf(schema) : {}),
      ...(properties && {
        properties: Object.fromEntries(
          Object.entries(properties).map(([key, field]) => [key, part(field, `${path}.${key}`)]),
        ),
      }),
      ...(items && { items: part(items, `${path}[]`) }),
      ...(additionalProperties && { additionalProperties: part(additionalProperties, `${path}{}`) }),
    };
  };

  return publish;
}

/** How strategic merge patches merge a list. */
function mergeKeysOf(schema: Schema): Published {
  const [key] = schema["x-kubernetes-list-map-keys"] ?? [];
  if (key !== undefined) return { "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": key };
  return schema["x-kubernetes-list-type"] === "set" ? { "x-kubernetes-patch-strategy": "merge" } : {};
}
