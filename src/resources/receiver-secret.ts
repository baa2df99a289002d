// What each type of webhook receiver takes from its Secret: docs/compatibility.md, sections 1.5 and 2.2.
import { InputError } from "../errors.ts";
import type { Secret } from "./core.ts";
import type { WebhookReceiverConfig } from "./webhook-receiver.ts";

export type ReceiverType = Exclude<keyof WebhookReceiverConfig, "name">;

interface SecretRule {
  readonly key: string;
  /** What a status says when the key is not there: users know these texts from Kargo. */
  readonly missing: string;
}

/** In the order in which the first one that is set wins. */
const RULES: { readonly [T in ReceiverType]: SecretRule } = {
  artifactory: { key: "secret-token", missing: "secret data is not valid for a Artifactory WebhookReceiver" },
  azure: { key: "secret", missing: 'missing data key "secret" for Azure WebhookReceiver' },
  bitbucket: { key: "secret", missing: 'missing data key "secret" for Bitbucket WebhookReceiver' },
  dockerhub: { key: "secret", missing: 'missing data key "secret" for DockerHub WebhookReceiver' },
  generic: { key: "secret", missing: "secret data is not valid for a Generic WebhookReceiver" },
  gitea: { key: "secret", missing: "secret data is not valid for a Gitea WebhookReceiver" },
  github: { key: "secret", missing: 'missing "secret" data key for GitHub WebhookReceiver' },
  gitlab: { key: "secret-token", missing: 'missing data key "secret-token" for GitLab WebhookReceiver' },
  harbor: { key: "auth-header", missing: 'missing data key "auth-header" for Harbor WebhookReceiver' },
  quay: { key: "secret", missing: 'missing "secret" data key for Quay.io WebhookReceiver' },
};

const TYPES = Object.keys(RULES) as readonly ReceiverType[];

/** The type a receiver is of and the name of its Secret; undefined when no type is set. */
export function receiverTypeOf(
  receiver: WebhookReceiverConfig,
): { readonly type: ReceiverType; readonly secretName: string } | undefined {
  const type = TYPES.find((one) => receiver[one]);
  return type && { type, secretName: receiver[type]?.secretRef.name ?? "" };
}

/** The bytes that go into the URL, untrimmed. Throws `InputError` that says what the Secret lacks. */
export function receiverSecretOf(type: ReceiverType, secret: Secret): Uint8Array {
  const { key, missing } = RULES[type];
  const value = secret.data?.[key];
  if (value === undefined) throw new InputError(missing);
  const bytes = Buffer.from(value, "base64");
  // Kargo takes an empty value; anybody who knows the names could then make the URL.
  if (bytes.length === 0) throw new InputError(`data key "${key}" is empty, and its URL could be guessed`);
  return bytes;
}
