// The connections of a server from their first packet on: `http.Server` knows none before its TLS handshake has ended,
// and holds one that never sent a byte to be busy.
import type { Server } from "node:http";
import { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";

export class Connections {
  readonly #server: Server;
  readonly #accepted = new Set<Socket>();
  /** Those that HTTP is spoken on: over TLS other sockets than the accepted ones, which they lie on. */
  readonly #spoken: Set<Socket>;

  /** Of a server that does not listen yet. */
  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => keep(socket, this.#accepted));
    this.#spoken = server instanceof TlsServer ? new Set() : this.#accepted;
    server.on("secureConnection", (socket: Socket) => keep(socket, this.#spoken));
  }

  /** Ends those without a request: one is under way from its first byte to the last of its answer. */
  destroyIdle(): void {
    this.#server.closeIdleConnections();
    const begun = [...this.#spoken].filter(({ bytesRead, destroyed }) => bytesRead > 0 && !destroyed);
    // Nothing public leads from a TLS socket to the one under it, but both have the same peer.
    const busyPeers = new Set(begun.map(peerOf));
    for (const socket of this.#accepted) if (!busyPeers.has(peerOf(socket))) socket.destroy();
  }

  destroyAll(): void {
    for (const socket of this.#accepted) socket.destroy();
  }

  /** Those that HTTP is spoken on. */
  spoken(): Iterable<Socket> {
    return this.#spoken.values();
  }
}

function keep(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
