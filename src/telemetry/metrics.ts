// Numbers for operators, in Prometheus' text format (version 0.0.4,
// prometheus.io/docs/instrumenting/exposition_formats). `app/instruments` says which there are.

/** Values must come from a small set, and never be a secret. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

export interface Counter {
  increment(labels?: Labels, by?: number): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

export interface Metrics {
  counter(name: string, help: string): Counter;
  /** `buckets` are upper bounds, ascending; the one without a bound is added. */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram;
  /** Read at each scrape. */
  gauge(name: string, help: string, read: () => readonly Sample[]): void;
  /** The same for what only grows. */
  counted(name: string, help: string, read: () => readonly Sample[]): void;
  text(): string;
}

/** What a scrape says of it is this media type. */
export const METRICS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

interface Distribution {
  readonly counts: number[];
  count: number;
  sum: number;
}

export function createMetrics(): Metrics {
  const families: (() => string)[] = [];
  const add = (name: string, type: string, help: string, lines: () => readonly string[]) =>
    void families.push(() => [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`, ...lines()].join("\n"));
  const read = (type: string) => (name: string, help: string, samples: () => readonly Sample[]) =>
    add(name, type, help, () => samples().map(({ labels, value }) => line(name, labelPairs(labels), value)));
  return {
    counter(name, help) {
      const series = new Map<string, number>();
      add(name, "counter", help, () => [...series].map(([pairs, value]) => line(name, pairs, value)));
      return {
        increment(labels, by = 1) {
          const pairs = labelPairs(labels);
          series.set(pairs, (series.get(pairs) ?? 0) + by);
        },
      };
    },
    histogram(name, help, buckets) {
      const series = new Map<string, Distribution>();
      add(name, "histogram", help, () => [...series].flatMap(([pairs, one]) => linesOf(name, pairs, one, buckets)));
      return { observe: (value, labels) => observe(series, labelPairs(labels), value, buckets) };
    },
    gauge: read("gauge"),
    counted: read("counter"),
    text: () => `${families.map((family) => family()).join("\n")}\n`,
  };
}

function observe(series: Map<string, Distribution>, pairs: string, value: number, buckets: readonly number[]): void {
  const one = series.get(pairs) ?? { counts: buckets.map(() => 0), count: 0, sum: 0 };
  series.set(pairs, one);
  const place = buckets.findIndex((bound) => value <= bound);
  if (place >= 0) one.counts[place] = (one.counts[place] ?? 0) + 1;
  one.count += 1;
  one.sum += value;
}

/** Each bucket holds what is in those before it too. */
function linesOf(name: string, pairs: string, one: Distribution, buckets: readonly number[]): readonly string[] {
  let below = 0;
  const lines = buckets.map((bound, place) => {
    below += one.counts[place] ?? 0;
    return line(`${name}_bucket`, joined(pairs, `le="${bound}"`), below);
  });
  return [
    ...lines,
    line(`${name}_bucket`, joined(pairs, 'le="+Inf"'), one.count),
    line(`${name}_sum`, pairs, one.sum),
    line(`${name}_count`, pairs, one.count),
  ];
}

function line(name: string, pairs: string, value: number): string {
  return `${name}${pairs === "" ? "" : `{${pairs}}`} ${valueText(value)}`;
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

function labelPairs(labels: Labels = {}): string {
  let pairs = "";
  for (const [name, value] of Object.entries(labels)) pairs = joined(pairs, `${name}="${escapedValue(value)}"`);
  return pairs;
}

function escapedValue(value: string): string {
  return /["\\\n]/.test(value) ? escaped(value).replaceAll('"', '\\"') : value;
}

function joined(pairs: string, last: string): string {
  return pairs === "" ? last : `${pairs},${last}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
