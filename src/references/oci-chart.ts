// Charts in OCI registries. Unlike an image's, their name is taken to the letter: docs/compatibility.md, section 8.6.
import { InputError } from "../errors.ts";
import type { ImageReference } from "./image.ts";

const SCHEME = "oci://";
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d+)?$/;
const COMPONENT = "[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*";
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG_OR_DIGEST = /(@[^/]*|:[^/]*)$/;

/** Only a lower-case scheme counts; every other `repoURL` names a classic Helm repository. */
export function isOciChart(repoURL: string): boolean {
  return repoURL.startsWith(SCHEME);
}

/** A tag in the URL plays no part. Throws `InputError` for what is not `oci://<registry>/<repository>`. */
export function parseOciChart(repoURL: string): ImageReference {
  const name = repoURL.slice(SCHEME.length);
  const slash = name.indexOf("/");
  const host = name.slice(0, Math.max(0, slash));
  const repository = name
    .slice(slash + 1)
    .replace(TAG_OR_DIGEST, "")
    .replace(TAG_OR_DIGEST, "");
  if (!HOST.test(host) || !REPOSITORY.test(repository)) {
    throw new InputError(
      `"${repoURL}" is not a chart in an OCI registry: write it like oci://ghcr.io/example/charts/app, in lower case and without a slash at the end`,
    );
  }
  return { registry: host === "docker.io" ? "registry-1.docker.io" : host, repository };
}
