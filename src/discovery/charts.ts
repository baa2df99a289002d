// Discovers the versions of one chart in an OCI registry: its tags are its versions, with `_` where a version has `+`.
// After a push to a trusted one, the pushed tags are looked at, and nothing is listed.
// docs/compatibility.md, section 8.6.
import { InputError } from "../errors.ts";
import { isOciChart, parseOciChart } from "../references/oci-chart.ts";
import type { Credential } from "../registries/credentials.ts";
import type { OciClient } from "../registries/oci-client.ts";
import type { ChartDiscoveryResult } from "../resources/discovered-artifacts.ts";
import type { ChartSubscription } from "../resources/subscription.ts";
import { createChartSelector } from "../selectors/chart-selector.ts";
import { headVisibleTags, listVisibleTags, type Sighting } from "./pushed-tags.ts";

export interface ChartDiscovery {
  readonly result: ChartDiscoveryResult;
  /** By pushed tag. */
  readonly sightings: ReadonlyMap<string, Sighting>;
}

export interface ChartRequest {
  readonly subscription: ChartSubscription;
  /** The subscription's own name. */
  readonly name?: string | undefined;
  readonly client: OciClient;
  readonly credential?: Credential | undefined;
  /** The versions that the last discovery kept, where they still hold for every tag that was not pushed. */
  readonly trusted?: readonly string[] | undefined;
  /** Tags that were pushed and not answered yet. */
  readonly pushed: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

const DEFAULT_LIMIT = 20;

/** Throws `InputError` for a subscription that cannot be used, `RegistryError` or `TransportError` otherwise. */
export async function discoverCharts(request: ChartRequest): Promise<ChartDiscovery> {
  const { subscription, name, client, credential, trusted, pushed, signal } = request;
  const { repoURL, semverConstraint, insecureSkipTLSVerify, discoveryLimit } = subscription;
  if (!isOciChart(repoURL))
    throw new InputError("charts of classic Helm repositories (http, https) are not discovered yet");
  const repository = { ...parseOciChart(repoURL), credential, insecureSkipTLSVerify };
  const { select } = createChartSelector(subscription);
  const wanted = [...pushed].filter((tag) => select([tag]).length > 0);
  const ask = { client, repository, pushed: wanted, signal };
  const served = trusted && (await headVisibleTags(ask));
  const missing = new Set(select(served ? wanted.filter((tag) => !served.has(tag)) : []));
  // Where a kept version fell out, its place goes to one that was not kept: only the list tells which.
  const known = trusted?.some((version) => missing.has(version)) ? undefined : trusted;
  const visible = known && served ? served : await listVisibleTags(ask);
  const versions = [...new Set(select([...(known ?? []), ...visible]))].slice(0, discoveryLimit || DEFAULT_LIMIT);

  const sightingOf = (tag: string): Sighting => {
    const [version] = select([tag]);
    if (version === undefined) return "unwanted";
    if (!visible.has(tag)) return "missing";
    return versions.includes(version) ? "new" : "unwanted";
  };
  return {
    result: {
      repoURL,
      ...(semverConstraint && { semverConstraint }),
      versions,
      ...(name && { subscriptionName: name }),
    },
    sightings: new Map([...pushed].map((tag) => [tag, sightingOf(tag)])),
  };
}
