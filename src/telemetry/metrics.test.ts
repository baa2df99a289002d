import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics } from "./metrics.ts";

test("counters are told with their labels, escaped, each once", () => {
  const metrics = createMetrics();
  const counter = metrics.counter("things_total", "Things.\nAnd \\ more.");

  counter.increment();
  counter.increment({ kind: 'a"b\\c\nd' });
  counter.increment({ kind: 'a"b\\c\nd' }, 2);

  assert.equal(
    metrics.text(),
    [
      "# HELP things_total Things.\\nAnd \\\\ more.",
      "# TYPE things_total counter",
      "things_total 1",
      'things_total{kind="a\\"b\\\\c\\nd"} 3',
      "",
    ].join("\n"),
  );
});

test("a bucket holds what is at most its bound, and what the buckets before it hold", () => {
  const metrics = createMetrics();
  const histogram = metrics.histogram("seconds", "Time.", [0.1, 1]);

  for (const value of [0.1, 0.5, 1, 7]) histogram.observe(value, { code: "200" });

  assert.equal(
    metrics.text(),
    [
      "# HELP seconds Time.",
      "# TYPE seconds histogram",
      'seconds_bucket{code="200",le="0.1"} 1',
      'seconds_bucket{code="200",le="1"} 3',
      'seconds_bucket{code="200",le="+Inf"} 4',
      'seconds_sum{code="200"} 8.6',
      'seconds_count{code="200"} 4',
      "",
    ].join("\n"),
  );
});

test("gauges are read when they are asked for", () => {
  const metrics = createMetrics();
  let value = 1;
  metrics.gauge("now", "Now.", () => [{ value }, { value: Number.POSITIVE_INFINITY, labels: { kind: "b" } }]);

  value = 2;

  assert.match(metrics.text(), /^# TYPE now gauge\nnow 2\nnow\{kind="b"\} \+Inf\n$/m);
});
