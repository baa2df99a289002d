// What the server sets in an object's metadata, what it keeps whatever is sent, and what it refuses to change:
// kube-apiserver.md, (a) section 10 and (c) 4 and 5.
import type { Random } from "../clock.ts";
import { NAMESPACES } from "../resources/core.ts";
import type { Resource } from "../resources/resource.ts";
import type { StoredObject } from "./store.ts";

type Metadata = StoredObject["metadata"];
type Violation = readonly [field: string, text: string];

const NAME_LABEL = "kubernetes.io/metadata.name";
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const MAX_GENERATED_BASE = 58;

/** Of an object to be created: what the client may say, and what only the server may. */
export function createdMetadata(
  resource: Resource,
  given: Partial<Metadata>,
  own: {
    readonly namespace: string | undefined;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly name: string;
    readonly generation: number | undefined;
  },
): Metadata {
  const { labels, annotations, finalizers, ownerReferences, generateName } = withoutEmpty(given);
  return {
    ...own,
    ...{ generateName: generateName || undefined, annotations, finalizers, ownerReferences },
    labels: forcedLabels(resource, own.name, labels),
  } as Metadata;
}

/** Of an object to be replaced: the server's own fields as they were. */
export function keptMetadata(resource: Resource, given: Metadata, current: Metadata): Metadata {
  const { labels, annotations, finalizers, ownerReferences } = withoutEmpty(given);
  return {
    ...current,
    ...{ annotations, finalizers, ownerReferences },
    labels: forcedLabels(resource, current.name, labels),
  } as Metadata;
}

/** Empty maps and lists of metadata are not kept. */
function withoutEmpty<T extends object>(given: T): T {
  const isEmpty = (value: unknown) => typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => !isEmpty(value))) as T;
}

function forcedLabels(resource: Resource, name: string, labels: Metadata["labels"]): Metadata["labels"] {
  return resource === NAMESPACES ? { ...labels, [NAME_LABEL]: name } : labels;
}

/** What of `given` may not be different from `current`; an absent field keeps its value and is no change. */
export function immutableViolations(given: Metadata, current: Metadata): readonly Violation[] {
  const fixed = ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const;
  const changed = fixed.filter(
    (field) => given[field] !== undefined && given[field] !== null && given[field] !== current[field],
  );
  const violations: Violation[] = changed.map((field) => [
    `metadata.${field}`,
    `Invalid value: ${JSON.stringify(given[field])}: field is immutable`,
  ]);
  const added = (given.finalizers ?? []).filter((finalizer) => !current.finalizers?.includes(finalizer));
  if (current.deletionTimestamp && added.length > 0) {
    const names = `[]string{${added.map((name) => JSON.stringify(name)).join(", ")}}`;
    const text = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${names}`;
    violations.push(["metadata.finalizers", text]);
  }
  return violations;
}

/** Empty where there is no base. */
export function generatedName(base: string | undefined, random: Random): string {
  if (!base) return "";
  const suffix = Array.from(random.bytes(5), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return base.slice(0, MAX_GENERATED_BASE) + suffix;
}

/** A random UUID (version 4). */
export function newUid(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
