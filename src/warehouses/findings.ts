// What one pass found, put together from the outcomes of its subscriptions: new results, for a subscription that
// failed those that status shows already, the errors in Kargo's words, and what became of each pushed tag. `discover`
// calls it.
import type { ChartDiscovery } from "../discovery/charts.ts";
import type { ImageDiscovery } from "../discovery/images.ts";
import { InputError, messageOf } from "../errors.ts";
import type { Subscription } from "../resources/decode-subscription.ts";
import type {
  ChartDiscoveryResult,
  DiscoveredArtifacts,
  ImageDiscoveryResult,
} from "../resources/discovered-artifacts.ts";
import { pushName } from "../resources/pushes.ts";
import type { ChartSubscription, ImageSubscription } from "../resources/subscription.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { PushOutcome } from "./awaited-pushes.ts";

export interface Findings {
  /** Lists in the order of the subscriptions. */
  readonly artifacts: Omit<DiscoveredArtifacts, "discoveredAt">;
  /** Empty when every subscription was discovered. */
  readonly failures: readonly Failure[];
  /** By `pushName`, for every pushed tag of a subscribed repository. */
  readonly outcomes: ReadonlyMap<string, PushOutcome>;
  readonly scan: Scan;
}

export interface Failure {
  readonly error: unknown;
  readonly message: string;
}

/** By place in `spec.subscriptions`, for those that were discovered: tags that were looked at and lack the platform. */
export type Scan = ReadonlyMap<number, ReadonlySet<string>>;

/** One subscription's part of a pass. */
export type SubscriptionOutcome = {
  readonly subscription: Subscription;
  /** Normalised. */
  readonly repoURL: string;
  /** Pushed to it. */
  readonly tags: ReadonlySet<string>;
} & (
  | ({ readonly kind: "image" } & ImageDiscovery)
  | ({ readonly kind: "chart" } & ChartDiscovery)
  | { readonly kind: "failed"; readonly error: unknown }
);

export function gatherFindings(warehouse: Warehouse, outcomes: readonly SubscriptionOutcome[]): Findings {
  return {
    artifacts: gatherArtifacts(warehouse, outcomes),
    failures: outcomes.flatMap((outcome) => (outcome.kind === "failed" ? [failureOf(warehouse, outcome)] : [])),
    outcomes: gatherPushes(outcomes),
    scan: new Map(outcomes.flatMap((outcome, place) => scanOf(outcome).map((unsuitable) => [place, unsuitable]))),
  };
}

/** What status shows of an image subscription. */
export function shownImages(
  { status }: Warehouse,
  { repoURL, platform }: ImageSubscription,
  name: string | undefined,
): ImageDiscoveryResult | undefined {
  return status?.discoveredArtifacts?.images?.find(
    (one) =>
      one.repoURL === repoURL &&
      (one.platform ?? "") === (platform ?? "") &&
      (one.subscriptionName ?? "") === (name ?? ""),
  );
}

/** What status shows of a chart subscription. */
export function shownCharts(
  { status }: Warehouse,
  subscription: ChartSubscription,
  name: string | undefined,
): ChartDiscoveryResult | undefined {
  return status?.discoveredArtifacts?.charts?.find(
    (one) =>
      one.repoURL === subscription.repoURL &&
      (one.name ?? "") === (subscription.name ?? "") &&
      (one.subscriptionName ?? "") === (name ?? ""),
  );
}

function gatherArtifacts(warehouse: Warehouse, outcomes: readonly SubscriptionOutcome[]): Findings["artifacts"] {
  const { discoveredArtifacts } = warehouse.status ?? {};
  const subscribed = outcomes.map(({ subscription }) => subscription);
  // Kargo may have left results of kinds that are not discovered here yet: they go with their subscriptions.
  const git = discoveredArtifacts?.git?.filter(({ repoURL }) =>
    subscribed.some((one) => one.kind === "git" && one.git.repoURL === repoURL),
  );
  const results = discoveredArtifacts?.results?.filter(({ name }) =>
    subscribed.some((one) => one.kind === "generic" && one.name === name),
  );
  return {
    ...(git?.length && { git }),
    ...listed(
      "images",
      outcomes.flatMap((outcome) => imagesIn(warehouse, outcome)),
    ),
    ...listed(
      "charts",
      outcomes.flatMap((outcome) => chartsIn(warehouse, outcome)),
    ),
    ...(results?.length && { results }),
  };
}

