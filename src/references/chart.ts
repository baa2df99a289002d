// Names of chart repositories: docs/compatibility.md, section 4.3.
import { sanitize, toLowerCase } from "./go-text.ts";
import { parseURL } from "./go-url.ts";
import { normalizeImage } from "./image.ts";

/** Nothing in it that a URL would be parsed for: most names that are pushed. */
const PLAIN = /^[a-z0-9_-]+(\/[a-z0-9_-]+)*$/;

/** The canonical form in which subscriptions and pushes are compared; an invalid URL stays as it was given. */
export function normalizeChart(text: string): string {
  if (PLAIN.test(text)) return normalizeImage(text);
  const clean = sanitize(text);
  if (!parseURL(clean)) return text;
  const lower = toLowerCase(clean);
  return normalizeImage(lower.startsWith("oci://") ? lower.slice("oci://".length) : lower);
}
