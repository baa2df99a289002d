// Discovers the images of one subscription: tags, selection, then the candidates in order until its limit. After a
// push to a repository whose last discovery is trusted, the tags are those it kept and the pushed ones: no list.
// docs/compatibility.md, section 8.1.
import { InputError } from "../errors.ts";
import { parseImageReference } from "../references/image.ts";
import type { Credential } from "../registries/credentials.ts";
import type { OciClient } from "../registries/oci-client.ts";
import type { DiscoveredImageReference, ImageDiscoveryResult } from "../resources/discovered-artifacts.ts";
import type { ImageSubscription } from "../resources/subscription.ts";
import { createImageSelector, type ImageSelector } from "../selectors/image-selector.ts";
import { CONCURRENCY, listVisibleTags, type Sighting } from "./pushed-tags.ts";
import { mapSideBySide } from "./side-by-side.ts";
import { createTagResolver, type EarlierImages, type ResolvedTag } from "./tag-resolver.ts";

export interface ImageDiscovery {
  readonly result: ImageDiscoveryResult;
  /** By pushed tag. */
  readonly sightings: ReadonlyMap<string, Sighting>;
  /** Tags that were looked at and lack the platform. */
  readonly unsuitable: ReadonlySet<string>;
}

export interface ImageRequest {
  readonly subscription: ImageSubscription;
  /** The subscription's own name. */
  readonly name?: string | undefined;
  readonly client: OciClient;
  readonly credential?: Credential | undefined;
  readonly earlier: EarlierImages;
  /** Tags that were pushed and not answered yet. */
  readonly pushed: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

const DEFAULT_LIMIT = 20;

/** Throws `InputError` for a subscription that cannot be used, `RegistryError` or `TransportError` otherwise. */
export async function discoverImages(request: ImageRequest): Promise<ImageDiscovery> {
  const { subscription, name, client, credential, pushed, signal } = request;
  const { repoURL, platform, imageSelectionStrategy: strategy, insecureSkipTLSVerify } = subscription;
  const isByDate = strategy === "NewestBuild";
  // Status keeps the newest alone and whole seconds: too little to put all candidates in order of their dates.
  const earlier = { ...request.earlier, isTrusted: request.earlier.isTrusted && !isByDate };
  const selector = createImageSelector(subscription);
  const repository = { ...parseImageReference(repoURL), credential, insecureSkipTLSVerify };
  const wanted = [...pushed].filter((tag) => selector.explain(tag).isAdmitted);
  const limit = subscription.discoveryLimit || DEFAULT_LIMIT;
  const resolve = createTagResolver({ client, repository, platform, earlier, pushed, signal });
  const resolveOf = async (tags: Iterable<string>): Promise<Found> => {
    const visible = [...new Set(tags)];
    return {
      visible,
      ...(await resolveCandidates({ candidates: selector.select(visible), isByDate, limit, resolve })),
    };
  };
  const found =
    strategy === "Digest"
      ? await resolveOf([constraintTag(subscription)])
      : ((await resolvePushed({ earlier, wanted, resolveOf })) ??
        (await resolveOf(await listVisibleTags({ client, repository, pushed: wanted, signal }))));
  const { visible, references, unsuitable, gone } = found;
  const result = { repoURL, ...(platform && { platform }), references, ...(name && { subscriptionName: name }) };
  const shown = new Set(visible.filter((tag) => !gone.has(tag)));
  return { result, sightings: sight({ selector, pushed, shown, references, earlier }), unsuitable };
}

function constraintTag({ constraint }: ImageSubscription): string {
  if (!constraint) throw new InputError("constraint: must name a tag when imageSelectionStrategy is Digest");
  return constraint;
}

interface PushedOptions {
  readonly earlier: EarlierImages;
  /** The pushed tags that the subscription wants. */
  readonly wanted: readonly string[];
  readonly resolveOf: (tags: Iterable<string>) => Promise<Found>;
}

/**
 * What follows from the last discovery and the pushed tags alone; undefined where that is not enough: it is not
 * trusted, or a tag that it kept fell out, whose place goes to one that it did not look at.
 */
async function resolvePushed({ earlier, wanted, resolveOf }: PushedOptions): Promise<Found | undefined> {
  if (!earlier.isTrusted) return undefined;
  const kept = earlier.references.map(({ tag }) => tag);
  const found = await resolveOf([...kept, ...earlier.unsuitable, ...wanted]);
  return kept.some((tag) => found.gone.has(tag) || found.unsuitable.has(tag)) ? undefined : found;
}

interface Candidates {
  /** Best first, but for NewestBuild, whose order their dates make. */
  readonly candidates: readonly string[];
  readonly isByDate: boolean;
  readonly limit: number;
  readonly resolve: (tag: string) => Promise<ResolvedTag>;
}

interface Resolved {
  readonly references: readonly DiscoveredImageReference[];
  readonly unsuitable: ReadonlySet<string>;
  readonly gone: ReadonlySet<string>;
}

interface Found extends Resolved {
  /** Tags of the repository, as far as they matter; the `gone` are not there. */
  readonly visible: readonly string[];
}

/** Candidates that lack the platform, or were deleted since the list, do not count against the limit. */
async function resolveCandidates({ candidates, isByDate, limit, resolve }: Candidates): Promise<Resolved> {
  const images: Extract<ResolvedTag, { kind: "image" }>[] = [];
  const passedOver = { unsuitable: new Set<string>(), gone: new Set<string>() };
  for (let next = 0; next < candidates.length && (isByDate || images.length < limit); ) {
    const batch = candidates.slice(next, isByDate ? candidates.length : next + limit - images.length);
    next += batch.length;
    const answers = await mapSideBySide(batch, CONCURRENCY, resolve);
    for (const [place, answer] of answers.entries()) {
      if (answer.kind === "image") images.push(answer);
      else passedOver[answer.kind].add(batch[place] ?? "");
    }
  }
  // The candidates stand in descending order of tags, and the sort is stable: that settles equal dates.
  if (isByDate) images.sort((a, b) => compare(b.createdAt, a.createdAt));
  return { references: images.slice(0, limit).map(({ reference }) => reference), ...passedOver };
}

/** An image without a date is older than all. */
function compare(a: bigint | undefined, b: bigint | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  return b === undefined || a > b ? 1 : -1;
}

interface SightOptions {
  readonly selector: ImageSelector;
  readonly pushed: ReadonlySet<string>;
  /** Tags that the registry has. */
  readonly shown: ReadonlySet<string>;
  readonly references: readonly DiscoveredImageReference[];
  readonly earlier: EarlierImages;
}

function sight({ selector, pushed, shown, references, earlier }: SightOptions): ReadonlyMap<string, Sighting> {
  const digestOf = (list: readonly DiscoveredImageReference[], wanted: string) =>
    list.find(({ tag }) => tag === wanted)?.digest;
  const sightingOf = (tag: string): Sighting => {
    if (!selector.explain(tag).isAdmitted) return "unwanted";
    if (!shown.has(tag)) return "missing";
    const digest = digestOf(references, tag);
    if (digest === undefined) return "unwanted";
    return digest === digestOf(earlier.references, tag) ? "same-digest" : "new";
  };
  return new Map([...pushed].map((tag) => [tag, sightingOf(tag)]));
}
