// Which refresh tokens were seen on a Warehouse since the last handled one. Pushes alone ask for a look at the pushed
// tags; a token that stands for anything else, or one that may have passed unseen, asks for everything. `reconcile`
// tells it what is seen, `pass` asks it.
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { pushName, readPushes } from "../resources/pushes.ts";
import type { Warehouse } from "../resources/warehouse.ts";

/** The tokens known at some moment, to be forgotten once a pass that began then has handled them. */
export interface SeenSnapshot {
  readonly tokens: readonly string[];
  readonly gaps: number;
}

/** Where no pass handles them, refreshes may come forever. */
const MAX_TOKENS = 1_000;

export class SeenRefreshes {
  #last: string | undefined;
  /** Token to the entries it stood in, by list, when it was seen. */
  readonly #entries = new Map<string, readonly string[]>();
  /** Moments of which tokens may not be known: our start, a new list, too many of them. */
  #gaps = 1;

  /** Takes in a state of the Warehouse, in the order in which the watch tells them. */
  observe(warehouse: Warehouse, isRelisted: boolean): void {
    if (isRelisted) this.#gaps += 1;
    const token = warehouse.metadata.annotations?.[REFRESH_ANNOTATION];
    if (token === undefined || token === this.#last) return;
    this.#last = token;
    if (token === warehouse.status?.lastHandledRefresh) return;
    if (this.#entries.size === MAX_TOKENS) {
      this.#entries.clear();
      this.#gaps += 1;
    }
    this.#entries.set(token, entriesOf(warehouse, token));
  }

  /** Whether each stands for pushes alone, all of which are still on the object. */
  arePushes(warehouse: Warehouse): boolean {
    const present = new Set(entriesOf(warehouse));
    const stand = (entries: readonly string[]) => entries.length > 0 && entries.every((entry) => present.has(entry));
    return this.#gaps === 0 && [...this.#entries.values()].every(stand);
  }

  snapshot(): SeenSnapshot {
    return { tokens: [...this.#entries.keys()], gaps: this.#gaps };
  }

  forget({ tokens, gaps }: SeenSnapshot): void {
    for (const token of tokens) this.#entries.delete(token);
    this.#gaps -= gaps;
  }
}

/** `<replica> <name>` of every entry, or of those with the token. */
function entriesOf(warehouse: Warehouse, token?: string): readonly string[] {
  return [...readPushes(warehouse)].flatMap(([replica, entries]) =>
    entries
      .filter((entry) => token === undefined || entry.token === token)
      .map((entry) => `${replica} ${pushName(entry)}`),
  );
}
