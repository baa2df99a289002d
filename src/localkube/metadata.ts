// What the server sets in an object's metadata, what it keeps whatever is sent, and what it refuses to change.
// Held to a real server by test/contract/kube-update.
import type { Random } from "../clock.ts";
import { NAMESPACES } from "../resources/core.ts";
import type { Resource } from "../resources/resource.ts";
import { invalidValue, type Violation } from "../resources/violation.ts";
import { forbidden } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

type Metadata = StoredObject["metadata"];

const NAME_LABEL = "kubernetes.io/metadata.name";
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const MAX_GENERATED_BASE = 58;

/** Of an object to be created: what the client may say, and what only the server may. */
export function createdMetadata(
  resource: Resource,
  given: Partial<Metadata>,
  own: {
    readonly name: string;
    readonly namespace: string | undefined;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly generation: number | undefined;
  },
): Metadata {
  const generateName = given.generateName || undefined;
  return { ...own, generateName, ...clientMetadata(resource, own.name, given) } as Metadata;
}

/** Of an object to be replaced: the server's own fields as they were. */
export function keptMetadata(resource: Resource, given: Metadata, current: Metadata): Metadata {
  return { ...current, ...clientMetadata(resource, current.name, given) } as Metadata;
}

/** What the client may say; empty lists and maps are none. */
function clientMetadata(resource: Resource, name: string, given: Partial<Metadata>): Partial<Metadata> {
  const labels = resource === NAMESPACES ? { ...given.labels, [NAME_LABEL]: name } : given.labels;
  const { annotations, finalizers, ownerReferences } = given;
  const fields = { labels, annotations, finalizers, ownerReferences };
  const isFilled = (value: object | undefined | null) => Object.keys(value ?? {}).length > 0;
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [field, isFilled(value) ? value : undefined]),
  );
}

/** What of `given` may not be different from `current`; an absent field keeps its value and is no change. */
export function immutableViolations(given: Metadata, current: Metadata): readonly Violation[] {
  const fixed = ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"] as const;
  const changed = fixed.filter(
    (field) => given[field] !== undefined && given[field] !== null && given[field] !== current[field],
  );
  const violations = changed.map((field) => invalidValue(`metadata.${field}`, given[field], "field is immutable"));
  const added = (given.finalizers ?? []).filter((finalizer) => !current.finalizers?.includes(finalizer));
  if (current.deletionTimestamp && added.length > 0) {
    const names = `[]string{${added.map((name) => JSON.stringify(name)).join(", ")}}`;
    const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${names}`;
    violations.push(forbidden("metadata.finalizers", why));
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
