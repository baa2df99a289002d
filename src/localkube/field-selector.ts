// Field selectors: which fields a kind may be selected by, and the grammar of k8s.io/apimachinery/pkg/fields.
import type { Resource } from "../resources/resource.ts";
import { StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

type FieldReader = (object: StoredObject) => unknown;

const EVENT_FIELDS = [
  ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
    (name) => `involvedObject.${name}`,
  ),
  ...["reason", "reportingComponent", "type"],
];

/** Beside `metadata.name` and, where there is one, `metadata.namespace`. */
const SELECTABLE: Readonly<Record<string, Readonly<Record<string, FieldReader>>>> = {
  Namespace: { "status.phase": reader("status.phase") },
  Secret: { type: reader("type") },
  Event: {
    ...Object.fromEntries(EVENT_FIELDS.map((field) => [field, reader(field)])),
    source: (object) => reader("source.component")(object) || object["reportingComponent"],
  },
};

/** Throws `StatusError` (400) for a selector that cannot be read or a field the kind cannot be selected by. */
export function fieldMatcher(selector: string, resource: Resource): (object: StoredObject) => boolean {
  const terms = termsOf(selector).map((term) => requirementOf(term, resource));
  return (object) => terms.every((matches) => matches(object));
}

/** Splits at commas that no backslash stands before. */
function termsOf(selector: string): readonly string[] {
  return [...selector.matchAll(/(?:\\.|[^,\\])+/gsu)].map(([term]) => term);
}

function requirementOf(term: string, resource: Resource): (object: StoredObject) => boolean {
  const match = /^(?<field>.*?)(?<operator>!=|==|=)(?<value>.*)$/su.exec(term);
  if (!match?.groups) throw refused(`invalid selector: '${term}'; can't understand '${term}'`);
  const { field = "", operator, value = "" } = match.groups;
  const read = readerOf(field, resource);
  const wanted = unescaped(value);
  return (object) => (String(read(object) ?? "") === wanted) === (operator !== "!=");
}

function readerOf(field: string, resource: Resource): FieldReader {
  const isMetadata = field === "metadata.name" || (field === "metadata.namespace" && resource.isNamespaced);
  const read = isMetadata ? reader(field) : SELECTABLE[resource.kind]?.[field];
  if (read) return read;
  if (resource.kind !== "Lease") throw refused(`field label not supported: ${field}`);
  throw refused(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
}

function unescaped(value: string): string {
  const bad = /^(?:\\.|[^\\=,])*(?<bad>[=,])/su.exec(value)?.groups?.["bad"];
  if (bad) throw refused(`invalid field selector: unescaped character in value: ${bad}`);
  return value.replace(/\\(?<character>[\\,=])/gu, "$<character>");
}

function reader(path: string): FieldReader {
  const names = path.split(".");
  return (object) =>
    names.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], object);
}

function refused(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}
