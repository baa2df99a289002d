// Stands before an API server, on loopback in plain HTTP, and can cut every watch and tell the next ones that they are
// too old, in both forms that Kubernetes knows, as a server does whose history is short; or answer in its place.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findClusterAccess } from "../../src/app/cluster.ts";

export interface ApiProxy {
  readonly kubeconfig: string;
  /** Ends every watch under way; the next of each path is told that it is too old. */
  expireWatches(form: "status" | "event"): void;
  /** The paths that were told so since. */
  expired(): readonly string[];
  /**
   * The same for the watches of one path. Resolves when everything there was listed anew and the next watch is asked for:
   * it begins when what it resolves to is called.
   */
  holdWatch(pathname: string): Promise<() => void>;
  /** From now on whatever is asked below the path has this status. */
  answer(path: string, status: number): void;
  close(): Promise<void>;
}

const EXPIRED = {
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: "too old resource version: 1 (2)",
  reason: "Expired",
  code: 410,
};

export async function openApiProxy(kubeconfig: string): Promise<ApiProxy> {
  const { server, authority, user } = findClusterAccess({ env: {}, kubeconfig });
  const agent = new Agent({ keepAlive: true, ...(authority?.kind === "text" && { ca: authority.text }) });
  const watches = new Map<ServerResponse, string>();
  const expiring = new Map<string, "status" | "event">();
  let expired: string[] = [];
  const answers = new Map<string, number>();
  const held = new Map<string, (begin: () => void) => void>();

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = "GET", url = "", headers } = incoming;
    const forwarded = request(server + url, { method, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("error", () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
  };
  const proxy = createServer((incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url ?? "", server);
    const [, status] = [...answers].find(([path]) => pathname.startsWith(path)) ?? [];
    if (status !== undefined) return void outgoing.writeHead(status).end();
    const form = searchParams.has("watch") ? expiring.get(pathname) : undefined;
    if (form) {
      expiring.delete(pathname);
      expired.push(pathname);
      tellExpired(outgoing, form);
      return;
    }
    if (searchParams.has("watch")) {
      watches.set(outgoing, pathname);
      outgoing.on("close", () => watches.delete(outgoing));
      const hold = held.get(pathname);
      held.delete(pathname);
      if (hold) return hold(() => forward(incoming, outgoing));
    }
    forward(incoming, outgoing);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const directory = mkdtempSync(join(tmpdir(), "dockbell-proxy-"));
  const path = join(directory, "kubeconfig");
  writeFileSync(
    path,
    kubeconfigOf((proxy.address() as AddressInfo).port, user.token?.kind === "text" ? user.token.text : ""),
  );
  const expire = (form: "status" | "event", isMeant: (pathname: string) => boolean) => {
    for (const [outgoing, pathname] of watches) {
      if (!isMeant(pathname)) continue;
      expiring.set(pathname, form);
      outgoing.destroy();
    }
  };
  return {
    kubeconfig: path,
    expireWatches(form) {
      expired = [];
      expire(form, () => true);
    },
    expired: () => expired,
    holdWatch(pathname) {
      const { promise, resolve } = Promise.withResolvers<() => void>();
      held.set(pathname, resolve);
      expire("status", (one) => one === pathname);
      return promise;
    },
    answer: (path, status) => void answers.set(path, status),
    async close() {
      proxy.closeAllConnections();
      proxy.close();
      agent.destroy();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function tellExpired(outgoing: ServerResponse, form: "status" | "event"): void {
  const isEvent = form === "event";
  outgoing.writeHead(isEvent ? 200 : 410, { "content-type": "application/json" });
  outgoing.end(`${JSON.stringify(isEvent ? { type: "ERROR", object: EXPIRED } : EXPIRED)}\n`);
}

function kubeconfigOf(port: number, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "proxy",
    clusters: [{ name: "proxy", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "proxy", user: { token } }],
    contexts: [{ name: "proxy", context: { cluster: "proxy", user: "proxy", namespace: "default" } }],
  });
}
