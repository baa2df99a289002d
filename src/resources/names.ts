// Which names Kubernetes takes, in the words it refuses others with.

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const MAX_SUBDOMAIN_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

/** Of a name that must be an RFC 1123 subdomain: most kinds. Empty when it is one. */
export function dnsSubdomainFaults(name: string): readonly string[] {
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  return faults(name, { pattern: SUBDOMAIN, rule, maxLength: MAX_SUBDOMAIN_LENGTH });
}

/** Of a name that must be an RFC 1123 label: Namespaces, names of subscriptions. */
export function dnsLabelFaults(name: string): readonly string[] {
  if (name.includes(".")) return ["must not contain dots"];
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
  return faults(name, { pattern: LABEL, rule, maxLength: MAX_LABEL_LENGTH });
}

interface NameRule {
  readonly pattern: RegExp;
  readonly rule: string;
  readonly maxLength: number;
}

function faults(name: string, { pattern, rule, maxLength }: NameRule): readonly string[] {
  return [
    ...(Buffer.byteLength(name) > maxLength ? [`must be no more than ${maxLength} characters`] : []),
    ...(pattern.test(name) ? [] : [rule]),
  ];
}
