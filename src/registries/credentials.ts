// Who Dockbell is at a registry: the Secrets that users label for it. docs/compatibility.md, section 9; where several
// would do, one that names the repository goes before one whose pattern matches it.
import { RE2JS } from "re2js";
import { normalizeChart } from "../references/chart.ts";
import { normalizeImage } from "../references/image.ts";
import type { Secret } from "../resources/core.ts";
import { CREDENTIAL_TYPE_LABEL } from "../resources/kargo.ts";
import { keyOf } from "../resources/resource.ts";
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
  /** Told once about each state of a Secret that cannot be used; never what stands in it. */
  readonly onUnusable: (message: string) => void;
}

export function createCredentialLookup(options: CredentialOptions): CredentialFor {
  const { secrets, sharedResourcesNamespace } = options;
  const isPatternOf = createPatternMatch(options.onUnusable);
  return (wanted) => {
    // In plain text a password would be anybody's.
    if (wanted.repoURL.toLowerCase().startsWith("http://")) return undefined;
    const namespaces = [wanted.namespace, sharedResourcesNamespace].filter((namespace) => namespace !== "");
    const labelled = [...secrets()].filter(({ metadata }) => metadata.labels?.[CREDENTIAL_TYPE_LABEL] === wanted.kind);
    for (const namespace of namespaces) {
      const candidates = labelled.filter(({ metadata }) => metadata.namespace === namespace);
      const secret = chooseSecret(candidates, wanted, isPatternOf);
      if (secret) return credentialOf(secret);
    }
    return undefined;
  };
}

/** Whether the Secret's pattern finds one of the names. */
type PatternMatch = (secret: Secret, names: readonly string[]) => boolean;

/** What is no pattern may be a password in the wrong place: no error that quotes it goes further than here. */
function createPatternMatch(onUnusable: (message: string) => void): PatternMatch {
  const toldVersions = new Map<string, string | undefined>();
  return (secret, names) => {
    const pattern = textOf(secret, "repoURL");
    if (pattern === "") return false;
    try {
      const compiled = RE2JS.compile(pattern);
      return names.some((name) => compiled.matcher(name).find());
    } catch {
      const key = keyOf(secret.metadata);
      const { resourceVersion } = secret.metadata;
      if (!toldVersions.has(key) || toldVersions.get(key) !== resourceVersion)
        onUnusable(`Secret ${key}: its key "repoURL" is no RE2 pattern, as "repoURLIsRegex" says: it is passed over`);
      toldVersions.set(key, resourceVersion);
      return false;
    }
  };
}

/** In the order of their names: first those whose `repoURL` is this repository, then those whose pattern finds it. */
function chooseSecret(
  candidates: readonly Secret[],
  wanted: WantedCredential,
  isPatternOf: PatternMatch,
): Secret | undefined {
  const normalize = wanted.kind === "image" ? normalizeImage : normalizeChart;
  const repository = normalize(wanted.repoURL);
  const byName = candidates.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const exact = byName.find((secret) => !isPattern(secret) && isNamed(secret, repository, normalize));
  return exact ?? byName.find((secret) => isPattern(secret) && isPatternOf(secret, [wanted.repoURL, repository]));
}

function isNamed(secret: Secret, repository: string, normalize: (text: string) => string): boolean {
  const repoURL = textOf(secret, "repoURL");
  return repoURL !== "" && normalize(repoURL) === repository;
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
