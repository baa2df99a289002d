// Docker Hub's webhook: kargo-behaviour.md, sections 4.1 and 4.2. It is authenticated by its URL alone, and its
// `callback_url` comes from the unauthenticated body: it is never called.
import { normalizeChart } from "../references/chart.ts";
import { normalizeImage } from "../references/image.ts";
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

function parseDockerHub(body: Uint8Array): ParsedPush {
  try {
    const payload = objectOf(JSON.parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(body)), "the body");
    const pushData = objectOf(payload["push_data"], "push_data");
    const repository = objectOf(payload["repository"], "repository");
    const tag = textOf(pushData["tag"], "push_data.tag");
    const mediaType = textOf(pushData["media_type"], "push_data.media_type");
    const name = textOf(repository["repo_name"], "repository.repo_name");
    return { kind: "push", push: { repoURLs: candidateURLs(name, mediaType), tag, mediaType } };
  } catch (error) {
    return { kind: "refused", status: 400, reason: error instanceof Error ? error.message : String(error) };
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

/** Docker Hub may leave any field out, or send null for it. */
function objectOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError(`${field} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown, field: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") throw new TypeError(`${field} is not a string`);
  return value;
}
