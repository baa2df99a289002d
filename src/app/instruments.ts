// Every number that `/metrics` tells, in one place, and what the components are given to report them. What a number is
// called elsewhere in the field (client-go, controller-runtime, Prometheus' own clients) it is called here.
import type { Clock } from "../clock.ts";
import type { Decided } from "../deliveries/dispatch.ts";
import type { DeliveryLog } from "../deliveries/log.ts";
import type { Handler, HttpRequest, HttpResponse, Transport } from "../http/message.ts";
import type { Informer } from "../kube/informer.ts";
import type { KeyedQueue } from "../queue.ts";
import { createMetrics, type Labels, type Sample } from "../telemetry/metrics.ts";

/** Told of the work of one queue; `follow` reads its depth until the signal aborts. */
export interface QueueInstruments {
  onBegin(waitedMs: number): void;
  onEnd(workedMs: number): void;
  onRetry(): void;
  follow(queue: KeyedQueue, signal: AbortSignal): void;
}

export interface Instruments {
  /** In Prometheus' text format. */
  text(): string;
  /** Counts its answers, but for those on health. */
  webhooks(handler: Handler): Handler;
  kube(transport: Transport): Transport;
  registries(transport: Transport): Transport;
  onDecided(decided: Decided): void;
  deliveries(log: Pick<DeliveryLog, "openCount" | "decidedCount">): void;
  informers(informers: Readonly<Record<string, Informer<unknown>>>): void;
  queue(name: string): QueueInstruments;
  /** Whether this process holds the Lease. */
  lease(name: string, isHeld: () => boolean): void;
}

const ANSWER_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const DELIVERY_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900];
const QUEUE_BUCKETS = [0.001, 0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 1_000];
const HEALTH = /^\/healthz(\?|$)/;
/** Users name registries: beyond so many, the rest have one label. */
const MAX_HOSTS = 100;

export function createInstruments(clock: Clock, version: string): Instruments {
  const metrics = createMetrics();
  const { counter, histogram, gauge } = metrics;
  const answers = histogram("dockbell_webhook_duration_seconds", "Webhooks until their answer.", ANSWER_BUCKETS);
  const verdicts = counter("dockbell_deliveries_total", "Deliveries on which the last word was spoken.");
  const targets = counter("dockbell_targets_total", "Warehouses and tags of those deliveries, by what became of them.");
  const delivered = histogram(
    "dockbell_delivery_duration_seconds",
    "Deliveries from arrival until the last of their Warehouses discovered the push, or was given up.",
    DELIVERY_BUCKETS,
  );
  const kube = counter("rest_client_requests_total", "Requests to the Kubernetes API, by code; <error> without one.");
  const { queue, lease } = controllerInstruments(metrics);
  gauge("dockbell_build_info", "Which version runs.", () => [{ labels: { version }, value: 1 }]);
  addProcess(metrics, clock);
  return {
    text: metrics.text,
    webhooks: (handler) => async (request) => {
      if (HEALTH.test(request.url)) return handler(request);
      const beganAt = clock.monotonicMs();
      const response = await handler(request);
      answers.observe(secondsSince(beganAt, clock), { code: String(response.status) });
      return response;
    },
    kube: (transport) =>
      counting(transport, ({ method, url }, code) => kube.increment({ code, method, host: new URL(url).host })),
    registries: registryInstruments(metrics),
    onDecided({ delivery: { verdict }, targets: all, elapsedMs }) {
      verdicts.increment({ verdict });
      for (const { state } of all) targets.increment({ state });
      delivered.observe(elapsedMs / 1_000, { verdict });
    },
    deliveries: (log) =>
      gauge("dockbell_deliveries", "Deliveries in this replica's log.", () => [
        { labels: { state: "open" }, value: log.openCount() },
        { labels: { state: "decided" }, value: log.decidedCount() },
      ]),
    informers: (informers) =>
      gauge("dockbell_informer_age_seconds", "How long ago the copy of a kind was known to be current.", () =>
        samplesOf(informers, (informer) => (clock.monotonicMs() - informer.freshAt()) / 1_000, "resource"),
      ),
    queue,
    lease,
  };
}

