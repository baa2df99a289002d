// As whom the next request goes out: tokens, certificates and authorities, read again from where they come as they
// change. A service account's token lives about an hour and is replaced in its file long before.
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { CredentialsError, messageOf } from "../errors.ts";
import type { ClusterAccess, TextSource } from "./access.ts";
import { createPluginCredentials, type PluginCredentials, type RunPlugin } from "./exec-plugin.ts";

/** What an access needs from the machine. */
export interface Surroundings {
  readonly clock: Clock;
  /** Throws when it cannot be read. */
  readonly readFile: (path: string) => string;
  readonly runPlugin: RunPlugin;
  readonly log: (line: string) => void;
}

export interface Identity {
  /** The value of the header; undefined for none. */
  readonly authorization: string | undefined;
  readonly authority: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Equal for identities that may share a connection. */
  readonly connectionKey: string;
}

export interface IdentitySource {
  /** Rejects with `CredentialsError`, also when `signal` aborts while a plugin runs. */
  current(signal?: AbortSignal): Promise<Identity>;
  /** The server did not know this one (401): where there is a newer one, it is the next `current`. */
  refuse(identity: Identity): void;
}

/** As often as client-go does. */
const REREAD_AFTER_MS = 60_000;

export function createIdentitySource(access: ClusterAccess, surroundings: Surroundings): IdentitySource {
  return new Source(access, surroundings);
}

class Source implements IdentitySource {
  readonly #access: ClusterAccess;
  readonly #surroundings: Surroundings;
  readonly #plugin: PluginCredentials | undefined;
  readonly #files = new Map<string, { text: string; readAt: number }>();
  #last: Identity | undefined;

  constructor(access: ClusterAccess, surroundings: Surroundings) {
    this.#access = access;
    this.#surroundings = surroundings;
    const { plugin } = access.user;
    this.#plugin = plugin && createPluginCredentials(plugin, surroundings);
  }

  async current(signal?: AbortSignal): Promise<Identity> {
    const { user, authority } = this.#access;
    const issued = await this.#plugin?.current(signal);
    const token = this.#text(user.token) ?? issued?.token;
    return this.#sameOrNew({
      authorization: token === undefined ? basicOf(user.basic) : `Bearer ${token.trim()}`,
      authority: this.#text(authority),
      cert: this.#text(user.certificate?.cert) ?? issued?.cert,
      key: this.#text(user.certificate?.key) ?? issued?.key,
    });
  }

  refuse(identity: Identity): void {
    if (identity !== this.#last) return;
    this.#plugin?.refuse();
    const { token } = this.#access.user;
    const file = token?.kind === "file" ? this.#files.get(token.path) : undefined;
    if (file) file.readAt = Number.NEGATIVE_INFINITY;
  }

  /** The same object as long as nothing changed, so that who holds one can tell. */
  #sameOrNew(next: Omit<Identity, "connectionKey">): Identity {
    const last = this.#last;
    const isSameConnection =
      last && last.authority === next.authority && last.cert === next.cert && last.key === next.key;
    if (isSameConnection && last.authorization === next.authorization) return last;
    const connectionKey = isSameConnection ? last.connectionKey : hashOf([next.authority, next.cert, next.key]);
    this.#last = { ...next, connectionKey };
    return this.#last;
  }

  #text(source: TextSource | undefined): string | undefined {
    if (!source) return undefined;
    return source.kind === "text" ? source.text : this.#fileText(source.path);
  }

  /** What a file said last counts as long as it cannot be read. */
  #fileText(path: string): string {
    const { clock, readFile, log } = this.#surroundings;
    const known = this.#files.get(path);
    const now = clock.monotonicMs();
    if (known && now - known.readAt < REREAD_AFTER_MS) return known.text;
    try {
      const text = readFile(path);
      if (text.trim() === "") throw new CredentialsError("it is empty");
      this.#files.set(path, { text, readAt: now });
      return text;
    } catch (error) {
      if (!known) throw new CredentialsError(`reading ${path}: ${messageOf(error)}`, error);
      log(`reading ${path} again: ${messageOf(error)}; going on with what it said before`);
      known.readAt = now;
      return known.text;
    }
  }
}

function basicOf(basic: ClusterAccess["user"]["basic"]): string | undefined {
  return basic && `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString("base64")}`;
}

function hashOf(parts: readonly (string | undefined)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64");
}
