// Discovers the artifacts of all subscriptions of one Warehouse, side by side. One that fails hides nothing of the
// others; a kind that cannot be discovered yet fails with a sentence. `pass` calls it.
import { type ChartDiscovery, discoverCharts } from "../discovery/charts.ts";
import { discoverImages, type ImageDiscovery } from "../discovery/images.ts";
import { InputError } from "../errors.ts";
import type { CredentialFor } from "../registries/credentials.ts";
import type { OciClient } from "../registries/oci-client.ts";
import { decodeSubscription, type Subscription, subscribedURL } from "../resources/decode-subscription.ts";
import type { ChartSubscription, ImageSubscription } from "../resources/subscription.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { subscriptionFaults } from "../resources/warehouse-rules.ts";
import {
  type Findings,
  gatherFindings,
  type Scan,
  type SubscriptionOutcome,
  shownCharts,
  shownImages,
} from "./findings.ts";

export interface DiscoveryRequest {
  readonly warehouse: Warehouse;
  /** By normalised repoURL: the tags that were pushed and not answered yet. */
  readonly pushed: ReadonlyMap<string, ReadonlySet<string>>;
  /** What the last pass learned; empty before the first. */
  readonly scan: Scan;
  /** Whether status and `scan` hold for every tag that was not pushed: then only the pushed ones are asked for. */
  readonly isTrusted: boolean;
  readonly signal: AbortSignal;
}

/** Rejects only when the signal aborts: what fails is part of the result. */
export type DiscoverWarehouse = (request: DiscoveryRequest) => Promise<Findings>;

interface DiscoveryOptions {
  readonly client: OciClient;
  readonly credentialFor: CredentialFor;
}

interface Task extends DiscoveryRequest, DiscoveryOptions {
  /** In `spec.subscriptions`. */
  readonly place: number;
  /** The subscription's own name. */
  readonly name: string | undefined;
  /** What Kargo's webhook would have refused, where no webhook stood before us. */
  readonly fault: string | undefined;
}

const NONE: ReadonlySet<string> = new Set();

export function createWarehouseDiscovery(options: DiscoveryOptions): DiscoverWarehouse {
  return async (request) => {
    const subscriptions = (request.warehouse.spec.subscriptions ?? []).map(decodeSubscription);
    const faults = subscriptionFaults(request.warehouse);
    const outcomes = await Promise.all(
      subscriptions.map((subscription, place) =>
        discoverOne(subscription, {
          ...{ ...request, ...options, place, name: nameOf(subscription) },
          fault: faults.get(place),
        }),
      ),
    );
    request.signal.throwIfAborted();
    return gatherFindings(request.warehouse, outcomes);
  };
}

function nameOf(subscription: Subscription): string | undefined {
  return subscription.kind === "undecodable" ? undefined : subscription.name;
}

async function discoverOne(subscription: Subscription, task: Task): Promise<SubscriptionOutcome> {
  const repoURL = subscribedURL(subscription);
  const tags = task.pushed.get(repoURL) ?? NONE;
  const shared = { subscription, repoURL, tags };
  try {
    if (task.fault !== undefined && subscription.kind !== "generic" && subscription.kind !== "undecodable")
      throw new InputError(task.fault);
    if (subscription.kind === "image")
      return { ...shared, kind: "image", ...(await imagesOf(subscription.image, tags, task)) };
    if (subscription.kind === "chart")
      return { ...shared, kind: "chart", ...(await chartsOf(subscription.chart, tags, task)) };
    throw new InputError(notDiscovered(subscription));
  } catch (error) {
    return { ...shared, kind: "failed", error };
  }
}

async function imagesOf(image: ImageSubscription, pushed: ReadonlySet<string>, task: Task): Promise<ImageDiscovery> {
  const { warehouse, name, client, credentialFor, signal } = task;
  const shown = shownImages(warehouse, image, name);
  const unsuitable = task.scan.get(task.place);
  const isTrusted = task.isTrusted && shown !== undefined && unsuitable !== undefined;
  if (isTrusted && pushed.size === 0) return { result: shown, sightings: new Map(), unsuitable };
  const earlier = { references: shown?.references ?? [], unsuitable: unsuitable ?? NONE, isTrusted };
  const credential = credentialFor({
    namespace: warehouse.metadata.namespace ?? "",
    kind: "image",
    repoURL: image.repoURL,
  });
  return discoverImages({ subscription: image, name, client, credential, earlier, pushed, signal });
}

async function chartsOf(chart: ChartSubscription, pushed: ReadonlySet<string>, task: Task): Promise<ChartDiscovery> {
  const { warehouse, name, client, credentialFor, signal } = task;
  const shown = shownCharts(warehouse, chart, name);
  const isTrusted = task.isTrusted && shown !== undefined && task.scan.has(task.place);
  if (isTrusted && pushed.size === 0) return { result: shown, sightings: new Map() };
  const credential = credentialFor({
    namespace: warehouse.metadata.namespace ?? "",
    kind: "helm",
    repoURL: chart.repoURL,
  });
  const trusted = isTrusted ? (shown.versions ?? []) : undefined;
  return discoverCharts({ subscription: chart, name, client, credential, trusted, pushed, signal });
}

function notDiscovered(subscription: Exclude<Subscription, { kind: "image" | "chart" }>): string {
  switch (subscription.kind) {
    case "git":
      return "Git repositories are not discovered yet";
    case "generic":
      return "error finding subscriber for subscription: no matching registration found";
    case "undecodable":
      return subscription.reason;
  }
}
