import assert from "node:assert/strict";
import { test } from "node:test";
import { compileJsonPath } from "./json-path.ts";

const OBJECT = {
  metadata: { labels: { "kargo.akuity.io/alias": "calm-owl" } },
  spec: { shard: "" },
  status: { conditions: [{ type: "Stalled" }, { type: "Ready", status: "True" }] },
};

const CASES: readonly (readonly [path: string, value: unknown])[] = [
  [".spec.shard", ""],
  [".spec.interval", undefined],
  [".metadata.labels.kargo\\.akuity\\.io/alias", "calm-owl"],
  ['.status.conditions[?(@.type=="Ready")].status', "True"],
  ['.status.conditions[?(@.type=="Healthy")].status', undefined],
  [".origin.kind", undefined],
  [".spec.constructor", undefined],
];

for (const [path, value] of CASES) {
  test(`${path} is ${JSON.stringify(value)}`, () => {
    assert.equal(compileJsonPath(path)(OBJECT), value);
  });
}

test("a path that cannot be read is an error when it is compiled", () => {
  assert.throws(() => compileJsonPath(".spec[*]"), /cannot be read/);
});
