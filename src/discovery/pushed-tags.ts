// What a discovery saw of the tags that were pushed: the same for images and charts.
import type { OciClient, OciRepository } from "../registries/oci-client.ts";

/**
 * - `new`: among the newest, and under another digest than before, or for the first time.
 * - `same-digest`: among the newest, as before.
 * - `missing`: wanted, but the registry does not show it.
 * - `unwanted`: the subscription does not take it, or newer ones fill its limit.
 */
export type Sighting = "new" | "same-digest" | "missing" | "unwanted";

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
  for (const tag of pushed) {
    if (!tags.has(tag) && (await client.headManifest(repository, tag, signal))) tags.add(tag);
  }
  return tags;
}
