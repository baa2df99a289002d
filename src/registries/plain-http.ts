// Which registries may be spoken to without TLS, and how a registry is reached: by https, and by http only where that
// is allowed and https is not spoken there.
import type { Clock } from "../clock.ts";
import { TransportError } from "../errors.ts";
import { type ImageReference, isPlainHttpHost } from "../references/image.ts";
import type { Ask } from "./exchange.ts";

/** `host` is a name with its port, as in `registry.example.com:5000`. */
export type MayBePlain = (host: string) => boolean;

/** Loopback always; any other host only when it is configured. */
export function allowPlainHttp(configured: readonly string[]): MayBePlain {
  const hosts = new Set(configured.map((host) => host.toLowerCase()));
  return (host) => isPlainHttpHost(host) || hosts.has(host.toLowerCase());
}

interface OriginOptions {
  readonly ask: Ask;
  readonly clock: Clock;
  readonly mayBePlain: MayBePlain;
}

/** `https://registry-1.docker.io` for Docker Hub's images. */
export type OriginOf = (
  reference: ImageReference & { readonly insecureSkipTLSVerify?: boolean | undefined },
) => Promise<string>;

const REMEMBERED_MS = 10 * 60_000;
const MAX_PING_BYTES = 64 * 1024;

export function createOrigins({ ask, clock, mayBePlain }: OriginOptions): OriginOf {
  const known = new Map<string, { readonly origin: Promise<string>; readonly until: number }>();

  return (reference) => {
    const host = hostOf(reference);
    if (!mayBePlain(host)) return Promise.resolve(`https://${host}`);
    const remembered = known.get(host);
    if (remembered && remembered.until > clock.monotonicMs()) return remembered.origin;
    const origin = isTLS(ask, host, reference.insecureSkipTLSVerify).then(
      (answer) => `${answer ? "https" : "http"}://${host}`,
      (error: unknown) => {
        known.delete(host);
        throw error;
      },
    );
    known.set(host, { origin, until: clock.monotonicMs() + REMEMBERED_MS });
    return origin;
  };
}

/** Docker Hub's API has another name than the registry in its references. */
function hostOf({ registry }: ImageReference): string {
  return registry === "index.docker.io" ? "registry-1.docker.io" : registry;
}

/** Asked without a credential. A certificate that is not trusted is TLS all the same: the request itself will say so. */
async function isTLS(ask: Ask, host: string, insecureSkipTLSVerify: boolean | undefined): Promise<boolean> {
  const url = `https://${host}/v2/`;
  try {
    await ask({ method: "GET", url, headers: {}, maxBodyBytes: MAX_PING_BYTES, account: "", insecureSkipTLSVerify });
    return true;
  } catch (error) {
    if (!(error instanceof TransportError)) return true;
    if (error.problem === "not-tls" || error.problem === "reset") return false;
    if (error.problem.startsWith("certificate-") || error.problem === "tls") return true;
    throw error;
  }
}
