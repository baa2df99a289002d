// From a request's path to the receiver it belongs to, as the ProjectConfigs' status says.
// Paths are credentials: they are held and compared only as hashes, so that neither memory dumps of the table nor the
// time of a lookup tell one.
import { createHash } from "node:crypto";
import type { Informer } from "../kube/informer.ts";
import type { ProjectConfig } from "../resources/project-config.ts";
import type { Sender } from "./push.ts";
import { SENDERS } from "./senders.ts";

export interface Route {
  /** The namespace of the ProjectConfig. */
  readonly project: string;
  readonly receiver: string;
  readonly sender: Sender;
}

/** `unready`: no receiver was listed since start, so that nothing can be said of any path. */
export type RouteLookup =
  | { readonly kind: "found"; readonly route: Route }
  | { readonly kind: "unknown" }
  | { readonly kind: "unready" };

export interface Routes {
  find(path: string): RouteLookup;
}

export function createRoutes(configs: Informer<ProjectConfig>): Routes {
  const byHash = new Map<string, Route>();
  const hashesOf = new Map<string, readonly string[]>();

  const update = (key: string, config: ProjectConfig | undefined) => {
    for (const hash of hashesOf.get(key) ?? []) byHash.delete(hash);
    const routes = config ? routesOf(config) : [];
    hashesOf.set(
      key,
      routes.map(([hash]) => hash),
    );
    for (const [hash, route] of routes) byHash.set(hash, route);
  };

  configs.subscribe(({ key, current }) => update(key, current));

  return {
    find(path) {
      const route = byHash.get(hashOf(path));
      if (route) return { kind: "found", route };
      return { kind: configs.isSynced() ? "unknown" : "unready" };
    },
  };
}

function routesOf(config: ProjectConfig): readonly (readonly [hash: string, route: Route])[] {
  const project = config.metadata.namespace ?? "";
  return (config.status?.webhookReceivers ?? []).flatMap(({ name = "", path = "" }) => {
    const spec = config.spec?.webhookReceivers?.find((one) => one.name === name);
    const sender = SENDERS.find((one) => spec && one.name in spec);
    return sender ? [[hashOf(path), { project, receiver: name, sender }] as const] : [];
  });
}

function hashOf(path: string): string {
  return createHash("sha256").update(path).digest("base64");
}
