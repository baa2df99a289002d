// `dockbell secret new`: the manifest of a Secret for a receiver, with a secret nobody can guess.
import { dump } from "js-yaml";
import type { Random } from "../clock.ts";
import { SECRETS } from "../resources/core.ts";

/** 32 characters of base64url carry 192 bits. */
const SECRET_BYTES = 24;

/** To be piped into `kubectl apply -f -`; the label is the one Kargo's page gives. */
export function secretManifest({ name, namespace }: { name: string; namespace: string }, random: Random): string {
  const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString("base64url");
  return dump({
    apiVersion: SECRETS.version,
    kind: SECRETS.kind,
    metadata: { name, namespace, labels: { "kargo.akuity.io/cred-type": "generic" } },
    stringData: { secret },
  });
}
