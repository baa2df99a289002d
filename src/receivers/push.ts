// What every sender's webhook is turned into, and what the senders' files share.
import { InputError } from "../errors.ts";

/** A push as a sender reported it. */
export interface Push {
  /** Every form under which a Warehouse may have subscribed to the repository, normalised, without repeats. */
  readonly repoURLs: readonly string[];
  /** Sorted, without repeats; none when the sender named none: every subscription to the repository matches. */
  readonly tags: readonly string[];
  /** Empty when the sender named none. */
  readonly mediaType: string;
}

export type ParsedPush =
  | { readonly kind: "push"; readonly push: Push }
  | { readonly kind: "refused"; readonly reason: string };

/** One sender of webhooks; adding one is a file like `quay.ts`, a row in `senders.ts`, a fixture and a test. */
export interface Sender {
  /** The receiver's key in `spec.webhookReceivers[]` and in the path. */
  readonly name: string;
  /** Reads the bytes as they came; pure. */
  parse(body: Uint8Array): ParsedPush;
}

/** A body that `read` does not take is refused with the reason that its `InputError` gives. */
export function parsedPush(read: () => Push): ParsedPush {
  try {
    return { kind: "push", push: read() };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: "refused", reason: error.message };
  }
}

/** More tags than anybody pushes at once count as none: whoever subscribes to the repository looks at everything. */
const MAX_TAGS = 100;

/** Kargo sorts them, and drops repeats and empty ones: docs/compatibility.md, section 4.4. */
export function pushedTags(tags: readonly string[]): readonly string[] {
  const named = [...new Set(tags)].filter((tag) => tag !== "").sort();
  return named.length > MAX_TAGS ? [] : named;
}
