// Under which names a Warehouse may have subscribed to a pushed repository: docs/compatibility.md, section 4.2.
import { normalizeChart } from "../references/chart.ts";
import { normalizeImage } from "../references/image.ts";

const CHART_MEDIA_TYPE = "application/vnd.cncf.helm";

const IMAGE_MEDIA_TYPES: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);

/** Normalised, sorted, without repeats. The media type is a hint: an unknown one, or none, means either form. */
export function candidateURLs(repository: string, mediaType = ""): readonly string[] {
  const urls = new Set<string>();
  if (!mediaType.startsWith(CHART_MEDIA_TYPE)) urls.add(normalizeImage(repository));
  if (!IMAGE_MEDIA_TYPES.has(mediaType)) urls.add(normalizeChart(repository));
  urls.delete("");
  return [...urls].sort();
}
