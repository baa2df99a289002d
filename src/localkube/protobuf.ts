// Kubernetes' protobuf bodies as the JSON they stand for. kubectl sends them for the kinds it knows (`create namespace`,
// `create secret`, `auth`) and has no second choice; answers may be JSON. Field numbers: generated.proto of k8s.io/api
// and k8s.io/apimachinery.

type FieldKind = "string" | "bytes" | "bool" | "integer" | "time" | "map-of-strings" | "map-of-bytes" | Message;
interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly isList?: boolean;
}
type Message = { readonly [number: number]: Field };
type Fields = Record<string, unknown>;

const string = (name: string): Field => ({ name, kind: "string" });
const of = (name: string, kind: FieldKind): Field => ({ name, kind });
const list = (name: string, kind: FieldKind): Field => ({ name, kind, isList: true });

const OWNER_REFERENCE: Message = {
  1: string("kind"),
  3: string("name"),
  4: string("uid"),
  5: string("apiVersion"),
  6: of("controller", "bool"),
  7: of("blockOwnerDeletion", "bool"),
};
const OBJECT_META: Message = {
  1: string("name"),
  2: string("generateName"),
  3: string("namespace"),
  5: string("uid"),
  6: string("resourceVersion"),
  7: of("generation", "integer"),
  8: of("creationTimestamp", "time"),
  9: of("deletionTimestamp", "time"),
  10: of("deletionGracePeriodSeconds", "integer"),
  11: of("labels", "map-of-strings"),
  12: of("annotations", "map-of-strings"),
  13: list("ownerReferences", OWNER_REFERENCE),
  14: list("finalizers", "string"),
};
const METADATA = of("metadata", OBJECT_META);
const RESOURCE_ATTRIBUTES: Message = {
  1: string("namespace"),
  2: string("verb"),
  3: string("group"),
  4: string("version"),
  5: string("resource"),
  6: string("subresource"),
  7: string("name"),
};
const NON_RESOURCE_ATTRIBUTES: Message = { 1: string("path"), 2: string("verb") };

/** By `apiVersion kind`. */
const KINDS: Readonly<Record<string, Message>> = {
  "v1 Namespace": {
    1: METADATA,
    2: of("spec", { 1: list("finalizers", "string") }),
    3: of("status", { 1: string("phase") }),
  },
  "v1 Secret": {
    1: METADATA,
    2: of("data", "map-of-bytes"),
    3: string("type"),
    4: of("stringData", "map-of-strings"),
    5: of("immutable", "bool"),
  },
  "authorization.k8s.io/v1 SelfSubjectAccessReview": {
    1: METADATA,
    2: of("spec", {
      1: of("resourceAttributes", RESOURCE_ATTRIBUTES),
      2: of("nonResourceAttributes", NON_RESOURCE_ATTRIBUTES),
    }),
  },
  "authorization.k8s.io/v1 SelfSubjectRulesReview": { 1: METADATA, 2: of("spec", { 1: string("namespace") }) },
  "authentication.k8s.io/v1 SelfSubjectReview": { 1: METADATA },
};

const MAGIC = Buffer.from("k8s\0");
const TYPE_META: Message = { 1: string("apiVersion"), 2: string("kind") };

export const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** Undefined for a kind that nobody sends us in protobuf; throws `RangeError` for bytes that are no such message. */
export function decodeProtobuf(bytes: Uint8Array): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!buffer.subarray(0, MAGIC.length).equals(MAGIC)) throw new RangeError("not a Kubernetes protobuf body");
  const envelope = [...records(buffer.subarray(MAGIC.length))];
  const typeMeta = decode(bytesOf(envelope.find(([number]) => number === 1)), TYPE_META);
  const message = KINDS[`${String(typeMeta["apiVersion"])} ${String(typeMeta["kind"])}`];
  return message && { ...typeMeta, ...decode(bytesOf(envelope.find(([number]) => number === 2)), message) };
}

type WireRecord = readonly [number: number, value: number | Buffer];

/** Fields of no known number are skipped; empty texts, zeros and empty messages count as absent, as in JSON. */
function decode(buffer: Buffer, message: Message): Fields {
  const decoded: Fields = {};
  for (const [number, raw] of records(buffer)) {
    const field = message[number];
    if (field) add(decoded, field, raw);
  }
  return decoded;
}

function add(decoded: Fields, { name, kind, isList }: Field, raw: number | Buffer): void {
  if (kind === "map-of-strings" || kind === "map-of-bytes") {
    const [key, value] = entryOf(bytesOf([0, raw]), kind);
    decoded[name] = { ...(decoded[name] as object), [key]: value };
    return;
  }
  const value = readValue(kind, raw);
  if (isList) decoded[name] = [...((decoded[name] as unknown[] | undefined) ?? []), value];
  else if (value !== "" && value !== 0 && value !== undefined) decoded[name] = value;
}

function readValue(kind: Exclude<FieldKind, "map-of-strings" | "map-of-bytes">, raw: number | Buffer): unknown {
  switch (kind) {
    case "string":
      return bytesOf([0, raw]).toString();
    case "bytes":
      return bytesOf([0, raw]).toString("base64");
    case "bool":
      return raw !== 0;
    case "integer":
      return raw;
    case "time":
      return timeOf(bytesOf([0, raw]));
    default: {
      const message = decode(bytesOf([0, raw]), kind);
      return Object.keys(message).length > 0 ? message : undefined;
    }
  }
}

function entryOf(buffer: Buffer, kind: "map-of-strings" | "map-of-bytes"): readonly [string, unknown] {
  const { key = "", value = "" } = decode(buffer, {
    1: string("key"),
    2: of("value", kind === "map-of-bytes" ? "bytes" : "string"),
  });
  return [String(key), value];
}

function timeOf(buffer: Buffer): string | undefined {
  const { seconds } = decode(buffer, { 1: of("seconds", "integer") });
  return typeof seconds === "number" ? `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` : undefined;
}

/** The fields of a message in order: a number for varints, bytes for what has a length. */
function* records(buffer: Buffer): Iterable<WireRecord> {
  let offset = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer.readUInt8(offset++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
      if (shift > 63n) throw new RangeError("a varint is longer than 64 bits");
    }
  };
  while (offset < buffer.length) {
    const tag = varint();
    const wireType = tag & 7;
    if (wireType === 0) {
      yield [tag >>> 3, varint()];
    } else if (wireType === 2) {
      const length = varint();
      if (length < 0 || offset + length > buffer.length) throw new RangeError("a field is longer than its message");
      offset += length;
      yield [tag >>> 3, buffer.subarray(offset - length, offset)];
    } else {
      throw new RangeError(`wire type ${wireType} does not occur in Kubernetes' messages`);
    }
  }
}

function bytesOf(record: WireRecord | undefined): Buffer {
  const value = record?.[1];
  if (value === undefined) return Buffer.alloc(0);
  if (typeof value === "number") throw new RangeError("a number stands where bytes were expected");
  return value;
}
