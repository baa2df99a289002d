// Which labels, annotations, finalizers and owners an object may have: ValidateObjectMeta of k8s.io/apimachinery.
import { invalidValue, tooLong, type Violation } from "../resources/violation.ts";
import type { ServedKind } from "./kinds.ts";
import { labelValueFaults, qualifiedNameFaults } from "./qualified-name.ts";
import type { OwnerReference, StoredObject } from "./store.ts";

const MAX_ANNOTATION_BYTES = 262_144;
const STANDARD_FINALIZERS = ["orphan", "foregroundDeletion", "kubernetes"];
const OWNER_FIELDS = ["apiVersion", "kind", "name", "uid"] as const;

export function metadataViolations({ isCustom }: ServedKind, { metadata }: StoredObject): readonly Violation[] {
  const { labels = {}, annotations = {}, finalizers = [], ownerReferences = [] } = metadata;
  return [
    ...Object.entries(labels).flatMap(([key, value]) => labelViolations(key, value)),
    ...annotationViolations(annotations),
    ...ownerReferences.flatMap(ownerViolations),
    ...(isCustom ? [] : finalizers.flatMap(finalizerViolations)),
  ];
}

function labelViolations(key: string, value: string): readonly Violation[] {
  const field = "metadata.labels";
  return [
    ...qualifiedNameFaults(key).map((fault) => invalidValue(field, key, fault)),
    ...labelValueFaults(value).map((fault) => invalidValue(field, value, fault)),
  ];
}

function annotationViolations(annotations: Readonly<Record<string, string>>): readonly Violation[] {
  const field = "metadata.annotations";
  const names = Object.keys(annotations).flatMap((key) =>
    qualifiedNameFaults(key.toLowerCase()).map((fault) => invalidValue(field, key, fault)),
  );
  const bytes = Object.entries(annotations).flat().join("").length;
  return bytes > MAX_ANNOTATION_BYTES ? [...names, tooLong(field, MAX_ANNOTATION_BYTES)] : names;
}

function ownerViolations(owner: OwnerReference): readonly Violation[] {
  return OWNER_FIELDS.filter((field) => !owner[field]).map((field) => {
    const fault = field === "apiVersion" ? "version must not be empty" : "must not be empty";
    return invalidValue(`metadata.ownerReferences.${field}`, owner[field] ?? "", fault);
  });
}

/** Built-in kinds want to know whose a finalizer is. */
function finalizerViolations(finalizer: string, place: number): readonly Violation[] {
  const field = `metadata.finalizers[${place}]`;
  const faults = qualifiedNameFaults(finalizer);
  if (faults.length > 0) return faults.map((fault) => invalidValue(field, finalizer, fault));
  if (finalizer.includes("/") || STANDARD_FINALIZERS.includes(finalizer)) return [];
  return [invalidValue(field, finalizer, "name is neither a standard finalizer name nor is it fully qualified")];
}
