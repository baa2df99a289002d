// Places that namespaces share: each has its turn, and none has all of them, so that one tenant's thousands of Warehouses
// do not hold up another's one. `refresh` writes its patches in them.

export interface Turns {
  /** Waits for a place, works in it, and gives it on, whether the work succeeded or not. */
  run<T>(namespace: string, work: () => Promise<T>): Promise<T>;
}

interface TurnsOptions {
  readonly places: number;
  /** Of one namespace. */
  readonly placesPerNamespace: number;
}

interface Lane {
  /** In the order they came. */
  readonly waiting: Set<() => void>;
  running: number;
}

export function createTurns(options: TurnsOptions): Turns {
  const turns = new NamespaceTurns(options);
  return {
    async run(namespace, work) {
      const entered = turns.enter(namespace);
      if (entered) await entered;
      try {
        return await work();
      } finally {
        turns.leave(namespace);
      }
    },
  };
}

class NamespaceTurns {
  readonly #placesPerNamespace: number;
  readonly #lanes = new Map<string, Lane>();
  /** Those that may have the next place, in the order of their turns. */
  readonly #row = new Set<Lane>();
  #free: number;

  constructor({ places, placesPerNamespace }: TurnsOptions) {
    this.#free = places;
    this.#placesPerNamespace = placesPerNamespace;
  }

  /** Undefined where a place was free: most work need not wait, and begins at once. */
  enter(namespace: string): Promise<void> | undefined {
    const lane = this.#lanes.get(namespace) ?? { waiting: new Set(), running: 0 };
    this.#lanes.set(namespace, lane);
    if (this.#free > 0 && lane.running < this.#placesPerNamespace) {
      this.#take(lane);
      return undefined;
    }
    return new Promise((resolve) => {
      lane.waiting.add(resolve);
      this.#lineUp(lane);
    });
  }

  leave(namespace: string): void {
    const lane = this.#lanes.get(namespace);
    if (!lane) return;
    lane.running -= 1;
    this.#free += 1;
    if (lane.running === 0 && lane.waiting.size === 0) this.#lanes.delete(namespace);
    this.#lineUp(lane);
    this.#pump();
  }

  #take(lane: Lane): void {
    lane.running += 1;
    this.#free -= 1;
  }

  #lineUp(lane: Lane): void {
    if (lane.waiting.size > 0 && lane.running < this.#placesPerNamespace) this.#row.add(lane);
  }

  #pump(): void {
    while (this.#free > 0) {
      const [lane] = this.#row;
      const [enter] = lane?.waiting ?? [];
      if (!lane || !enter) return;
      this.#row.delete(lane);
      lane.waiting.delete(enter);
      this.#take(lane);
      this.#lineUp(lane);
      enter();
    }
  }
}
