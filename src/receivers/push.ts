// What every sender's webhook is turned into.
/** A push as a sender reported it. */
export interface Push {
  /** Every form under which a Warehouse may have subscribed to the repository, normalised, without repeats. */
  readonly repoURLs: readonly string[];
  /** Empty when the sender named none: every subscription to the repository matches. */
  readonly tag: string;
  readonly mediaType: string;
}

export type ParsedPush =
  | { readonly kind: "push"; readonly push: Push }
  | { readonly kind: "refused"; readonly reason: string };

/** One sender of webhooks; adding one is a file like `dockerhub.ts` and a row in `senders.ts`. */
export interface Sender {
  /** The receiver's key in `spec.webhookReceivers[]` and in the path. */
  readonly name: string;
  /** Reads the bytes as they came; pure. */
  parse(body: Uint8Array): ParsedPush;
}
