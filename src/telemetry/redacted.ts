// A password or token that cannot be printed by accident. Made where a Secret or an answer is read, opened only where
// a header is written.
import { inspect } from "node:util";

const MASK = "***";

/** Prints as `***` in templates, JSON, inspection and logs; only `reveal` gives the value. */
export class Redacted {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
