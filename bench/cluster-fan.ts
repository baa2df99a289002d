// Many webhooks for one Warehouse, and one webhook for many Warehouses.
import type { DeliveryPage } from "../src/deliveries/told-delivery.ts";
import { type ClusterApi, type Place, patchAll, requestCount } from "./cluster-api.ts";
import { withDockbell } from "./cluster-dockbell.ts";
import { createWarehouses, deleteWarehouses, webhook } from "./cluster-objects.ts";
import { quantile, type Report } from "./subject.ts";
import { rateOf, sendWebhooks } from "./webhook-load.ts";

const ROUNDS = 3;
const WEBHOOKS = 3_000;
const SENDERS = 16;
const WAREHOUSES = 100;
const ANSWERS = 10;

export async function benchOneWarehouse(api: ClusterApi, report: Report): Promise<void> {
  await createWarehouses(api, { prefix: "alone", count: 1 });
  const bodies = Array<string>(WEBHOOKS).fill(webhook("bench/alone-0"));
  for (const answerWithin of ["10s", "0s"]) {
    const [rates, patches]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      const { deliveries } = await withDockbell(api, { roles: "receiver", answerWithin }, async ({ url }) => {
        const before = await requestCount(api);
        const sent = await sendWebhooks(url, bodies, SENDERS);
        rates.push(rateOf(sent, answerWithin === "0s" ? "202" : "200"));
        patches.push((await requestCount(api)) - before);
      });
      requireCovered(deliveries);
    }
    const how = answerWithin === "0s" ? "answered when recorded" : "answered when refreshed";
    report(`3,000 webhooks into one Warehouse, ${how}`, `${quantile(rates, 0.5).toFixed(0)}/s`, "≥ 2000/s (Kargo 503)");
    report("their API calls", quantile(patches, 0.5).toFixed(0), "≤ 400 (Kargo 3000)");
  }
  await deleteWarehouses(api);
}

/** Every delivery has a refresh whose token was drawn after it arrived: a token begins with its moment. */
function requireCovered(deliveries: readonly DeliveryPage[]): void {
  const uncovered = deliveries.filter(({ arrivedAt, targets }) => {
    const token = targets[0]?.token ?? "";
    return !(Date.parse(`${token.slice(0, 23)}Z`) >= Date.parse(arrivedAt));
  });
  if (deliveries.length !== WEBHOOKS || uncovered.length > 0)
    throw new Error(`${uncovered.length} of ${deliveries.length} deliveries have no refresh begun after them`);
}

export async function benchManyTargets(api: ClusterApi, report: Report): Promise<void> {
  const places = await createWarehouses(api, { prefix: "fan", count: WAREHOUSES, repository: "bench/fan" });
  const [bare, answered]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (let time = 0; time < ANSWERS; time++) bare.push(await patchEach(api, places));
    await withDockbell(api, { roles: "receiver", answerWithin: "10s" }, async ({ url }) => {
      const sent = await sendWebhooks(url, Array<string>(ANSWERS).fill(webhook("bench/fan")), 1);
      rateOf(sent, "200");
      answered.push(...sent.latenciesMs);
    });
  }
  const [bareMs, answeredMs] = [quantile(bare, 0.5), quantile(answered, 0.5)];
  report("bare patches of 100 Warehouses, 16 in flight, p50", `${bareMs.toFixed(0)} ms`, "—");
  report("a webhook for 100 Warehouses, p50 of its answer", `${answeredMs.toFixed(0)} ms`, "— (Kargo 340 ms)");
  report("the same / bare", (answeredMs / bareMs).toFixed(2), "≤ 1.2");
  await deleteWarehouses(api);
}

function patchEach(api: ClusterApi, places: readonly Place[]): Promise<number> {
  return patchAll(api, { places, count: WAREHOUSES, inFlight: SENDERS });
}
