// The platform an image must have: docs/compatibility.md, section 8.2.
import { InputError } from "../errors.ts";
import { quote } from "../references/go-text.ts";

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** Empty for none. */
  readonly variant: string;
}

/** `<os>/<arch>[/<variant>]`. Throws `InputError` for anything shorter. */
export function parsePlatform(text: string): Platform {
  const [os = "", architecture, ...variant] = text.split("/");
  if (architecture === undefined) {
    throw new InputError(
      `platform: error parsing platform constraint ${quote(text)}: write it as <os>/<arch>, such as linux/amd64`,
    );
  }
  return { os, architecture, variant: variant.join("/") };
}

/** Exactly, the variant included: `linux/arm64` is not `linux/arm64/v8`. */
export function isPlatform({ os, architecture, variant }: Platform, found: Partial<Platform> | undefined): boolean {
  return os === (found?.os ?? "") && architecture === (found?.architecture ?? "") && variant === (found?.variant ?? "");
}