type Metrics = ReturnType<typeof createMetrics>;

/** Named as controller-runtime and client-go name theirs. */
function controllerInstruments({ counter, histogram, gauge }: Metrics): Pick<Instruments, "queue" | "lease"> {
  const waits = histogram("workqueue_queue_duration_seconds", "How long keys wait for their turn.", QUEUE_BUCKETS);
  const works = histogram("workqueue_work_duration_seconds", "How long a pass over a key takes.", QUEUE_BUCKETS);
  const retries = counter("workqueue_retries_total", "Passes that failed and are repeated.");
  const queues: Record<string, KeyedQueue> = {};
  gauge("workqueue_depth", "Keys that wait for their turn.", () => samplesOf(queues, (queue) => queue.depth(), "name"));
  const leases: Record<string, () => boolean> = {};
  gauge("leader_election_master_status", "1 where this process holds the Lease.", () =>
    samplesOf(leases, (isHeld) => Number(isHeld()), "name"),
  );
  return {
    queue: (name) => ({
      onBegin: (waitedMs) => waits.observe(waitedMs / 1_000, { name }),
      onEnd: (workedMs) => works.observe(workedMs / 1_000, { name }),
      onRetry: () => retries.increment({ name }),
      follow(queue, signal) {
        queues[name] = queue;
        signal.addEventListener("abort", () => queues[name] === queue && delete queues[name], { once: true });
      },
    }),
    lease(name, isHeld) {
      leases[name] = isHeld;
    },
  };
}

function registryInstruments({ counter, gauge }: Metrics): (transport: Transport) => Transport {
  const requests = counter("dockbell_registry_requests_total", "Requests to registries and their token servers.");
  const quotas: Record<string, number> = {};
  gauge("dockbell_registry_quota_remaining", "Pulls left, as the registry last told.", () =>
    samplesOf(quotas, (left) => left, "host"),
  );
  const hosts = new Set<string>();
  const labelOf = (url: string) => {
    const { host } = new URL(url);
    if (hosts.size < MAX_HOSTS) hosts.add(host);
    return hosts.has(host) ? host : "other";
  };
  return (transport) =>
    counting(transport, ({ method, url }, code, response) => {
      const host = labelOf(url);
      requests.increment({ host, method, code });
      const left = Number.parseInt(String(response?.headers["ratelimit-remaining"] ?? ""), 10);
      if (left >= 0) quotas[host] = left;
    });
}

type Count = (request: HttpRequest, code: string, response?: HttpResponse) => void;

function counting(transport: Transport, count: Count): Transport {
  return async (request) => {
    try {
      const response = await transport(request);
      count(request, String(response.status), response);
      return response;
    } catch (error) {
      count(request, "<error>");
      throw error;
    }
  };
}

function addProcess({ gauge, counted }: Metrics, clock: Clock): void {
  const startedAt = clock.now() / 1_000 - process.uptime();
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  };
  gauge("process_start_time_seconds", "When the process began, since the epoch.", () => [{ value: startedAt }]);
  gauge("process_resident_memory_bytes", "Memory in use.", () => [{ value: process.memoryUsage.rss() }]);
  counted("process_cpu_seconds_total", "Processor time used.", () => [{ value: cpuSeconds() }]);
}

function samplesOf<T>(of: Readonly<Record<string, T>>, value: (one: T) => number, label: string): readonly Sample[] {
  return Object.entries(of).map(([name, one]) => ({ labels: { [label]: name } satisfies Labels, value: value(one) }));
}

function secondsSince(beganAt: number, clock: Clock): number {
  return (clock.monotonicMs() - beganAt) / 1_000;
}
