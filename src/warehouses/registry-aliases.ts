// Mirrors and aliases of registries, as configured: a push reported under one name concerns subscriptions under
// another. Names are compared in the form of `references/*`, where Docker Hub's repositories carry no host.
import { InputError } from "../errors.ts";
import { normalizeImage } from "../references/image.ts";

/** A normalised repository URL under the one name its registry is compared by. */
export type CanonicalURL = (repoURL: string) => string;

const HOST = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d+)?$/;
/** What follows the host in the normal form of a repository that is not Docker Hub's. */
const ANY_REPOSITORY = "any/repository";

/** `pairs` are `alias=registry`, `mirror.example.com=docker.io`. Throws `InputError` for one that is not. */
export function createRegistryAliases(pairs: readonly string[]): CanonicalURL {
  const registryOf = new Map(pairs.map(parsePair));
  if (registryOf.size === 0) return (repoURL) => repoURL;

  const resolve = (host: string): string => {
    const seen = new Set<string>();
    let name = host;
    for (let next = registryOf.get(name); next !== undefined && !seen.has(name); next = registryOf.get(name)) {
      seen.add(name);
      name = next;
    }
    return name;
  };

  return (repoURL) => {
    const slash = repoURL.indexOf("/");
    const host = repoURL.slice(0, Math.max(0, slash));
    if (!registryOf.has(host)) return repoURL;
    return normalizeImage(`${resolve(host)}${repoURL.slice(slash)}`);
  };
}

function parsePair(pair: string): readonly [alias: string, registry: string] {
  const [alias = "", registry = "", ...rest] = pair.toLowerCase().split("=");
  if (rest.length > 0 || !HOST.test(alias) || !HOST.test(registry) || alias === registry) {
    throw new InputError(`"${pair}" is not two host names: write it like mirror.example.com=docker.io`);
  }
  if (normalizeImage(`${alias}/${ANY_REPOSITORY}`) === ANY_REPOSITORY) {
    throw new InputError(`"${pair}": Docker Hub cannot be the alias; write the other name first`);
  }
  return [alias, registry];
}
