import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/settle.ts";
import { createTurns } from "./turns.ts";

/** Work that says when it began, and ends when it is told. */
function createHall(options: { places: number; placesPerNamespace: number }) {
  const turns = createTurns(options);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const enter = (namespace: string) =>
    turns.run(namespace, () => {
      begun.push(namespace);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const endFirst = async () => {
    ends.shift()?.();
    await settle();
  };
  return { turns, begun, enter, endFirst };
}

test("a namespace with many waiting does not keep another from its turn", async () => {
  const { begun, enter, endFirst } = createHall({ places: 2, placesPerNamespace: 2 });
  for (let one = 0; one < 100; one++) void enter("many");
  void enter("few");
  await settle();

  await endFirst();
  await endFirst();

  assert.deepEqual(begun.slice(0, 2), ["many", "many"]);
  assert.ok(begun.slice(2).includes("few"));
});

test("a namespace never has more than its places, though others are free", async () => {
  const { begun, enter, endFirst } = createHall({ places: 10, placesPerNamespace: 3 });
  for (let one = 0; one < 5; one++) void enter("a");
  await settle();
  const before = begun.length;

  await endFirst();

  assert.deepEqual([before, begun.length], [3, 4]);
});

test("within a namespace, who came first is served first", async () => {
  const turns = createTurns({ places: 1, placesPerNamespace: 1 });
  const order: number[] = [];

  await Promise.all([1, 2, 3].map((one) => turns.run("a", async () => void order.push(one))));

  assert.deepEqual(order, [1, 2, 3]);
});

test("work that fails gives its place on, and its error to who asked", async () => {
  const turns = createTurns({ places: 1, placesPerNamespace: 1 });

  const failing = turns.run("a", () => Promise.reject(new Error("broken")));
  const next = turns.run("a", async () => "done");

  await assert.rejects(failing, /broken/);
  assert.equal(await next, "done");
});
