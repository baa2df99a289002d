// Sends webhooks over raw keep-alive sockets, so that the sender costs less than what it measures.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { SYSTEM_CLOCK } from "../src/app/system.ts";

export interface Sent {
  readonly elapsedMs: number;
  /** Of each answer, in the order they came. */
  readonly latenciesMs: readonly number[];
  /** How often each status was answered. */
  readonly statuses: ReadonlyMap<string, number>;
}

/** Each body once, one after another on every connection. */
export async function sendWebhooks(url: string, bodies: readonly string[], connections: number): Promise<Sent> {
  const { hostname, port } = new URL(url);
  const requests = bodies.map((body) => requestOf(url, body));
  const latenciesMs: number[] = [];
  const statuses = new Map<string, number>();
  const sockets = Array.from({ length: Math.min(connections, bodies.length) }, () => connect(Number(port), hostname));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  let next = 0;
  const startedAt = SYSTEM_CLOCK.monotonicMs();
  await Promise.all(
    sockets.map(async (socket) => {
      while (next < requests.length) {
        const sentAt = SYSTEM_CLOCK.monotonicMs();
        const status = await exchange(socket, requests[next++] ?? "");
        latenciesMs.push(SYSTEM_CLOCK.monotonicMs() - sentAt);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }),
  );
  const elapsedMs = SYSTEM_CLOCK.monotonicMs() - startedAt;
  for (const socket of sockets) socket.destroy();
  return { elapsedMs, latenciesMs, statuses };
}

function requestOf(url: string, body: string): string {
  const { pathname, host } = new URL(url);
  const headers = `Host: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`;
  return `POST ${pathname} HTTP/1.1\r\n${headers}\r\n\r\n${body}`;
}

/** The status. An answer is smaller than a segment: it arrives as one chunk. */
function exchange(socket: Socket, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error("the connection was closed"));
    socket.once("close", onClose);
    socket.once("data", (chunk) => {
      socket.off("close", onClose);
      resolve(chunk.toString("latin1", 9, 12));
    });
    socket.write(request);
  });
}

/** Webhooks a second; every one of them must have been answered so. */
export function rateOf({ elapsedMs, statuses }: Sent, status: string): number {
  const others = [...statuses].filter(([one]) => one !== status);
  if (others.length > 0) throw new Error(`not all were answered ${status}: ${JSON.stringify(others)}`);
  return ((statuses.get(status) ?? 0) / elapsedMs) * 1000;
}