function listed<K extends string, T>(key: K, list: readonly T[]): { readonly [P in K]?: readonly T[] } {
  return (list.length > 0 ? { [key]: list } : {}) as { readonly [P in K]?: readonly T[] };
}

function imagesIn(warehouse: Warehouse, outcome: SubscriptionOutcome): readonly ImageDiscoveryResult[] {
  if (outcome.kind === "image") return [outcome.result];
  const { subscription } = outcome;
  if (outcome.kind === "chart" || subscription.kind !== "image") return [];
  const shown = shownImages(warehouse, subscription.image, subscription.name);
  return shown ? [shown] : [];
}

function chartsIn(warehouse: Warehouse, outcome: SubscriptionOutcome): readonly ChartDiscoveryResult[] {
  if (outcome.kind === "chart") return [outcome.result];
  const { subscription } = outcome;
  if (outcome.kind === "image" || subscription.kind !== "chart") return [];
  const shown = shownCharts(warehouse, subscription.chart, subscription.name);
  return shown ? [shown] : [];
}

function failureOf(warehouse: Warehouse, outcome: Extract<SubscriptionOutcome, { kind: "failed" }>): Failure {
  const isStale = imagesIn(warehouse, outcome).length + chartsIn(warehouse, outcome).length > 0;
  const mark = isStale ? " (the artifacts shown of it are from an earlier discovery)" : "";
  return { error: outcome.error, message: `${describe(outcome.subscription)}${messageOf(outcome.error)}${mark}` };
}

/** docs/compatibility.md, section 7.4. */
function describe(subscription: Subscription): string {
  switch (subscription.kind) {
    case "image":
      return `error discovering newest applicable images "${subscription.image.repoURL}": `;
    case "chart":
      return `error discovering chart versions from helm chart repo "${subscription.chart.repoURL}": `;
    case "git":
      return `error discovering commits from git repo "${subscription.git.repoURL}": `;
    case "generic":
    case "undecodable":
      return "";
  }
}

/** Where several subscriptions were pushed to, the one that found the least decides, unless it does not want the tag. */
const GRAVEST_FIRST: readonly PushOutcome[] = ["failed", "missing", "same-digest", "new", "unusable", "unwanted"];

function gatherPushes(outcomes: readonly SubscriptionOutcome[]): ReadonlyMap<string, PushOutcome> {
  const gathered = new Map<string, PushOutcome>();
  for (const outcome of outcomes) {
    for (const tag of outcome.tags) {
      const name = pushName({ repoURL: outcome.repoURL, tag });
      const one = outcome.kind === "failed" ? failedOutcome([outcome]) : (outcome.sightings.get(tag) ?? "unwanted");
      const other = gathered.get(name) ?? "unwanted";
      gathered.set(name, GRAVEST_FIRST.indexOf(one) < GRAVEST_FIRST.indexOf(other) ? one : other);
    }
  }
  return gathered;
}

/** Of a push that these errors kept from being looked for; where each wants another spec, to try again is vain. */
export function failedOutcome(failures: readonly { readonly error: unknown }[]): "failed" | "unusable" {
  return failures.every(({ error }) => error instanceof InputError) ? "unusable" : "failed";
}

function scanOf(outcome: SubscriptionOutcome): readonly ReadonlySet<string>[] {
  if (outcome.kind === "failed") return [];
  return [outcome.kind === "image" ? outcome.unsuitable : new Set()];
}
