// Names of chart repositories: kargo-behaviour.md, sections 4.3 and 13.4.
import { sanitize, toLowerCase } from "./go-text.ts";
import { parseURL } from "./go-url.ts";
import { normalizeImage } from "./image.ts";

/** The canonical form in which subscriptions and pushes are compared; an invalid URL stays as it was given. */
export function normalizeChart(text: string): string {
  const clean = sanitize(text);
  if (!parseURL(clean)) return text;
  const lower = toLowerCase(clean);
  return normalizeImage(lower.startsWith("oci://") ? lower.slice("oci://".length) : lower);
}
