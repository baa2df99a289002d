import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { Redacted } from "./redacted.ts";

test("a redacted value prints as *** however it is printed, and is itself only when revealed", () => {
  const password = new Redacted("s3cret");

  const printed = [
    `${password}`,
    String(password),
    JSON.stringify({ password }),
    inspect({ deep: [{ password }] }, { depth: 9, showHidden: true }),
    new Error(`refused for ${password}`).message,
    JSON.stringify({ ...password }),
    Object.values(password).join(),
  ];

  assert.deepEqual(
    printed.filter((text) => text.includes("s3cret")),
    [],
  );
  assert.ok(printed.slice(0, 5).every((text) => text.includes("***")));
  assert.equal(password.reveal(), "s3cret");
});
