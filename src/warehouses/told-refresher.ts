// Tells of refreshes that fail: a push that was answered stays open meanwhile, and nobody hears of it but by the log.
import type { Troubles } from "../telemetry/troubles.ts";
import type { Refresher } from "./refresh.ts";

/** A deleted Warehouse, or one given up, is no trouble any more. */
export function toldRefresher(refresher: Refresher, troubles: Troubles): Refresher {
  return {
    async refresh(request) {
      const attempt = { what: "refreshing Warehouses", subject: request.key };
      const onFailure = (error: unknown) => {
        troubles.failed(attempt, error);
        request.onFailure(error);
      };
      try {
        const refreshed = await refresher.refresh({ ...request, onFailure });
        if (refreshed.kind === "refreshed") troubles.worked(attempt);
        else troubles.ended(attempt);
        return refreshed;
      } catch (error) {
        troubles.ended(attempt);
        throw error;
      }
    },
    covers: (key, entryToken, token) => refresher.covers(key, entryToken, token),
    isCurrent: (key, warehouse) => refresher.isCurrent(key, warehouse),
    idle: () => refresher.idle(),
    isListAsWritten: (key, warehouse) => refresher.isListAsWritten(key, warehouse),
    forget: (key) => refresher.forget(key),
  };
}
