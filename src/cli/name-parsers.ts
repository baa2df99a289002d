// Names in the command line: what cannot be the name of anything is refused with its flag or argument, before anybody
// is asked for it.
import { InputError } from "../errors.ts";
import { parseWeakly } from "../references/image.ts";
import { dnsLabelFaults, dnsSubdomainFaults } from "../resources/names.ts";

interface Name {
  /** The flag or argument. */
  readonly of: string;
  readonly what: string;
  readonly example: string;
  isOne(text: string): boolean;
}

/** Returns the text as it is; throws `InputError` for one that is none. */
type ParseName = (text: string) => string;

function parserOf({ of, what, example, isOne }: Name): ParseName {
  return (text) => {
    if (isOne(text)) return text;
    throw new InputError(`${of}: "${text}" cannot be the name of ${what}: write it like ${example}`);
  };
}

const isLabel = (text: string) => dnsLabelFaults(text).length === 0;
const isSubdomain = (text: string) => dnsSubdomainFaults(text).length === 0;
/** A tag, or the version of a chart, which may have a "+". */
const isTag = (text: string) => /^\w[\w.+-]{0,127}$/.test(text);

function isInNamespace(text: string): boolean {
  const slash = text.indexOf("/");
  return isSubdomain(text.slice(slash + 1)) && (slash < 0 || isLabel(text.slice(0, slash)));
}

/** Without a tag or digest. */
function isRepository(text: string): boolean {
  const path = text.slice(text.lastIndexOf("/") + 1);
  return !/[:@]/.test(path) && parseWeakly(text.toLowerCase()) !== undefined;
}

export const parseNamespace = parserOf({
  of: "--namespace",
  what: "a namespace",
  example: "my-project",
  isOne: isLabel,
});

export const parseSecretName = parserOf({
  of: "<name>",
  what: "a Secret",
  example: "dh-wh-secret",
  isOne: isSubdomain,
});

export const parseWarehouse = parserOf({
  of: "<warehouse>",
  what: "a Warehouse",
  example: "app or my-project/app",
  isOne: isInNamespace,
});

/** One of the ClusterConfig is in no namespace: `/name`. */
function receiverParser(of: string): ParseName {
  const example = "dh-wh-receiver or my-project/dh-wh-receiver";
  return parserOf({ of, what: "a receiver", example, isOne: (text) => isInNamespace(text.replace(/^\//, "")) });
}

export const parseReceiver = receiverParser("[receiver]");
export const parseReceiverFlag = receiverParser("--receiver");

export const parseTag = parserOf({ of: "--tag", what: "a tag", example: "1.2.0", isOne: isTag });

export const parseRepository = parserOf({
  of: "--repository",
  what: "a repository",
  example: "example/app",
  isOne: isRepository,
});
