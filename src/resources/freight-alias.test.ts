import assert from "node:assert/strict";
import { test } from "node:test";
import { ANIMALS, DESCRIPTORS } from "./alias-words.ts";
import { drawAlias } from "./freight-alias.ts";

/** Gives the fractions one after another, and begins again. */
function random(...fractions: readonly number[]) {
  let next = 0;
  return {
    bytes: (length: number) => new Uint8Array(length),
    fraction: () => fractions[next++ % fractions.length] ?? 0,
  };
}

test("an alias is a descriptor and an animal", () => {
  const first = drawAlias(random(0), () => false);
  const last = drawAlias(random(0.999_999), () => false);

  assert.equal(first, `${DESCRIPTORS[0]}-${ANIMALS[0]}`);
  assert.equal(last, `${DESCRIPTORS.at(-1)}-${ANIMALS.at(-1)}`);
});

test("an alias that is taken is not drawn", () => {
  const taken = `${DESCRIPTORS[0]}-${ANIMALS[0]}`;

  const alias = drawAlias(random(0, 0, 0.5, 0.5), (one) => one === taken);

  assert.notEqual(alias, taken);
});

test("a number makes a difference where the draws are all taken", () => {
  const taken = new Set([`${DESCRIPTORS[0]}-${ANIMALS[0]}`, `${DESCRIPTORS[0]}-${ANIMALS[0]}-2`]);

  const alias = drawAlias(random(0), (one) => taken.has(one));

  assert.equal(alias, `${DESCRIPTORS[0]}-${ANIMALS[0]}-3`);
});

test("the words are many, different, and may stand in a label", () => {
  for (const words of [DESCRIPTORS, ANIMALS]) {
    assert.ok(words.length > 300);
    assert.equal(new Set(words).size, words.length);
    assert.deepEqual(
      words.filter((word) => !/^[a-z]{2,20}$/.test(word)),
      [],
    );
  }
});
