// How a command reaches the running `dockbell up` of a data directory: by the files it left there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "../cli/connection.ts";
import type { ToldDelivery } from "../deliveries/told-delivery.ts";
import { InputError } from "../errors.ts";
import { EMPTY_BODY, readBody } from "../http/message.ts";
import { createNetworkTransport } from "../http/transport.ts";
import { DELIVERIES_PATH } from "../server/admin.ts";
import { connectEmbedded } from "./embedded.ts";

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Throws `InputError` when none ever ran there. */
export function connectRunning(dataDirectory: string, userAgent: string): Connection & { close(): void } {
  const { client, close } = connectEmbedded(dataDirectory, userAgent);
  const network = createNetworkTransport({});
  const read = (name: string) => {
    try {
      return readFileSync(join(dataDirectory, name), "utf8");
    } catch (error) {
      throw new InputError(`no Dockbell is running in ${dataDirectory}: start it with "dockbell up"`, error);
    }
  };
  return {
    client,
    async recentDeliveries(limit) {
      const url = `${read("admin-url")}${DELIVERIES_PATH}?limit=${limit}`;
      const headers = { authorization: `Bearer ${read("admin-token")}`, "user-agent": userAgent };
      const answer = await network.transport({ method: "GET", url, headers, body: EMPTY_BODY });
      const text = Buffer.from(await readBody(answer.body, MAX_ANSWER_BYTES)).toString();
      const told = JSON.parse(text) as { deliveries: readonly ToldDelivery[]; error?: string };
      if (answer.status !== 200) throw new InputError(`${told.error}`);
      return told.deliveries;
    },
    close() {
      close();
      network.close();
    },
  };
}
