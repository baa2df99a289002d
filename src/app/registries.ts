// The way out to registries: their connections, whom they trust, and what is kept of them on disk.
import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import type { Clock, Random } from "../clock.ts";
import { InputError, messageOf } from "../errors.ts";
import { createNetworkTransport } from "../http/transport.ts";
import type { BlobCache } from "../registries/blob-cache.ts";
import { createOciClient, type OciClient } from "../registries/oci-client.ts";
import type { Instruments } from "./instruments.ts";
import type { Settings } from "./settings.ts";

interface RegistriesOptions {
  readonly settings: Pick<Settings<"up">, "plainHTTPRegistries" | "registryCA">;
  readonly cache: BlobCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly userAgent: string;
  readonly instruments: Instruments;
}

const IDLE_TIMEOUT_MS = 30_000;

/** Throws `InputError` when the file of certificates cannot be used. */
export function openRegistries(options: RegistriesOptions): { readonly client: OciClient; close(): void } {
  const { settings, cache, clock, random, userAgent, instruments } = options;
  const ca = settings.registryCA === "" ? undefined : authorities(settings.registryCA);
  const network = createNetworkTransport({
    ...(ca && { tls: { ca } }),
    idleTimeoutMs: IDLE_TIMEOUT_MS,
  });
  const transport = instruments.registries(network.transport);
  const plainHttpHosts = settings.plainHTTPRegistries;
  return {
    client: createOciClient({ transport, clock, random, cache, plainHttpHosts, userAgent }),
    close: network.close,
  };
}

/** Those of the file beside those that Node trusts. */
function authorities(path: string): string[] {
  try {
    const pem = readFileSync(path, "utf8");
    if (!pem.includes("-----BEGIN CERTIFICATE-----")) throw new Error("there is no PEM certificate in it");
    return [...getCACertificates("default"), pem];
  } catch (error) {
    throw new InputError(`--registry-ca: ${path} cannot be used: ${messageOf(error)}`, error);
  }
}
