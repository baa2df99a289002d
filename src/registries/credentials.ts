// Who Dockbell is at a registry: the Secrets that users label for it. kargo-behaviour.md, section 9; where several
// would do, one that names the repository goes before one whose pattern matches it.
import { RE2JS } from "re2js";
import { messageOf } from "../errors.ts";
import { normalizeChart } from "../references/chart.ts";
import { normalizeImage } from "../references/image.ts";
import type { Secret } from "../resources/core.ts";
import { CREDENTIAL_TYPE_LABEL } from "../resources/kargo.ts";
import { Redacted } from "../telemetry/redacted.ts";

export interface Credential {
  readonly username: string;
  readonly password: Redacted;
}

/** The values of the label `kargo.akuity.io/cred-type` that are looked for here. */
export type CredentialKind = "image" | "helm";

/** Undefined means: ask without a credential. */
export type CredentialFor = (wanted: WantedCredential) => Credential | undefined;

interface WantedCredential {
  /** Of the Warehouse. */
  readonly namespace: string;
  readonly kind: CredentialKind;
  /** As the subscription has it. */
  readonly repoURL: string;
}

interface CredentialOptions {
  /** At least those with the label, as they are now. */
  readonly secrets: () => Iterable<Secret>;
  /** Looked into after the Warehouse's own; "" for none. */
  readonly sharedResourcesNamespace: string;
  /** Told each time about a Secret that cannot be used. */
  readonly onUnusable: (message: string) => void;
}

export function createCredentialLookup(options: CredentialOptions): CredentialFor {
  const { secrets, sharedResourcesNamespace, onUnusable } = options;
  return (wanted) => {
    // In plain text a password would be anybody's.
    if (wanted.repoURL.toLowerCase().startsWith("http://")) return undefined;
    const namespaces = [wanted.namespace, sharedResourcesNamespace].filter((namespace) => namespace !== "");
    const labelled = [...secrets()].filter(({ metadata }) => metadata.labels?.[CREDENTIAL_TYPE_LABEL] === wanted.kind);
    for (const namespace of namespaces) {
      const candidates = labelled.filter(({ metadata }) => metadata.namespace === namespace);
      const secret = chooseSecret(candidates, wanted, onUnusable);
      if (secret) return credentialOf(secret);
    }
    return undefined;
  };
}

/** In the order of their names: first those whose `repoURL` is this repository, then those whose pattern finds it. */
function chooseSecret(
  candidates: readonly Secret[],
  wanted: WantedCredential,
  onUnusable: (message: string) => void,
): Secret | undefined {
  const normalize = wanted.kind === "image" ? normalizeImage : normalizeChart;
  const repository = normalize(wanted.repoURL);
  const byName = candidates.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const exact = byName.find((secret) => !isPattern(secret) && isNamed(secret, repository, normalize));
  return (
    exact ?? byName.find((secret) => isPattern(secret) && isFound(secret, [wanted.repoURL, repository], onUnusable))
  );
}

function isNamed(secret: Secret, repository: string, normalize: (text: string) => string): boolean {
  const repoURL = textOf(secret, "repoURL");
  return repoURL !== "" && normalize(repoURL) === repository;
}

function isFound(secret: Secret, names: readonly string[], onUnusable: (message: string) => void): boolean {
  const pattern = textOf(secret, "repoURL");
  if (pattern === "") return false;
  try {
    const compiled = RE2JS.compile(pattern);
    return names.some((name) => compiled.matcher(name).find());
  } catch (error) {
    const { namespace, name } = secret.metadata;
    onUnusable(`Secret ${namespace}/${name}: repoURL is not a pattern: ${messageOf(error)}`);
    return false;
  }
}

function isPattern(secret: Secret): boolean {
  return textOf(secret, "repoURLIsRegex") === "true";
}

/** The first Secret that matches decides; one without both parts says: anonymous. */
function credentialOf(secret: Secret): Credential | undefined {
  const username = textOf(secret, "username");
  const password = textOf(secret, "password");
  return username === "" || password === "" ? undefined : { username, password: new Redacted(password) };
}

function textOf({ data }: Secret, key: string): string {
  return Buffer.from(data?.[key] ?? "", "base64").toString();
}
