// Where a webhook receiver is reached: kargo-behaviour.md, section 2.1. The ProjectConfig controller publishes it.
// Senders have these URLs typed into their settings: one changed byte here breaks every one of them.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { InputError } from "../errors.ts";
import { parseURL, printURL } from "../references/go-url.ts";

interface ReceiverIdentity {
  /** The namespace of the ProjectConfig; empty for a ClusterConfig. */
  readonly project: string;
  readonly name: string;
  /** The sender as it stands in the path: `dockerhub`. */
  readonly sender: string;
  /** The raw bytes of the Secret's data key, untrimmed. */
  readonly secret: Uint8Array;
}

/** The path under the base URL and the whole URL; both are credentials. Throws `InputError` for a base Go cannot parse. */
export function receiverURL(baseURL: string, receiver: ReceiverIdentity): { path: string; url: string } {
  const hash = createHash("sha256")
    .update(receiver.project)
    .update(receiver.name)
    .update(receiver.secret)
    .digest("hex");
  const base = parseURL(baseURL);
  if (!base?.scheme || base.host === "") throw new InputError("the base URL of the receivers is not absolute");
  const path = posix.join("/", base.path, receiver.sender, hash);
  return { path, url: printURL({ ...base, path, rawPath: "" }) };
}
