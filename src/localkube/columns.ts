// The columns of `kubectl get`, kind by kind, as a real API server prints them.
import type { PrinterColumn } from "../resources/kinds.ts";
import { humanDuration } from "./human-duration.ts";
import { compileJsonPath } from "./json-path.ts";
import type { StoredObject } from "./store.ts";

export interface Column {
  readonly name: string;
  readonly type: "date" | "string";
  /** `name` marks the column that names the object. */
  readonly format: "" | "name";
  readonly description: string;
  /** 1 is shown with `-o wide` only. */
  readonly priority: 0 | 1;
  readonly cell: (object: StoredObject, nowMs: number) => string | number | null;
}

type Fields = Readonly<Record<string, unknown>>;

const NAME: Column = {
  ...column("Name", "The object's name.", ({ metadata }) => metadata.name ?? ""),
  format: "name",
};
const AGE = column("Age", "How long ago the object was created.", ({ metadata }, nowMs) =>
  sinceText(metadata.creationTimestamp, nowMs),
);

/** Of a custom kind: a value that is missing is null. */
export function customColumns(printerColumns: readonly PrinterColumn[]): readonly Column[] {
  return [NAME, ...printerColumns.map(printed)];
}

function printed({ name, type, jsonPath }: PrinterColumn): Column {
  const read = compileJsonPath(jsonPath);
  const cell: Column["cell"] = (object, nowMs) => {
    const value = read(object);
    if (value === undefined) return null;
    return type === "date" ? sinceText(value, nowMs) : String(value);
  };
  return { ...column(name, pathDescription(jsonPath), cell), type };
}

function pathDescription(jsonPath: string): string {
  return `Custom resource definition column (in JSONPath format): ${jsonPath}`;
}

export const NAMESPACE_COLUMNS: readonly Column[] = [
  NAME,
  column("Status", "Active, or Terminating.", ({ status }) => text(status?.["phase"])),
  AGE,
];

export const SECRET_COLUMNS: readonly Column[] = [
  NAME,
  column("Type", "What the values are for.", (object) => text(object["type"])),
  column("Data", "How many values it holds.", (object) => Object.keys((object["data"] as Fields) ?? {}).length),
  AGE,
];

export const LEASE_COLUMNS: readonly Column[] = [
  NAME,
  column("Holder", "Who holds the lease.", ({ spec }) => text(spec?.["holderIdentity"])),
  AGE,
];

export const EVENT_COLUMNS: readonly Column[] = [
  column("Last Seen", "When it last happened.", lastSeen),
  column("Type", "Normal or Warning.", (event) => text(event["type"])),
  column("Reason", "Why, in one word.", (event) => text(event["reason"])),
  column("Object", "The object it happened to.", (event) => {
    const { kind, name } = involved(event);
    return [text(kind).toLowerCase(), ...(name ? [text(name)] : [])].join("/");
  }),
  wide(column("Subobject", "The part of the object.", (event) => text(involved(event)["fieldPath"]))),
  wide(column("Source", "Who reports it.", sourceOf)),
  column("Message", "What happened.", (event) => text(event["message"]).trim()),
  wide(column("First Seen", "When it first happened.", firstSeen)),
  wide(column("Count", "How often it happened.", countOf)),
  wide(NAME),
];

export const CRD_COLUMNS: readonly Column[] = [
  NAME,
  {
    ...column("Created At", "When it was created.", ({ metadata }) => metadata.creationTimestamp ?? null),
    type: "date",
  },
];

/** Nothing of this kind is ever stored: `kubectl cluster-info` and `get all` only want to see the list. */
export const SERVICE_COLUMNS: readonly Column[] = [
  NAME,
  ...["Type", "Cluster-IP", "External-IP", "Port(s)"].map((name) => column(name, "", () => "")),
  AGE,
  wide(column("Selector", "", () => "")),
];

function involved(event: StoredObject): Fields {
  return (event["involvedObject"] as Fields | undefined) ?? {};
}

function seriesOf(event: StoredObject): Fields | undefined {
  return event["series"] as Fields | undefined;
}

function lastSeen(event: StoredObject, nowMs: number): string {
  const at = seriesOf(event)?.["lastObservedTime"] ?? event["lastTimestamp"];
  return at ? sinceText(at, nowMs) : firstSeen(event, nowMs);
}

function firstSeen(event: StoredObject, nowMs: number): string {
  return sinceText(event["firstTimestamp"] ?? event["eventTime"], nowMs);
}

function countOf(event: StoredObject): number {
  return Number(seriesOf(event)?.["count"] ?? (event["count"] || 1));
}

function sourceOf(event: StoredObject): string {
  const source = (event["source"] as Fields | undefined) ?? {};
  const component = text(source["component"]) || text(event["reportingComponent"]);
  const instance = text(source["host"]) || text(event["reportingInstance"]);
  return instance === "" ? component : `${component}, ${instance}`;
}

function sinceText(at: unknown, nowMs: number): string {
  return typeof at === "string" ? humanDuration(nowMs - Date.parse(at)) : "<unknown>";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function column(name: string, description: string, cell: Column["cell"]): Column {
  return { name, type: "string", format: "", description, priority: 0, cell };
}

function wide(narrow: Column): Column {
  return { ...narrow, priority: 1 };
}
