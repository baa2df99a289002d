// What is compared with Go, and how cases are made: near-valid text, then an edit or two that may break it.
import fc from "fast-check";

/** One question to the oracle: a text, and what it is tried on. Strings travel as UTF-8. */
export interface Case {
  readonly text: string | Uint8Array;
  readonly texts: readonly string[];
}

export interface Subject {
  /** The oracle's name for it. */
  readonly kind: string;
  readonly cases: fc.Arbitrary<Case>;
  /** Our answer, in the shape of the oracle's. */
  readonly answer: (asked: Case) => unknown;
  /** Why this case may differ; undefined for a case that must not. */
  readonly exception?: (asked: Case) => string | undefined;
}

/** The parts one after another. */
export function joined(...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((texts) => texts.join(""));
}

/** Nothing, in so many cases out of ten, or the part. */
export function maybe(part: fc.Arbitrary<string>, tenths = 5): fc.Arbitrary<string> {
  return fc.oneof({ weight: tenths, arbitrary: fc.constant("") }, { weight: 10 - tenths, arbitrary: part });
}

/** One of the usual texts, and once in a while (in `often`, by default 40) one of the odd ones. */
export function mostly(usual: readonly string[], odd: readonly string[], often = 40): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: often - 1, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
}

/** Some of the parts with the separator between them. */
export function separated(
  part: fc.Arbitrary<string>,
  separator: fc.Arbitrary<string>,
  max: number,
): fc.Arbitrary<string> {
  return fc
    .tuple(part, fc.array(fc.tuple(separator, part), { maxLength: max - 1, size: "max" }))
    .map(([first, rest]) => first + rest.flat().join(""));
}

/** A third of the texts with up to three edits, each with a character of the alphabet. */
export function edited(text: fc.Arbitrary<string>, alphabet: string): fc.Arbitrary<string> {
  const characters = [...alphabet];
  const edit = fc.record({
    at: fc.nat({ max: 60 }),
    removed: fc.constantFrom(0, 0, 1, 2),
    added: fc.oneof(fc.constant(""), fc.constantFrom(...characters), fc.constantFrom(...characters)),
  });
  const edits = fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(edit, { minLength: 1, maxLength: 3 }) },
  );
  return fc.tuple(text, edits).map(([original, changes]) => {
    const places = [...original];
    for (const { at, removed, added } of changes) places.splice(at % (places.length + 1), removed, added);
    return places.join("");
  });
}
