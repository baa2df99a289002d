// Dates as Go's time package reads them: docs/compatibility.md, section 8.2.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCreatedAt, latest, parseCreatedAt } from "./created-at.ts";

const WRITTEN: readonly (readonly [input: string, inStatus: string])[] = [
  ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"],
  ["2024-05-01T12:00:00.999999999Z", "2024-05-01T12:00:00Z"],
  ["2024-05-01T12:00:00,5Z", "2024-05-01T12:00:00Z"],
  ["2024-05-01T01:30:00+05:30", "2024-04-30T20:00:00Z"],
  ["2024-05-01T23:30:00-01:00", "2024-05-02T00:30:00Z"],
  ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"],
  ["1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z"],
];

test("a date is written in whole seconds of UTC", () => {
  for (const [input, inStatus] of WRITTEN) {
    const date = parseCreatedAt(input);

    assert.equal(date !== undefined && formatCreatedAt(date), inStatus, input);
  }
});

test("what Go refuses, and its zero time, is no date", () => {
  const refused = [
    undefined,
    "",
    "yesterday",
    "2024-05-01",
    "2024-05-01 12:00:00Z",
    "2024-05-01T12:00:00",
    "2024-05-01t12:00:00z",
    "2023-02-29T12:00:00Z",
    "2024-05-01T24:00:00Z",
    "2024-05-01T12:00:60Z",
    "2024-13-01T12:00:00Z",
    "0001-01-01T00:00:00Z",
  ];

  assert.deepEqual(
    refused.filter((text) => parseCreatedAt(text) !== undefined),
    [],
  );
});

test("dates are compared to the nanosecond, whatever their zone", () => {
  const dates = ["2024-05-01T12:00:00.000000001Z", "2024-05-01T14:00:00.000000002+02:00", "2024-05-01T12:00:00Z"];

  const newest = latest([undefined, ...dates.map(parseCreatedAt)]);

  assert.equal(newest, parseCreatedAt(dates[1]));
  assert.equal(latest([undefined]), undefined);
});
