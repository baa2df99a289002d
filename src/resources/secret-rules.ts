// What an API server makes of a Secret, and what it refuses.
import type { Secret } from "./core.ts";
import { isSame } from "./merge-patch.ts";
import { forbiddenValue, invalidValue, requiredValue, tooLong, type Violation } from "./violation.ts";

const MAX_DATA_BYTES = 1_048_576;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DATA_KEY = /^[-._a-zA-Z0-9]+$/;

/** Keys that a type of Secret must have. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
};

/** `stringData` goes into `data`; the type is Opaque unless said; a null value is an empty one. */
export function withSecretDefaults<S extends Pick<Secret, "type" | "data" | "stringData">>(secret: S): S {
  const { stringData = {}, data: given, ...kept } = secret;
  const texts = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text ?? "").toString("base64")]);
  const values = Object.entries(given ?? {}).map(([key, value]) => [key, withoutLineBreaks(value)]);
  const data = Object.fromEntries([...values, ...texts]);
  const hasData = given !== undefined || texts.length > 0;
  return { ...kept, type: secret.type || "Opaque", ...(hasData && { data }) } as S;
}

/** The first key of `data` whose value is no base64; its Secret cannot be decoded. */
export function undecodableKey({ data = {} }: Pick<Secret, "data">): string | undefined {
  return Object.entries(data).find(([, value]) => typeof value !== "string" || !BASE64.test(value))?.[0];
}

export function secretViolations(secret: Secret, before: Secret | undefined): readonly Violation[] {
  const { type = "", data = {} } = secret;
  const names = Object.keys(data).filter((key) => !DATA_KEY.test(key));
  const rule =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  const bytes = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, "base64"), 0);
  const missing = (REQUIRED_KEYS[type] ?? []).filter((key) => data[key] === undefined);
  return [
    ...names.map((key) => invalidValue(`data[${key}]`, key, rule)),
    ...(bytes > MAX_DATA_BYTES ? [tooLong("data", MAX_DATA_BYTES)] : []),
    ...missing.map((key) => requiredValue(`data[${key}]`)),
    ...(before ? changeViolations(secret, before) : []),
  ];
}

function changeViolations(secret: Secret, before: Secret): readonly Violation[] {
  const frozen = "field is immutable when `immutable` is set";
  const typeChange = secret.type === before.type ? [] : [invalidValue("type", secret.type, "field is immutable")];
  if (!before.immutable) return typeChange;
  return [
    ...typeChange,
    ...(secret.immutable ? [] : [forbiddenValue("immutable", frozen)]),
    ...(isSame(secret.data ?? {}, before.data ?? {}) ? [] : [forbiddenValue("data", frozen)]),
  ];
}

function withoutLineBreaks(value: unknown): unknown {
  if (value === null) return "";
  return typeof value === "string" ? value.replace(/[\r\n]/g, "") : value;
}
