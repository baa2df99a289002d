import assert from "node:assert/strict";
import { test } from "node:test";
import { tableText } from "./table.ts";

const HEADS = [{ text: "NAME" }, { text: "NEWEST", cut: "start" as const }, { text: "READY" }];
const LONG = "registry.example.com/a-team/an-application:1.2.3";
const ROWS = [
  [{ text: "app" }, { text: LONG }, { text: "True", tone: "good" as const }],
  [{ text: "other" }, { text: "" }, { text: "Unknown" }],
];

test("off a terminal nothing is cut, and nothing has a colour", () => {
  const lines = tableText(HEADS, ROWS).split("\n");

  assert.deepEqual(lines, [
    `NAME    ${"NEWEST".padEnd(LONG.length)}   READY`,
    `app     ${LONG}   True`,
    `other   ${"-".padEnd(LONG.length)}   Unknown`,
    "",
  ]);
});

test("on a terminal the widest column gives way at the end that says less, and no line is too long", () => {
  const lines = tableText(HEADS, ROWS, { columns: 40, hasColour: false }).split("\n");

  assert.equal(lines[1], "app     …/an-application:1.2.3   True");
  assert.ok(lines.every((line) => line.length <= 40));
});

test("colours do not move columns", () => {
  const [plain, coloured] = [false, true].map((hasColour) => tableText(HEADS, ROWS, { columns: 40, hasColour }));

  assert.equal(coloured?.replace("\u001b[32mTrue\u001b[39m", "True"), plain);
  assert.notEqual(coloured, plain);
});

test("a table may have hundreds of thousands of rows", () => {
  const rows = Array.from({ length: 200_000 }, (_, number) => [{ text: `w${number}` }, { text: "" }, { text: "True" }]);

  const text = tableText(HEADS, rows);

  assert.ok(text.endsWith("w199999   -        True\n"), text.slice(-40));
});
