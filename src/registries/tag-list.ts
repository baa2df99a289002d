// Reads a tag list page by page: Distribution Specification 1.1, "Listing Tags". The next page is where the `Link`
// header says, as long as that is the host that answered; a list that never ends is an error, not a part of a list.

import type { RegistryResponse } from "./exchange.ts";
import { parseJSON, unusable } from "./registry-failure.ts";

const MAX_PAGES = 1_000;
const MAX_TAGS = 500_000;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Whether a registry can have a tag of this name. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** `read` gets the absolute URL of a page and answers only with status 200. Each tag is there once. */
export async function readTags(
  firstPage: string,
  read: (url: string) => Promise<RegistryResponse>,
): Promise<readonly string[]> {
  const tags = new Set<string>();
  const pages = new Set<string>();
  for (let url: string | undefined = firstPage; url !== undefined; ) {
    const asked = { method: "GET", url } as const;
    if (pages.has(url)) throw unusable(asked, "the pages of the tag list go round in a circle");
    if (pages.size === MAX_PAGES) throw unusable(asked, `the tag list has more than ${MAX_PAGES} pages`);
    pages.add(url);
    const response = await read(url);
    const before = tags.size;
    const page = tagsOf(parseJSON(response.body, asked));
    for (const tag of page) tags.add(tag);
    if (tags.size > MAX_TAGS) throw unusable(asked, `the repository has more than ${MAX_TAGS} tags`);
    url = nextPage(response, asked);
    if (url !== undefined && page.length > 0 && tags.size === before) {
      throw unusable(asked, "the tag list has no end: its pages repeat the same tags");
    }
  }
  return [...tags];
}

/** A registry without any tag may write null. What cannot be a tag is passed over. */
function tagsOf(page: unknown): readonly string[] {
  const { tags } = (page ?? {}) as { readonly tags?: unknown };
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === "string" && isTag(tag)) : [];
}

/** RFC 8288. Relative to what answered. */
function nextPage(
  response: RegistryResponse,
  asked: { readonly method: "GET"; readonly url: string },
): string | undefined {
  const link = /<([^>]*)>\s*;[^,]*\brel\s*=\s*"?next"?/i.exec(response.header("link"))?.[1];
  if (link === undefined) return undefined;
  const url = URL.parse(link, response.url);
  if (url?.origin !== new URL(response.url).origin) {
    throw unusable(asked, "the next page of the tag list is on another host, which is not followed");
  }
  return url.href;
}
