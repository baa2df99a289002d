// Which keys and values labels, annotations and finalizers may have, in the words a Kubernetes API server refuses others
// with.
import { dnsSubdomainFaults } from "./names.ts";

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const MAX_BYTES = 63;
const TOO_LONG = `must be no more than ${MAX_BYTES} bytes`;
const CHARACTERS =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const NAME_RULE = `must ${CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`;
const VALUE_RULE = `a valid label must be an empty string or ${CHARACTERS} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`;

/** Of a key of labels, of annotations (in lower case), and of a finalizer: a name, perhaps with a domain before it. */
export function labelKeyFaults(key: string): readonly string[] {
  const parts = key.split("/");
  if (parts.length > 2) {
    return [`a valid label key ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const [name = "", prefix] = parts.reverse();
  return [
    ...(prefix === undefined ? [] : prefixFaults(prefix)).map((fault) => `prefix part ${fault}`),
    ...nameFaults(name).map((fault) => `name part ${fault}`),
  ];
}

function prefixFaults(prefix: string): readonly string[] {
  return prefix === "" ? ["must be non-empty"] : dnsSubdomainFaults(prefix);
}

function nameFaults(name: string): readonly string[] {
  return [
    ...(name === "" ? ["must be non-empty"] : []),
    ...(Buffer.byteLength(name) > MAX_BYTES ? [TOO_LONG] : []),
    ...(NAME.test(name) ? [] : [NAME_RULE]),
  ];
}

export function labelValueFaults(value: string): readonly string[] {
  return [...(Buffer.byteLength(value) > MAX_BYTES ? [TOO_LONG] : []), ...(VALUE.test(value) ? [] : [VALUE_RULE])];
}
