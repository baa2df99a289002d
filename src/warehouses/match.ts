// Which Warehouses a push concerns, and which rule decided: kargo-behaviour.md, section 4.4.
// An index by normalised repository URL, kept current by the Warehouse informer; a lookup does not grow with the cluster.
import { messageOf } from "../errors.ts";
import { normalizeChart } from "../references/chart.ts";
import { normalizeGit } from "../references/git.ts";
import { normalizeImage } from "../references/image.ts";
import { decodeSubscription, type Subscription } from "../resources/decode-subscription.ts";
import { keyOf } from "../resources/resource.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { createChartSelector } from "../selectors/chart-selector.ts";
import { createImageSelector } from "../selectors/image-selector.ts";

/** A Warehouse subscribed to the pushed repository, and what became of it. */
export interface Match {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly isMatched: boolean;
  /** The pushed URL it subscribes to, normalised. */
  readonly repoURL: string;
  /** Which rule decided, in words. */
  readonly rule: string;
}

interface PushedTag {
  readonly repoURLs: readonly string[];
  readonly tag: string;
}

export interface WarehouseIndex {
  /** Takes in the present state of a Warehouse; undefined when it was deleted. */
  update(key: string, warehouse: Warehouse | undefined): void;
  /** Every subscribed Warehouse of the namespace, or of all of them where it is empty, with its verdict. */
  match(push: PushedTag, namespace: string): readonly Match[];
  /** The same for one Warehouse; undefined when it does not subscribe. */
  matchOne(key: string, push: PushedTag, namespace: string): Match | undefined;
}

interface IndexedWarehouse {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly subscriptions: ReadonlyMap<string, readonly TagRule[]>;
}

/** Says whether one subscription wants a tag. */
type TagRule = (tag: string) => { readonly isAdmitted: boolean; readonly rule: string };

export function createWarehouseIndex(): WarehouseIndex {
  const byKey = new Map<string, IndexedWarehouse>();
  const byURL = new Map<string, Set<string>>();

  const remove = (key: string) => {
    for (const url of byKey.get(key)?.subscriptions.keys() ?? []) {
      const keys = byURL.get(url);
      keys?.delete(key);
      if (keys?.size === 0) byURL.delete(url);
    }
    byKey.delete(key);
  };

  const add = (entry: IndexedWarehouse) => {
    byKey.set(entry.key, entry);
    for (const url of entry.subscriptions.keys()) {
      const keys = byURL.get(url) ?? new Set();
      byURL.set(url, keys.add(entry.key));
    }
  };

  const matchOne: WarehouseIndex["matchOne"] = (key, push, namespace) => {
    const entry = byKey.get(key);
    if (!entry || (namespace !== "" && entry.namespace !== namespace)) return undefined;
    return judge(entry, push);
  };

  return {
    update(key, warehouse) {
      remove(key);
      if (warehouse) add(indexed(key, warehouse));
    },
    match(push, namespace) {
      const keys = new Set(push.repoURLs.flatMap((url) => [...(byURL.get(url) ?? [])]));
      return [...keys].map((key) => matchOne(key, push, namespace)).filter((match) => match !== undefined);
    },
    matchOne,
  };
}

function indexed(key: string, warehouse: Warehouse): IndexedWarehouse {
  const { namespace = "", name, uid = "" } = warehouse.metadata;
  const subscriptions = new Map<string, TagRule[]>();
  for (const [index, raw] of (warehouse.spec.subscriptions ?? []).entries()) {
    const subscription = decodeSubscription(raw, index);
    const url = subscribedURL(subscription);
    if (url !== "") subscriptions.set(url, [...(subscriptions.get(url) ?? []), tagRule(subscription)]);
  }
  return { key: key || keyOf(warehouse.metadata), namespace, name, uid, subscriptions };
}

/** Empty where nothing can be pushed to it. */
function subscribedURL(subscription: Subscription): string {
  switch (subscription.kind) {
    case "image":
      return normalizeImage(subscription.image.repoURL);
    case "chart":
      return normalizeChart(subscription.chart.repoURL);
    case "git":
      return normalizeGit(subscription.git.repoURL);
    case "generic":
    case "undecodable":
      return "";
  }
}

/** A selector that cannot be built wants nothing, and says why; it never harms another Warehouse. */
function tagRule(subscription: Subscription): TagRule {
  try {
    if (subscription.kind === "image") return createImageSelector(subscription.image).explain;
    if (subscription.kind === "chart") return createChartSelector(subscription.chart).explain;
    return () => ({ isAdmitted: false, rule: "a git subscription wants refs, not tags of a registry" });
  } catch (error) {
    const rule = `its selector cannot be built: ${messageOf(error)}`;
    return () => ({ isAdmitted: false, rule });
  }
}

function judge(entry: IndexedWarehouse, push: PushedTag): Match | undefined {
  const { key, namespace, name, uid } = entry;
  let refused: Match | undefined;
  for (const repoURL of push.repoURLs) {
    for (const explain of entry.subscriptions.get(repoURL) ?? []) {
      const verdict = push.tag === "" ? { isAdmitted: true, rule: "the push names no tag" } : explain(push.tag);
      const match: Match = { key, namespace, name, uid, repoURL, isMatched: verdict.isAdmitted, rule: verdict.rule };
      if (match.isMatched) return match;
      refused ??= match;
    }
  }
  return refused;
}
