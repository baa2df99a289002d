// The name that people call a piece of Freight by: docs/compatibility.md, section 1.9.
import type { Random } from "../clock.ts";
import { ANIMALS, DESCRIPTORS } from "./alias-words.ts";

const MAX_DRAWS = 100;

/** `<descriptor>-<animal>`, drawn again while it is taken; where next to all are taken, with a number behind it. */
export function drawAlias(random: Random, isTaken: (alias: string) => boolean): string {
  for (let draw = 0; draw < MAX_DRAWS; draw += 1) {
    const alias = pickPair(random);
    if (!isTaken(alias)) return alias;
  }
  const base = pickPair(random);
  let number = 2;
  while (isTaken(`${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}

function pickPair(random: Random): string {
  return `${pick(DESCRIPTORS, random)}-${pick(ANIMALS, random)}`;
}

function pick(words: readonly string[], random: Random): string {
  return words[Math.floor(random.fraction() * words.length)] ?? "";
}
