// Whether a pushed tag stands among the artifacts of a Warehouse.
import { normalizeChart } from "../references/chart.ts";
import { normalizeImage } from "../references/image.ts";
import type { DiscoveredArtifacts } from "../resources/discovered-artifacts.ts";

/** `repoURL` is normalised. */
export function isDiscovered(
  artifacts: DiscoveredArtifacts | undefined,
  { repoURL, tag }: { readonly repoURL: string; readonly tag: string },
): boolean {
  const { images = [], charts = [] } = artifacts ?? {};
  return (
    (images ?? []).some(
      (image) => normalizeImage(image.repoURL) === repoURL && image.references?.some((one) => one.tag === tag),
    ) ||
    // A tag cannot hold a "+": OCI charts are pushed with "_" in its place.
    (charts ?? []).some(
      (chart) => normalizeChart(chart.repoURL) === repoURL && chart.versions?.includes(tag.replaceAll("_", "+")),
    )
  );
}
