// What a discovery saw of the tags that were pushed: the same for images and charts, which call it.
import type { OciClient, OciRepository } from "../registries/oci-client.ts";
import { mapSideBySide } from "./side-by-side.ts";

/**
 * - `new`: among the newest, and under another digest than before, or for the first time.
 * - `same-digest`: among the newest, as before.
 * - `missing`: wanted, but the registry does not show it.
 * - `unwanted`: the subscription does not take it, or newer ones fill its limit, whether the registry shows it or not.
 */
export type Sighting = "new" | "same-digest" | "missing" | "unwanted";

/** Requests under way for one subscription. */
export const CONCURRENCY = 4;

interface VisibleOptions {
  readonly client: OciClient;
  readonly repository: OciRepository;
  /** Those that the subscription wants. */
  readonly pushed: readonly string[];
  readonly signal: AbortSignal;
}

/** The tag list, and pushed tags that a registry already serves but does not list yet. */
export async function listVisibleTags({
  client,
  repository,
  pushed,
  signal,
}: VisibleOptions): Promise<ReadonlySet<string>> {
  const tags = new Set(await client.listTags(repository, signal));
  const unlisted = pushed.filter((tag) => !tags.has(tag));
  return tags.union(await headVisibleTags({ client, repository, pushed: unlisted, signal }));
}

/** Those of the pushed tags that the registry serves, by a free HEAD each. */
export async function headVisibleTags(options: VisibleOptions): Promise<ReadonlySet<string>> {
  const { client, repository, pushed, signal } = options;
  const heads = await mapSideBySide(pushed, CONCURRENCY, (tag) => client.headManifest(repository, tag, signal));
  return new Set(pushed.filter((_, place) => heads[place] !== undefined));
}
