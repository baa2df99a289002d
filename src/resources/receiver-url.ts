// Where a webhook receiver is reached: docs/compatibility.md, section 2.1. The ProjectConfig controller publishes it.
// Senders have these URLs typed into their settings: one changed byte here breaks every one of them.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { InputError } from "../errors.ts";
import { parseURL, printURL } from "../references/go-url.ts";

interface HashedIdentity {
  /** The namespace of the ProjectConfig; empty for a ClusterConfig. */
  readonly project: string;
  readonly name: string;
  /** The raw bytes of the Secret's data key, untrimmed. */
  readonly secret: Uint8Array;
}

interface ReceiverIdentity extends HashedIdentity {
  /** The sender as it stands in the path: `dockerhub`. */
  readonly sender: string;
}

/** The path under the base URL and the whole URL; both are credentials. Throws `InputError` for a base Go cannot parse. */
export function receiverURL(baseURL: string, receiver: ReceiverIdentity): { path: string; url: string } {
  const base = parseURL(baseURL);
  if (!base?.scheme || base.host === "") throw new InputError("the base URL of the receivers is not absolute");
  const path = posix.join("/", base.path, receiver.sender, receiverHash(receiver));
  return { path, url: printURL({ ...base, path, rawPath: "" }) };
}

/** The last part of the path, which makes it hard to guess as long as the secret is not empty. */
export function receiverHash({ project, name, secret }: HashedIdentity): string {
  return createHash("sha256").update(project).update(name).update(secret).digest("hex");
}
