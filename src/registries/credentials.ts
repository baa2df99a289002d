// Who Dockbell is at a registry.
import type { Redacted } from "../telemetry/redacted.ts";

export interface Credential {
  readonly username: string;
  readonly password: Redacted;
}
