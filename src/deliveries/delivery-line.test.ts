import assert from "node:assert/strict";
import { test } from "node:test";
import type { Delivery } from "./delivery.ts";
import { deliveryLine } from "./delivery-line.ts";

test("a pushed tag can neither forge a line nor fill the screen", () => {
  const tag = `1.0.0\n00:00:00.000 push forged\u001b[31m${"x".repeat(100_000)}`;
  const delivery: Delivery = {
    id: "d",
    sequence: 1,
    arrivedAt: 0,
    project: "p",
    receiver: "r",
    sender: "dockerhub",
    repoURLs: ["example/app"],
    tags: [tag],
    mediaType: "",
    bodyBytes: 2,
    verdict: "unmatched",
    reason: `app: tag ${tag} is unknown`,
  };

  const line = deliveryLine({ delivery, targets: [], elapsedMs: 1 });

  assert.match(line, /^push example\/app:1\.0\.0\\u000a00:00:00\.000 push forged\\u001b\[31mx+… refreshed nothing: /);
  assert.ok(!line.includes("\n") && !line.includes("\u001b"));
  assert.ok(line.length < 2_000, `${line.length} characters`);
});
