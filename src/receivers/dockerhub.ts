// Docker Hub's webhook: kargo-behaviour.md, sections 4.1 and 4.2. It is authenticated by its URL alone, and its
// `callback_url` comes from the unauthenticated body: it is never called.
import { InputError } from "../errors.ts";
import { normalizeChart } from "../references/chart.ts";
import { normalizeImage } from "../references/image.ts";
import { decodeJSON } from "./json.ts";
import type { ParsedPush, Sender } from "./push.ts";

const CHART_MEDIA_TYPE = "application/vnd.cncf.helm";

const IMAGE_MEDIA_TYPES: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);

export const DOCKERHUB: Sender = { name: "dockerhub", parse: parseDockerHub };

const PAYLOAD = {
  push_data: { tag: "string", media_type: "string" },
  repository: { repo_name: "string" },
} as const;

function parseDockerHub(body: Uint8Array): ParsedPush {
  try {
    const { push_data, repository } = decodeJSON(body, PAYLOAD);
    const { tag, media_type: mediaType } = push_data;
    return { kind: "push", push: { repoURLs: candidateURLs(repository.repo_name, mediaType), tag, mediaType } };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: "refused", reason: error.message };
  }
}

/** The media type is a hint: an unknown one means either form. */
function candidateURLs(name: string, mediaType: string): readonly string[] {
  const urls = new Set<string>();
  if (!mediaType.startsWith(CHART_MEDIA_TYPE)) urls.add(normalizeImage(name));
  if (!IMAGE_MEDIA_TYPES.has(mediaType)) urls.add(normalizeChart(name));
  urls.delete("");
  return [...urls].sort();
}
