// Names of image repositories, parsed once and compared in canonical form: docs/compatibility.md, section 4.3.
import { InputError } from "../errors.ts";
import { sanitize, toLowerCase } from "./go-text.ts";
import { parseURL, toBytes } from "./go-url.ts";

/** A repository as a registry knows it: `index.docker.io` and `library/nginx` for `nginx`. */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
}

const DOCKER_HUB = "index.docker.io";
/** Kargo takes this name for Docker Hub when it compares, and leaves it alone when it asks. */
const DOCKER_HUB_MIRROR = "registry-1.docker.io";
const REPOSITORY = /^[a-z0-9_./-]{2,255}$/;
const TAG = /^[A-Za-z0-9_.-]{1,128}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The canonical form in which subscriptions and pushes are compared; what does not parse stays as it was given. */
export function normalizeImage(text: string): string {
  const parsed = parseWeakly(sanitize(toLowerCase(text)));
  if (!parsed) return text;
  const { registry, repository } = parsed;
  if (registry !== DOCKER_HUB && registry !== DOCKER_HUB_MIRROR) return `${registry}/${repository}`;
  return repository.startsWith("library/") ? repository.slice("library/".length) : repository;
}

/** The repository to ask for a subscription's images. Throws `InputError` when the text names none. */
export function parseImageReference(repoURL: string): ImageReference {
  const parsed = parseWeakly(normalizeImage(repoURL));
  if (parsed) return parsed;
  throw new InputError(`"${repoURL}" is not an image repository: write it like example/app or ghcr.io/example/app`);
}

/** Whether a registry is spoken to in plain http: only on loopback. */
export function isPlainHttpHost(registry: string): boolean {
  const host = registry.replace(/:\d*$/, "");
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** By the rules of go-containerregistry's weak validation. A tag or digest is checked and dropped. */
export function parseWeakly(text: string): ImageReference | undefined {
  return parseTagged(text) ?? parseDigested(text);
}

function parseTagged(text: string): ImageReference | undefined {
  const colon = text.lastIndexOf(":");
  const isTagged = colon >= 0 && !text.includes("/", colon);
  if (!isTagged) return parseRepository(text);
  return TAG.test(text.slice(colon + 1)) ? parseRepository(text.slice(0, colon)) : undefined;
}

function parseDigested(text: string): ImageReference | undefined {
  const [base = "", digest = "", ...more] = text.split("@");
  if (more.length > 0 || !DIGEST.test(digest)) return undefined;
  const tagged = parseTagged(base);
  return tagged ? parseRepository(`${tagged.registry}/${tagged.repository}`) : parseRepository(base);
}

function parseRepository(text: string): ImageReference | undefined {
  const slash = text.indexOf("/");
  const first = slash < 0 ? "" : text.slice(0, slash);
  const isExplicit = first === "localhost" || /[.:]/.test(first);
  const repository = isExplicit ? text.slice(slash + 1) : text;
  if (!REPOSITORY.test(repository) || (isExplicit && !isAuthority(first))) return undefined;
  const registry = !isExplicit || first === "docker.io" ? DOCKER_HUB : first;
  const isOfficial = registry === DOCKER_HUB && !repository.includes("/");
  return { registry, repository: isOfficial ? `library/${repository}` : repository };
}

function isAuthority(text: string): boolean {
  return parseURL(`//${text}`)?.host === toBytes(text);
}
