// Paths and queries of the admin API's deliveries, as commands and other replicas ask for them and it reads them.
import type { DeliveryQuery, PageQuery } from "../deliveries/told-delivery.ts";

export const DELIVERIES_PATH = "/api/v1/deliveries";

/** Who is asked with `isAlone` asks no other replica in turn. */
export function listPath({ limit, namespace, state }: DeliveryQuery, isAlone = false): string {
  const peers = isAlone ? "false" : undefined;
  return `${DELIVERIES_PATH}${queryText({ limit: String(limit), namespace, state, peers })}`;
}

export function pagePath({ id, continueToken }: PageQuery, isAlone = false): string {
  const query = queryText({ continue: continueToken, peers: isAlone ? "false" : undefined });
  return `${DELIVERIES_PATH}/${encodeURIComponent(id)}${query}`;
}

/** The id in the path of a delivery; undefined where it is not one. */
export function parseDeliveryPath(pathname: string): string | undefined {
  if (!pathname.startsWith(`${DELIVERIES_PATH}/`)) return undefined;
  try {
    return decodeURIComponent(pathname.slice(DELIVERIES_PATH.length + 1));
  } catch {
    return undefined;
  }
}

/** Undefined ones are left out. */
function queryText(all: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
