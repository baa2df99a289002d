// Whether a pushed tag, or anything of its repository, stands among the artifacts of a Warehouse.
import { normalizeChart } from "../references/chart.ts";
import { normalizeImage } from "../references/image.ts";
import type { DiscoveredArtifacts } from "../resources/discovered-artifacts.ts";

interface PushedTag {
  /** Normalised. */
  readonly repoURL: string;
  readonly tag: string;
}

export function isDiscovered(artifacts: DiscoveredArtifacts | undefined, push: PushedTag): boolean {
  return discoveredIn(artifacts)(push);
}

/** The same for many pushes. */
export function discoveredIn(artifacts: DiscoveredArtifacts | undefined): (push: PushedTag) => boolean {
  const { images, charts } = artifacts ?? {};
  const tags = (images ?? []).flatMap(({ repoURL, references }) => {
    const url = normalizeImage(repoURL);
    return (references ?? []).map(({ tag }) => `${url} ${tag}`);
  });
  const versions = (charts ?? []).flatMap(({ repoURL, versions: all }) => {
    const url = normalizeChart(repoURL);
    return (all ?? []).map((version) => `${url} ${version}`);
  });
  const [imageTags, chartVersions] = [new Set(tags), new Set(versions)];
  return ({ repoURL, tag }) =>
    imageTags.has(`${repoURL} ${tag}`) ||
    // A tag cannot hold a "+": OCI charts are pushed with "_" in its place.
    chartVersions.has(`${repoURL} ${tag.replaceAll("_", "+")}`);
}

/** Whether it shows anything of a repository, whose URL is normalised. */
export function isShown({ images = [], charts = [] }: DiscoveredArtifacts = {}, repoURL: string): boolean {
  return (
    images.some((image) => normalizeImage(image.repoURL) === repoURL) ||
    charts.some((chart) => normalizeChart(chart.repoURL) === repoURL)
  );
}
