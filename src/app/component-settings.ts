// What the components are told of the settings that `up` and `serve` share.
import type { ComponentOptions } from "./components.ts";
import type { Settings } from "./settings.ts";

type Told =
  | "baseURL"
  | "answerWithinMs"
  | "minIntervalMs"
  | "registryAliases"
  | "sharedResourcesNamespace"
  | "systemResourcesNamespace";

export function componentSettings(settings: Settings<"up"> | Settings<"serve">): Pick<ComponentOptions, Told> {
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
