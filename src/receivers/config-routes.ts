// The routes of one ProjectConfig or ClusterConfig: by the paths in its status, and by those that its Secrets make, so
// that a rotated secret works before its controller has published it. docs/compatibility.md, sections 2.1, 2.2 and 3.3.
import { hash } from "node:crypto";
import { InputError } from "../errors.ts";
import type { KnownSecret } from "../kube/referred-secrets.ts";
import type { Config } from "../resources/config.ts";
import { configNameViolations } from "../resources/config-rules.ts";
import type { Secret } from "../resources/core.ts";
import { dnsSubdomainFaults } from "../resources/names.ts";
import { type ReceiverType, receiverSecretOf, receiverTypeOf } from "../resources/receiver-secret.ts";
import { receiverHash } from "../resources/receiver-url.ts";
import type { RememberedRoute } from "./route-memory.ts";
import { SENDERS } from "./senders.ts";

interface RouteSources {
  /** Where the Secrets are; empty when no namespace is designated. */
  readonly secretNamespace: string;
  readonly readSecret: (key: string) => KnownSecret;
  /** Its routes as last known. */
  readonly former: readonly RememberedRoute[];
}

interface ConfigRoutes {
  readonly routes: readonly RememberedRoute[];
  /** A Secret was not read yet: its receiver keeps its former routes, and may have others. */
  readonly isUnread: boolean;
}

/** A receiver of one of our senders; the others are somebody else's to serve. */
interface Receiver {
  readonly project: string;
  readonly name: string;
  readonly type: ReceiverType;
  readonly secretName: string;
}

/** Of several receivers with one path, the first counts. */
export function routesOf(config: Config, sources: RouteSources): ConfigRoutes {
  const { secretNamespace, readSecret } = sources;
  const routes = new Map<string, RememberedRoute>();
  let isUnread = false;
  for (const receiver of receiversOf(config)) {
    const { project, name, type: sender } = receiver;
    const place = secretPlaceOf(config, receiver, secretNamespace);
    const known = place.kind === "at" ? readSecret(place.key) : place;
    isUnread ||= known.kind === "unread";
    const former = sources.former.filter((route) => route.receiver === name && route.sender === sender);
    for (const pathHash of pathHashesOf(receiver, { known, published: publishedHashes(config, receiver), former })) {
      if (!routes.has(pathHash)) routes.set(pathHash, { pathHash, project, receiver: name, sender });
    }
  }
  return { routes: [...routes.values()], isUnread };
}

/** The Secrets that those routes depend on, as `namespace/name`. */
export function secretKeysOf(config: Config, secretNamespace: string): readonly string[] {
  const places = receiversOf(config).map((receiver) => secretPlaceOf(config, receiver, secretNamespace));
  return places.flatMap((place) => (place.kind === "at" ? place.key : []));
}

/**
 * A path is looked up by its last two segments, `/<sender>/<hash>`: those before are the base URL's, and a proxy may
 * keep, strip or change them. Only their hash is held, since they are a credential.
 */
export function pathHashOf(path: string): string {
  return hash("sha256", `/${path.split("/").slice(-2).join("/")}`, "base64");
}

/** Of several with one name, the first counts. */
function receiversOf({ metadata, spec }: Config): readonly Receiver[] {
  const receivers = new Map<string, Receiver>();
  const seen = new Set<string>();
  for (const receiver of spec?.webhookReceivers ?? []) {
    const { name } = receiver;
    const chosen = receiverTypeOf(receiver);
    if (chosen && !seen.has(name) && SENDERS.some((sender) => sender.name === chosen.type))
      receivers.set(name, { project: metadata.namespace ?? "", name, ...chosen });
    seen.add(name);
  }
  return [...receivers.values()];
}

/** What can be said of a receiver's Secret before it is read. */
type SecretPlace =
  | { readonly kind: "at"; readonly key: string }
  /** No namespace is designated for it, or no controller makes paths for the config. */
  | { readonly kind: "unreadable" }
  /** No object has such a name. */
  | { readonly kind: "missing" };

function secretPlaceOf(config: Config, { secretName }: Receiver, namespace: string): SecretPlace {
  if (namespace === "" || configNameViolations(config).length > 0) return { kind: "unreadable" };
  if (dnsSubdomainFaults(secretName).length > 0) return { kind: "missing" };
  return { kind: "at", key: `${namespace}/${secretName}` };
}

function publishedHashes({ status }: Config, receiver: Receiver): readonly string[] {
  const published = status?.webhookReceivers ?? [];
  const hashes = published.flatMap(({ name, path }) => (name === receiver.name && path ? [pathHashOf(path)] : []));
  // Kargo publishes one for an empty secret too, and anybody who knows the names could make it.
  const guessable = derivedHash(receiver, Buffer.alloc(0));
  return hashes.filter((hash) => hash !== guessable);
}

interface Knowledge {
  readonly known: KnownSecret;
  readonly published: readonly string[];
  readonly former: readonly RememberedRoute[];
}

/** A published path of a Secret that has changed since goes on until the controller publishes the next. */
function pathHashesOf(receiver: Receiver, { known, published, former }: Knowledge): readonly string[] {
  switch (known.kind) {
    case "found": {
      const value = secretValue(receiver, known.secret);
      return value ? [...published, derivedHash(receiver, value)] : [];
    }
    case "missing":
      return [];
    case "unread":
      return [...published, ...former.map(({ pathHash }) => pathHash)];
    case "unreadable":
      return published;
  }
}

/** Undefined where the Secret does not have it, or it is empty. */
function secretValue({ type }: Receiver, secret: Secret): Uint8Array | undefined {
  try {
    return receiverSecretOf(type, secret);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function derivedHash({ project, name, type }: Receiver, secret: Uint8Array): string {
  return pathHashOf(`/${type}/${receiverHash({ project, name, secret })}`);
}
