// `dockbell status`: one screen for people without kubectl.
import type { Connection } from "./connection.ts";
import { deliveriesText } from "./deliveries.ts";
import { listReceivers, receiversText } from "./receivers.ts";
import { listWarehouses, warehousesText } from "./warehouses.ts";

const LATEST_DELIVERIES = 5;

export async function statusText({ client, recentDeliveries }: Connection, nowMs: number): Promise<string> {
  const [receivers, warehouses, deliveries] = await Promise.all([
    listReceivers(client),
    listWarehouses(client),
    recentDeliveries(LATEST_DELIVERIES),
  ]);
  const parts = [
    ["Receivers", receiversText(receivers, undefined)],
    ["Warehouses", warehousesText(warehouses, nowMs, undefined)],
    ["Latest deliveries", deliveriesText(deliveries, nowMs, undefined)],
  ] as const;
  return parts.map(([title, text]) => `${title}\n${text.replace(/^(?=.)/gm, "  ")}`).join("\n");
}
