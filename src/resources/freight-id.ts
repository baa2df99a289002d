// The name of a piece of Freight, made from what it holds: docs/compatibility.md, section 1.9.
// It is a contract: Kargo, and every Stage that promotes the Freight, must come to the same one.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { normalizeChart } from "../references/chart.ts";
import { normalizeGit } from "../references/git.ts";
import type { ArtifactReference } from "./discovered-artifacts.ts";
import type { Freight, FreightChart, FreightCommit, FreightImage } from "./freight.ts";

type FreightContent = Pick<Freight, "commits" | "images" | "charts" | "artifacts"> & {
  readonly origin: { readonly kind: string; readonly name: string };
};

/** Lower-case hex SHA-1 of the origin and of every artifact; the order of the artifacts makes no difference. */
export function freightID({ origin, commits = [], images = [], charts = [], artifacts = [] }: FreightContent): string {
  const parts = [
    ...commits.map(commitPart),
    ...images.map(imagePart),
    ...charts.map(chartPart),
    ...artifacts.map(artifactPart),
  ];
  const sorted = parts.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return createHash("sha1")
    .update(`${origin.kind}/${origin.name}:${sorted.join("|")}`)
    .digest("hex");
}

function commitPart({ repoURL = "", id = "", tag, subscriptionName }: FreightCommit): string {
  const url = normalizeGit(repoURL);
  return named(tag ? `${url}:${tag}:${id}` : `${url}:${id}`, subscriptionName);
}

/** The repoURL as it is written: Kargo does not normalise it here. */
function imagePart({ repoURL = "", tag = "", digest = "", subscriptionName }: FreightImage): string {
  return named(`${repoURL}:${tag}@${digest}`, subscriptionName);
}

/** Cleaned like a path, which makes `https://` one slash shorter. */
function chartPart({ repoURL = "", name = "", version = "", subscriptionName }: FreightChart): string {
  return named(`${cleanPath(normalizeChart(repoURL), name)}:${version}`, subscriptionName);
}

function artifactPart({ artifactType = "", subscriptionName, version }: ArtifactReference): string {
  return `${artifactType}:${subscriptionName}:${version}`;
}

function named(part: string, subscriptionName: string | undefined): string {
  return subscriptionName ? `${part}:${subscriptionName}` : part;
}

/** Go's `path.Join`: empty elements are left out, and nothing at all is empty. */
export function cleanPath(...elements: readonly string[]): string {
  const present = elements.filter((element) => element !== "");
  if (present.length === 0) return "";
  const joined = posix.normalize(present.join("/"));
  return joined.length > 1 ? joined.replace(/\/$/, "") : joined;
}
