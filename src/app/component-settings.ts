// What the components are told of the settings that `up` and `serve` share; each role takes what it needs of them.
import type { Settings } from "./settings.ts";

export interface ComponentSettings {
  /** Absolute; receivers' paths are under its path. Empty where nobody publishes them. */
  readonly baseURL: string;
  /** How long an answer waits for the refreshes; 0 answers at once. */
  readonly answerWithinMs: number;
  /** No Warehouse is discovered more often unless it is asked for. */
  readonly minIntervalMs: number;
  /** `alias=registry`. */
  readonly registryAliases: readonly string[];
  /** Where credentials for the registries of every namespace are; empty for none. */
  readonly sharedResourcesNamespace: string;
  /** Where the Secrets are that a ClusterConfig names; empty for none. */
  readonly systemResourcesNamespace: string;
}

export function componentSettings(settings: Settings<"up"> | Settings<"serve">): ComponentSettings {
  const { baseURL, answerWithin, minInterval, registryAlias } = settings;
  const { sharedResourcesNamespace, systemResourcesNamespace } = settings;
  return {
    baseURL,
    answerWithinMs: answerWithin,
    minIntervalMs: minInterval,
    registryAliases: registryAlias,
    sharedResourcesNamespace,
    systemResourcesNamespace,
  };
}
