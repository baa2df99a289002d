// Names of labels, annotations and finalizers, and values of labels, in the words of k8s.io/apimachinery.
import { dnsSubdomainFaults } from "../resources/names.ts";

const MAX_NAME_BYTES = 63;
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const WHOLE_RULE = `a valid label key ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;

/** What is wrong with `name` or `prefix/name`. */
export function qualifiedNameFaults(key: string): readonly string[] {
  const [name = "", prefix, ...more] = key.split("/").reverse();
  if (more.length > 0) return [WHOLE_RULE];
  return [...prefixFaults(prefix), ...nameFaults(name)];
}

export function labelValueFaults(value: string): readonly string[] {
  return [
    ...(Buffer.byteLength(value) > MAX_NAME_BYTES ? [`must be no more than ${MAX_NAME_BYTES} bytes`] : []),
    ...(value === "" || NAME.test(value) ? [] : [VALUE_RULE]),
  ];
}

function prefixFaults(prefix: string | undefined): readonly string[] {
  if (prefix === undefined) return [];
  if (prefix === "") return ["prefix part must be non-empty"];
  return dnsSubdomainFaults(prefix).map((fault) => `prefix part ${fault}`);
}

function nameFaults(name: string): readonly string[] {
  return [
    ...(name === "" ? ["name part must be non-empty"] : []),
    ...(Buffer.byteLength(name) > MAX_NAME_BYTES ? [`name part must be no more than ${MAX_NAME_BYTES} bytes`] : []),
    ...(NAME.test(name) ? [] : [`name part ${NAME_RULE}`]),
  ];
}
