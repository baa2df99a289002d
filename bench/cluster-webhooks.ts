// One Warehouse each in 100 repositories, and in 10,000: webhooks a second beside the bare limit, what they cost.
import { type ClusterApi, type Place, patchAll, requestCount } from "./cluster-api.ts";
import { type ClusterDockbell, withDockbell } from "./cluster-dockbell.ts";
import { createWarehouses, deleteWarehouses, webhook } from "./cluster-objects.ts";
import { quantile, type Report } from "./subject.ts";
import { rateOf, sendWebhooks } from "./webhook-load.ts";

const ROUNDS = 3;
const WEBHOOKS = 1_000;
const BURST = 3_000;
/** Before what is measured: code that runs for the first time is compiled. */
const WARM_UP = 300;
const SENDERS = 16;
const REPOSITORIES = 100;
const MANY_REPOSITORIES = 10_000;

export async function benchWebhooks(api: ClusterApi, report: Report): Promise<void> {
  const places = await createWarehouses(api, { prefix: "one", count: REPOSITORIES });
  await reportWaiting(api, places, report);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bare = await bareRate(api, places);
    const { measured } = await withDockbell(api, { roles: "receiver", answerWithin: "0s" }, ({ url }) =>
      sendWebhooks(url, webhooksTo(places, BURST), SENDERS),
    );
    ratios.push(rateOf(measured, "202") / bare);
  }
  report("burst of 3,000 answered when recorded / bare patches", quantile(ratios, 0.5).toFixed(1), "≥ 5");
  await deleteWarehouses(api);
}

export async function benchManyWarehouses(api: ClusterApi, report: Report): Promise<void> {
  const places = await createWarehouses(api, { prefix: "many", count: MANY_REPOSITORIES });
  const { megabytes } = await reportWaiting(api, places, report);
  report("resident memory, 10,000 Warehouses", `${megabytes.toFixed(0)} MB`, "≤ 150 MB (Kargo 121 MB)");
  await deleteWarehouses(api);
}

/** Rounds are interleaved, because machines are noisy; during a bare one no Dockbell runs. */
async function reportWaiting(
  api: ClusterApi,
  places: readonly Place[],
  report: Report,
): Promise<{ readonly megabytes: number }> {
  const rounds: (Cost & { readonly bare: number; readonly ratio: number })[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bare = await bareRate(api, places);
    const { measured } = await withDockbell(api, { roles: "receiver", answerWithin: "10s" }, (dockbell) =>
      waitingCost(api, dockbell, places),
    );
    rounds.push({ ...measured, bare, ratio: measured.perSecond / bare });
  }
  const median = (key: keyof (typeof rounds)[number]) =>
    quantile(
      rounds.map((round) => round[key]),
      0.5,
    );
  report("bare merge patches, 16 in flight", `${median("bare").toFixed(0)}/s`, "—");
  report("webhooks answered when refreshed, 16 senders", `${median("perSecond").toFixed(0)}/s`, "—");
  report("webhooks answered when refreshed / bare patches", median("ratio").toFixed(2), "≥ 0.9 (Kargo 0.88)");
  report("p50 of their answers", `${median("p50Ms").toFixed(1)} ms`, "—");
  report("processor time a webhook", `${median("cpuMs").toFixed(2)} ms`, "—");
  report("API calls a webhook", median("calls").toFixed(2), "≤ 1 (Kargo 2)");
  return { megabytes: median("megabytes") };
}

async function bareRate(api: ClusterApi, places: readonly Place[]): Promise<number> {
  return (WEBHOOKS / (await patchAll(api, { places, count: WEBHOOKS, inFlight: SENDERS }))) * 1000;
}

interface Cost {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly cpuMs: number;
  readonly calls: number;
  readonly megabytes: number;
}

async function waitingCost(api: ClusterApi, dockbell: ClusterDockbell, places: readonly Place[]): Promise<Cost> {
  rateOf(await sendWebhooks(dockbell.url, webhooksTo(places, WARM_UP), SENDERS), "200");
  const before = { cpuMs: dockbell.cpuMs(), calls: await requestCount(api) };
  const sent = await sendWebhooks(dockbell.url, webhooksTo(places, WEBHOOKS), SENDERS);
  return {
    perSecond: rateOf(sent, "200"),
    p50Ms: quantile(sent.latenciesMs, 0.5),
    cpuMs: (dockbell.cpuMs() - before.cpuMs) / WEBHOOKS,
    calls: ((await requestCount(api)) - before.calls) / WEBHOOKS,
    megabytes: dockbell.residentMegabytes(),
  };
}

/** Each repository's again in turn, with the same tag, as one that moves. */
function webhooksTo(places: readonly Place[], count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => webhook(`bench/${places[number % places.length]?.name}`));
}
