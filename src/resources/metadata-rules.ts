// What the API server asks of any object's metadata besides its name, in its words.
import type { ObjectMeta } from "./kube-object.ts";
import { labelKeyFaults, labelValueFaults } from "./label-syntax.ts";
import { invalidValue, tooLong, type Violation } from "./violation.ts";

const MAX_ANNOTATION_BYTES = 256 * 1024;

export function metadataViolations({ labels = {}, annotations = {}, finalizers = [] }: Partial<ObjectMeta>) {
  return [
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...labelKeyFaults(key).map((fault) => invalidValue("metadata.labels", key, fault)),
      ...labelValueFaults(value).map((fault) => invalidValue("metadata.labels", value, fault)),
    ]),
    ...annotationViolations(annotations),
    ...finalizers.flatMap((name) =>
      labelKeyFaults(name).map((fault) => invalidValue("metadata.finalizers", name, fault)),
    ),
  ];
}

function annotationViolations(annotations: Readonly<Record<string, string>>): readonly Violation[] {
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return [
    ...Object.keys(annotations).flatMap((key) =>
      labelKeyFaults(key.toLowerCase()).map((fault) => invalidValue("metadata.annotations", key, fault)),
    ),
    ...(bytes > MAX_ANNOTATION_BYTES ? [tooLong("metadata.annotations", MAX_ANNOTATION_BYTES)] : []),
  ];
}
