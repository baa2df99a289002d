// Which Warehouses a push concerns, and which rule decided: docs/compatibility.md, section 4.4.
// An index by normalised repository URL, kept current by the Warehouse informer; a lookup does not grow with the cluster.
import { messageOf } from "../errors.ts";
import { decodeSubscription, type Subscription, subscribedURL } from "../resources/decode-subscription.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { createChartSelector } from "../selectors/chart-selector.ts";
import { createGitSelector } from "../selectors/git-selector.ts";
import { createImageSelector } from "../selectors/image-selector.ts";
import type { CanonicalURL } from "./registry-aliases.ts";

/** A Warehouse subscribed to the pushed repository, one of the pushed tags, and whether it wants it. */
export interface Match {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Empty where it stands for all of them. */
  readonly tag: string;
  readonly isMatched: boolean;
  /** The repository as the Warehouse names it, normalised; empty where subscriptions to several names of it match. */
  readonly repoURL: string;
  /** Which rule decided, in words. */
  readonly rule: string;
}

/** A delivery, as far as it decides who is concerned. */
interface Pushed {
  /** The only namespace it concerns; empty for all of them. */
  readonly project: string;
  readonly repoURLs: readonly string[];
  /** None when the push names none. */
  readonly tags: readonly string[];
}

export interface WarehouseIndex {
  /** Takes in the present state of a Warehouse, undefined when it was deleted; whether its subscriptions may be others. */
  update(key: string, warehouse: Warehouse | undefined): boolean;
  /** The names of repositories under which pushes and Warehouses meet. */
  canonicalURLs(repoURLs: readonly string[]): readonly string[];
  /** Those the Warehouse subscribes to. */
  subscribedURLs(key: string): readonly string[];
  /** Every subscribed Warehouse of the project, with its verdict on each tag. */
  match(push: Pushed): readonly Match[];
  /** The same for one Warehouse; empty when it does not subscribe. */
  matchOne(key: string, push: Pushed): readonly Match[];
}

interface IndexedWarehouse {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number | undefined;
  readonly subscriptions: readonly IndexedSubscription[];
}

interface IndexedSubscription {
  readonly repoURL: string;
  /** The same under the registry's one name. */
  readonly canonicalURL: string;
  /** Built when it is first asked for: most Warehouses never see a push. */
  readonly rule: () => TagRule;
}

/** Which tags one subscription wants. */
interface TagRule {
  explain(tag: string): { readonly isAdmitted: boolean; readonly rule: string };
  /** Why it can want none, in words. */
  readonly fault?: string;
}

export function createWarehouseIndex(canonical: CanonicalURL): WarehouseIndex {
  return new Index(canonical);
}

class Index implements WarehouseIndex {
  readonly #canonical: CanonicalURL;
  readonly #byKey = new Map<string, IndexedWarehouse>();
  /** Keys by canonical URL, then by namespace. */
  readonly #byURL = new Map<string, Map<string, Set<string>>>();

  constructor(canonical: CanonicalURL) {
    this.#canonical = canonical;
  }

  update(key: string, warehouse: Warehouse | undefined): boolean {
    const before = this.#byKey.get(key);
    if (before && warehouse && isSameSpec(before, warehouse)) return false;
    if (before) this.#remove(before);
    if (warehouse) this.#add(indexed(key, warehouse, this.#canonical));
    return true;
  }

  canonicalURLs(repoURLs: readonly string[]): readonly string[] {
    return repoURLs.map(this.#canonical).filter((url, place, urls) => urls.indexOf(url) === place);
  }

  subscribedURLs(key: string): readonly string[] {
    return [...new Set(this.#byKey.get(key)?.subscriptions.map(({ canonicalURL }) => canonicalURL))];
  }

  match(push: Pushed): readonly Match[] {
    const { project } = push;
    const keys = new Set<string>();
    for (const url of this.canonicalURLs(push.repoURLs)) {
      const byNamespace = this.#byURL.get(url);
      const lists = project === "" ? byNamespace?.values() : [byNamespace?.get(project)];
      for (const list of lists ?? []) for (const key of list ?? []) keys.add(key);
    }
    return [...keys].flatMap((key) => this.matchOne(key, push));
  }

  matchOne(key: string, push: Pushed): readonly Match[] {
    const entry = this.#byKey.get(key);
    if (!entry || (push.project !== "" && entry.namespace !== push.project)) return [];
    return judge(entry, this.canonicalURLs(push.repoURLs), push.tags);
  }

  #add(entry: IndexedWarehouse): void {
    this.#byKey.set(entry.key, entry);
    for (const { canonicalURL } of entry.subscriptions) {
      const byNamespace = this.#byURL.get(canonicalURL) ?? new Map<string, Set<string>>();
      this.#byURL.set(canonicalURL, byNamespace);
      byNamespace.set(entry.namespace, (byNamespace.get(entry.namespace) ?? new Set()).add(entry.key));
    }
  }

  #remove({ key, namespace, subscriptions }: IndexedWarehouse): void {
    this.#byKey.delete(key);
    for (const { canonicalURL } of subscriptions) {
      const byNamespace = this.#byURL.get(canonicalURL);
      const keys = byNamespace?.get(namespace);
      keys?.delete(key);
      if (keys?.size === 0) byNamespace?.delete(namespace);
      if (byNamespace?.size === 0) this.#byURL.delete(canonicalURL);
    }
  }
}

/** A status that moved says nothing new about subscriptions. */
function isSameSpec({ uid, generation }: IndexedWarehouse, { metadata }: Warehouse): boolean {
  return generation !== undefined && generation === metadata.generation && uid === metadata.uid;
}

function indexed(key: string, warehouse: Warehouse, canonical: CanonicalURL): IndexedWarehouse {
  const { namespace = "", name, uid = "", generation } = warehouse.metadata;
  const subscriptions: IndexedSubscription[] = [];
  for (const [index, raw] of listOf(warehouse.spec?.subscriptions).entries()) {
    const subscription = decodeSubscription(raw, index);
    const repoURL = subscribedURL(subscription);
    if (repoURL === "") continue;
    subscriptions.push({ repoURL, canonicalURL: canonical(repoURL), rule: lazyTagRule(subscription) });
  }
  return { key, namespace, name, uid, generation, subscriptions };
}

/** A server without the CRD's schema may hold anything there. */
function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}

