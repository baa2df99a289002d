// `dockbell status`: one screen for people without kubectl.
import type { KubeClient } from "../kube/client.ts";
import { listReceivers, receiversText } from "./receivers.ts";
import { listWarehouses, warehousesText } from "./warehouses.ts";

export async function statusText(client: KubeClient, nowMs: number): Promise<string> {
  const [receivers, warehouses] = await Promise.all([listReceivers(client), listWarehouses(client)]);
  const parts = [
    ["Receivers", receiversText(receivers, undefined)],
    ["Warehouses", warehousesText(warehouses, nowMs, undefined)],
  ] as const;
  return parts.map(([title, text]) => `${title}\n${text.replace(/^(?=.)/gm, "  ")}`).join("\n");
}
