// A Kubernetes API on a real socket that answers rightly (it is the embedded one) but for the faults a test puts in:
// each is used up by the first request it is for.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SYSTEM_RANDOM } from "../../src/app/system.ts";
import type { Clock } from "../../src/clock.ts";
import type { Handler, HttpResponse } from "../../src/http/message.ts";
import { inProcessTransport } from "../../src/http/transport.ts";
import { createKubeClient, type KubeClient } from "../../src/kube/client.ts";
import { openLocalKube } from "../../src/localkube/local-kube.ts";
import { KUBE_MIGRATIONS } from "../../src/localkube/store-schema.ts";
import { IncomingRequest } from "../../src/server/incoming-request.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { unexpected } from "./kube.ts";

export type Fault =
  /** Ends the connection with a reset, before an answer or after so many bytes of it. */
  | { readonly kind: "reset"; readonly afterBytes?: number }
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Takes the request, or begins the answer, and says no more; the connection stays open. */
  | { readonly kind: "silence"; readonly isBegun?: boolean }
  /** Writes so many bytes of the answer's body and ends it as if it were whole. */
  | { readonly kind: "truncate"; readonly afterBytes: number }
  /** Puts a line before the answer's body. */
  | { readonly kind: "insert"; readonly line: string }
  /** Writes the body byte by byte. */
  | { readonly kind: "drip" };

export type Target = "list" | "watch" | "patch";

export interface FaultyKube {
  /** Over the socket, with the faults. */
  readonly server: string;
  /** Beside the socket, without. */
  readonly client: KubeClient;
  inject(target: Target, fault: Fault): void;
  /** Faults not yet used up. */
  remaining(): number;
  /** Cuts every connection. */
  cut(): void;
  close(): void;
}

export async function startFaultyKube(clock: Clock): Promise<FaultyKube> {
  const stop = new AbortController();
  const database = openDatabase({ path: ":memory:", migrations: KUBE_MIGRATIONS });
  const options = { database, clock, random: SYSTEM_RANDOM, token: "token", signal: stop.signal, onError: unexpected };
  const { handler } = await openLocalKube(options);
  const transport = inProcessTransport(handler);
  const faults: { target: Target; fault: Fault }[] = [];
  const server = createServer((incoming, outgoing) => {
    const place = faults.findIndex(({ target }) => target === targetOf(incoming));
    const [used] = place < 0 ? [] : faults.splice(place, 1);
    void answer(handler, incoming, outgoing, used?.fault).catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    client: createKubeClient({ transport, server: "http://kube", token: () => "token", userAgent: "test" }),
    inject: (target, fault) => void faults.push({ target, fault }),
    remaining: () => faults.length,
    cut: () => server.closeAllConnections(),
    close() {
      stop.abort();
      server.closeAllConnections();
      server.close();
      database.close();
    },
  };
}

function targetOf({ method, url = "" }: IncomingMessage): Target {
  if (method === "PATCH") return "patch";
  if (url.includes("watch=true")) return "watch";
  return "list";
}

async function answer(
  handler: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === "reset" && fault.afterBytes === undefined) return void incoming.socket.resetAndDestroy();
  if (fault?.kind === "silence" && !fault.isBegun) return;
  if (fault?.kind === "status") return refuse(outgoing, fault);
  await write(await handler(new IncomingRequest(incoming, outgoing)), outgoing, fault);
}

function refuse(outgoing: ServerResponse, { status, headers }: Fault & { readonly kind: "status" }): void {
  const body = JSON.stringify({ kind: "Status", code: status, message: "as the test wants it", reason: "Test" });
  outgoing.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
}

async function write({ status, body }: HttpResponse, outgoing: ServerResponse, fault: Fault | undefined) {
  outgoing.writeHead(status, { "content-type": "application/json" }).flushHeaders();
  if (fault?.kind === "silence") return;
  if (fault?.kind === "insert") outgoing.write(`${fault.line}\n`);
  let left = fault?.kind === "truncate" || fault?.kind === "reset" ? (fault.afterBytes ?? 0) : Number.POSITIVE_INFINITY;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    if (fault?.kind === "drip") for (const byte of chunk) await written(outgoing, Uint8Array.of(byte));
    else await written(outgoing, chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) break;
  }
  if (fault?.kind === "reset") outgoing.socket?.resetAndDestroy();
  else outgoing.end();
}

function written(outgoing: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => void outgoing.write(bytes, () => resolve()));
}
