// The variables of Kargo's webhook server that `dockbell serve` takes as its own settings:
// docs/compatibility.md, section 3.1. An empty one is not set.
import { InputError } from "../errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface KargoVariables {
  readonly names: readonly string[];
  /** The value they come to; undefined when none of them is set. */
  read(env: Environment): string | undefined;
}

/** One variable that is written as the setting is. */
export function sameAs(name: string): KargoVariables {
  return { names: [name], read: (env) => env[name] || undefined };
}

/** Named by the variable, where TLS is switched on as Go's `strconv.ParseBool` reads it. */
export function tlsFile(name: string): KargoVariables {
  return {
    names: ["TLS_ENABLED", name],
    read({ TLS_ENABLED: isEnabled = "", ...env }) {
      if (["", "0", "f", "F", "false", "False", "FALSE"].includes(isEnabled)) return undefined;
      if (!["1", "t", "T", "true", "True", "TRUE"].includes(isEnabled))
        throw new InputError(`TLS_ENABLED: "${isEnabled}" is neither true nor false`);
      if (!env[name]) throw new InputError(`${name} must be set: TLS_ENABLED is ${isEnabled}`);
      return env[name];
    },
  };
}

/** `host:port` from the two variables, with Kargo's default for the one that is not set. */
export function readListen({ BIND_ADDRESS, PORT }: Environment): string | undefined {
  if (!BIND_ADDRESS && !PORT) return undefined;
  const host = BIND_ADDRESS || "0.0.0.0";
  return `${host.includes(":") ? `[${host}]` : host}:${PORT || "8080"}`;
}