function lazyTagRule(subscription: Subscription): () => TagRule {
  let rule: TagRule | undefined;
  return () => {
    rule ??= tagRule(subscription);
    return rule;
  };
}

/** A selector that cannot be built wants nothing, and says why; it never harms another Warehouse. */
function tagRule(subscription: Subscription): TagRule {
  try {
    if (subscription.kind === "image") return createImageSelector(subscription.image);
    if (subscription.kind === "chart") return createChartSelector(subscription.chart);
    if (subscription.kind === "git") return createGitSelector(subscription.git);
    return faulty("nothing can be pushed to it");
  } catch (error) {
    return faulty(`its selector cannot be built: ${messageOf(error)}`);
  }
}

function faulty(fault: string): TagRule {
  return { explain: () => ({ isAdmitted: false, rule: fault }), fault };
}

/** A Warehouse that wants more of the tags of one push than this looks at everything. */
const MAX_FOLLOWED_TAGS = 20;

function judge(entry: IndexedWarehouse, urls: readonly string[], tags: readonly string[]): readonly Match[] {
  const subscriptions = entry.subscriptions.filter(({ canonicalURL }) => urls.includes(canonicalURL));
  if (subscriptions.length === 0) return [];
  if (tags.length === 0) return [judgeUntagged(entry, subscriptions)];
  const matches = tags.map((tag) => judgeTag(entry, subscriptions, tag));
  const wantedCount = matches.filter(({ isMatched }) => isMatched).length;
  if (wantedCount <= MAX_FOLLOWED_TAGS) return matches;
  return [everything(entry, subscriptions, `it wants ${wantedCount} of the pushed tags`)];
}

/** Wanted whatever the constraint is, unless there is none that can be met. */
function judgeUntagged(entry: IndexedWarehouse, subscriptions: readonly IndexedSubscription[]): Match {
  const usable = subscriptions.filter(({ rule }) => rule().fault === undefined);
  if (usable.length > 0) return everything(entry, usable, "the push names no tag");
  const rule = subscriptions[0]?.rule().fault ?? "";
  return { ...identityOf(entry), tag: "", isMatched: false, repoURL: commonURL(subscriptions), rule };
}

function everything(entry: IndexedWarehouse, admitted: readonly IndexedSubscription[], rule: string): Match {
  return { ...identityOf(entry), tag: "", isMatched: true, repoURL: commonURL(admitted), rule };
}

function judgeTag(entry: IndexedWarehouse, subscriptions: readonly IndexedSubscription[], tag: string): Match {
  const verdicts = subscriptions.map(({ repoURL, rule }) => ({ repoURL, ...rule().explain(tag) }));
  const admitted = verdicts.filter(({ isAdmitted }) => isAdmitted);
  const isMatched = admitted.length > 0;
  const decisive = isMatched ? admitted : verdicts;
  return { ...identityOf(entry), tag, isMatched, repoURL: commonURL(decisive), rule: decisive[0]?.rule ?? "" };
}

function identityOf({
  key,
  namespace,
  name,
  uid,
}: IndexedWarehouse): Pick<Match, "key" | "namespace" | "name" | "uid"> {
  return { key, namespace, name, uid };
}

function commonURL(subscriptions: readonly { readonly repoURL: string }[]): string {
  const [repoURL = "", ...others] = new Set(subscriptions.map((subscription) => subscription.repoURL));
  return others.length > 0 ? "" : repoURL;
}
