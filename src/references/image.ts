// Names of image repositories, parsed once and compared in canonical form: kargo-behaviour.md, sections 4.3 and 13.4.
import { InputError } from "../errors.ts";
import { sanitize, toLowerCase } from "./go-text.ts";

/** A repository as a registry knows it: `index.docker.io` and `library/nginx` for `nginx`. */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
}

const DOCKER_HUB = "index.docker.io";
const DOCKER_HUB_NAMES: ReadonlySet<string> = new Set([DOCKER_HUB, "docker.io", "registry-1.docker.io"]);
const REPOSITORY = /^[a-z0-9_./-]{2,255}$/;
const TAG = /^[A-Za-z0-9_.-]{1,128}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const AUTHORITY = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=-]*)(:[0-9]*)?$/;

/** The canonical form in which subscriptions and pushes are compared; what does not parse stays as it was given. */
export function normalizeImage(text: string): string {
  const parsed = parseWeak(sanitize(toLowerCase(text)));
  if (!parsed) return text;
  const { registry, repository } = parsed;
  if (!DOCKER_HUB_NAMES.has(registry)) return `${registry}/${repository}`;
  return repository.startsWith("library/") ? repository.slice("library/".length) : repository;
}

/** Throws `InputError` when the text names no repository. */
export function parseImageReference(repoURL: string): ImageReference {
  const parsed = parseWeak(normalizeImage(repoURL));
  if (!parsed)
    throw new InputError(`"${repoURL}" is not an image repository: write it like example/app or ghcr.io/example/app`);
  const { registry, repository } = parsed;
  if (!DOCKER_HUB_NAMES.has(registry)) return parsed;
  return { registry: DOCKER_HUB, repository: repository.includes("/") ? repository : `library/${repository}` };
}

/** Whether a registry is spoken to in plain http: only on loopback. */
export function isPlainHttpHost(registry: string): boolean {
  const host = registry.replace(/:\d*$/, "");
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

function parseWeak(text: string): ImageReference | undefined {
  return parseTagged(text) ?? parseDigested(text);
}

function parseTagged(text: string): ImageReference | undefined {
  const colon = text.lastIndexOf(":");
  const isTagged = colon >= 0 && !text.slice(colon + 1).includes("/");
  if (!isTagged) return parseRepository(text);
  return TAG.test(text.slice(colon + 1)) ? parseRepository(text.slice(0, colon)) : undefined;
}

function parseDigested(text: string): ImageReference | undefined {
  const at = text.lastIndexOf("@");
  if (at < 0 || !DIGEST.test(text.slice(at + 1))) return undefined;
  return parseTagged(text.slice(0, at));
}

function parseRepository(text: string): ImageReference | undefined {
  const slash = text.indexOf("/");
  const first = slash < 0 ? "" : text.slice(0, slash);
  const isRegistry = first === "localhost" || /[.:]/.test(first);
  const registry = isRegistry ? first : DOCKER_HUB;
  const repository = isRegistry ? text.slice(slash + 1) : text;
  return REPOSITORY.test(repository) && AUTHORITY.test(registry) ? { registry, repository } : undefined;
}
