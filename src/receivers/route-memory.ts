// The receivers' routes as last known, on disk: after a start a webhook is accepted before the API was asked.
// Paths are credentials: only their hashes are kept. Its table is in `deliveries/schema`.
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Database } from "../sqlite.ts";

export interface RememberedRoute {
  /** SHA-256 of the path, base64. */
  readonly pathHash: string;
  /** Empty for a ClusterConfig's. */
  readonly project: string;
  readonly receiver: string;
  readonly sender: string;
}

export interface RouteMemory {
  /** By the key of the ProjectConfig or ClusterConfig they come from. */
  recall(): ReadonlyMap<string, readonly RememberedRoute[]>;
  /** Replaces what is remembered of one config. */
  remember(configKey: string, routes: readonly RememberedRoute[]): Promise<void>;
}

export function createRouteMemory(database: Database): RouteMemory {
  const statements = database.read(prepare);
  return {
    recall() {
      const rows = Map.groupBy(statements.all.all(), (row) => String(row["config"]));
      return new Map([...rows].map(([config, routes]) => [config, routes.map(routeOf)]));
    },
    remember: (configKey, routes) =>
      database.write(() => {
        statements.forget.run(configKey);
        for (const { pathHash, project, receiver, sender } of routes) {
          statements.remember.run(configKey, pathHash, project, receiver, sender);
        }
      }),
  };
}

function routeOf(row: Readonly<Record<string, SQLOutputValue>>): RememberedRoute {
  return {
    pathHash: String(row["path_hash"]),
    project: String(row["project"]),
    receiver: String(row["receiver"]),
    sender: String(row["sender"]),
  };
}

function prepare(db: DatabaseSync) {
  return {
    all: db.prepare("SELECT * FROM route"),
    forget: db.prepare("DELETE FROM route WHERE config = ?"),
    remember: db.prepare("INSERT INTO route VALUES (?, ?, ?, ?, ?)"),
  };
}
