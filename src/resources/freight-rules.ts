// The defaults and rules of Kargo's Freight webhooks: docs/compatibility.md, sections 1.9 and 10.
import { normalizeChart } from "../references/chart.ts";
import { normalizeGit } from "../references/git.ts";
import { decodeSubscription, type Subscription } from "./decode-subscription.ts";
import type { Freight } from "./freight.ts";
import { cleanPath, freightID } from "./freight-id.ts";
import { ALIAS_LABEL } from "./kargo.ts";
import { isSame } from "./merge-patch.ts";
import { invalidValue, type Violation } from "./violation.ts";
import type { Warehouse } from "./warehouse.ts";

/** Of new Freight: its name by its content, an alias, and when it was discovered. */
export function withNewFreightDefaults(
  freight: Freight,
  { now, drawAlias }: { readonly now: string; readonly drawAlias: () => string },
): Freight {
  const alias = freight.alias || drawAlias();
  const { metadata } = freight;
  const labels = { ...metadata.labels, [ALIAS_LABEL]: alias };
  return {
    ...freight,
    metadata: { ...metadata, name: freightID(freight), labels },
    alias,
    discoveredAt: freight.discoveredAt ?? now,
  };
}

/** Of changed Freight: the label follows the alias, and goes where there is none. */
export function withFreightDefaults(freight: Freight): Freight {
  const { metadata, alias } = freight;
  const { [ALIAS_LABEL]: _label, ...others } = metadata.labels ?? {};
  const labels = alias ? { ...others, [ALIAS_LABEL]: alias } : others;
  const discoveredAt = freight.discoveredAt ?? metadata.creationTimestamp ?? undefined;
  return { ...freight, metadata: { ...metadata, labels }, ...(discoveredAt && { discoveredAt }) };
}

/** `warehouse` is the origin, undefined when there is none; `isAliasTaken` is asked about the namespace. */
export function newFreightViolations(
  freight: Freight,
  { warehouse, isAliasTaken }: { readonly warehouse: Warehouse | undefined; readonly isAliasTaken: boolean },
): readonly Violation[] {
  const { commits = [], images = [], charts = [], artifacts = [], alias, origin, metadata } = freight;
  const isEmpty = commits.length + images.length + charts.length + artifacts.length === 0;
  const none = "freight must contain at least one commit, image, or chart";
  const taken = `alias already used by another piece of Freight in namespace ${JSON.stringify(metadata.namespace)}`;
  return [
    ...(isEmpty ? [invalidValue("", null, none)] : []),
    ...(isAliasTaken ? [invalidValue("alias", alias, taken)] : []),
    ...(warehouse
      ? artifactViolations(freight, warehouse)
      : [invalidValue("warehouse", origin.name, "warehouse does not exist")]),
  ];
}

/** The first part of the content that changed; undefined when none did. */
export function freightChange(before: Freight, after: Freight): Violation | undefined {
  const immutable = (field: string, value: unknown) => invalidValue(field, value, "Freight is immutable");
  if (!isSame(before.origin, after.origin)) return immutable("origin", after.origin);
  for (const field of ["commits", "images", "charts", "artifacts"] as const) {
    const [old, next] = [before[field] ?? [], after[field] ?? []];
    if (old.length !== next.length) return immutable(field, next);
    const changed = next.findIndex((artifact, index) => !isSame(artifact, old[index]));
    if (changed >= 0) return immutable(`${field}[${changed}]`, next[changed]);
  }
  return undefined;
}

/** A subscription, or the artifact for one: equal keys belong together. */
interface Side {
  readonly field: "commits" | "images" | "charts";
  readonly url: string;
}

const REPOSITORIES = { commits: "Git repository", images: "image repository", charts: "Helm chart" } as const;

/** Every artifact is subscribed to, and every subscription has exactly one artifact. */
function artifactViolations(freight: Freight, warehouse: Warehouse): readonly Violation[] {
  const { name } = warehouse.metadata;
  const subscribed = new Map(subscriptionsOf(warehouse).map((side) => [keyOf(side), side]));
  const found = artifactsOf(freight);
  const foreign = found
    .filter(({ side }) => !subscribed.has(keyOf(side)))
    .map(({ side: { field }, artifact }) => {
      return invalidValue(field, artifact, `no subscription found for ${REPOSITORIES[field]} in Warehouse "${name}"`);
    });
  const counted = [...subscribed].flatMap(([key, { field, url }]) => {
    const count = found.filter(({ side }) => keyOf(side) === key).length;
    if (count === 1) return [];
    const problem = count === 0 ? "no artifact" : "multiple artifacts";
    const text = `${problem} found for subscription ${JSON.stringify(url)} of Warehouse "${name}"`;
    return [invalidValue(field, null, text)];
  });
  return [...foreign, ...counted];
}

function subscriptionsOf({ spec }: Warehouse): readonly Side[] {
  return spec.subscriptions.map(decodeSubscription).flatMap(sideOf);
}

function sideOf(subscription: Subscription): readonly Side[] {
  switch (subscription.kind) {
    case "git":
      return [{ field: "commits", url: normalizeGit(subscription.git.repoURL) }];
    case "image":
      return [{ field: "images", url: subscription.image.repoURL }];
    case "chart":
      return [{ field: "charts", url: chartURL(subscription.chart) }];
    case "generic":
    case "undecodable":
      return [];
  }
}

function artifactsOf({ commits = [], images = [], charts = [] }: Freight) {
  const side = (field: Side["field"], url: string, artifact: object) => ({ side: { field, url }, artifact });
  return [
    ...commits.map((commit) => side("commits", normalizeGit(commit.repoURL ?? ""), commit)),
    ...images.map((image) => side("images", image.repoURL ?? "", image)),
    ...charts.map((chart) => side("charts", chartURL(chart), chart)),
  ];
}

function chartURL({ repoURL = "", name = "" }: { readonly repoURL?: string; readonly name?: string }): string {
  return cleanPath(normalizeChart(repoURL), name);
}

function keyOf({ field, url }: Side): string {
  return `${field} ${url}`;
}
