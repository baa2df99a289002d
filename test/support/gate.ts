// A door before a server on loopback that can be shut and opened again: a registry that is away for a while.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Gate {
  /** With its port, under the name the target has. */
  readonly host: string;
  shut(): void;
  open(): void;
  close(): void;
}

/** `target` is `<name>:<port>`. */
export async function openGate(target: string): Promise<Gate> {
  const { hostname, port } = new URL(`http://${target}`);
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((inner) => {
    if (!isOpen) return void inner.destroy();
    const outer = connect(Number(port), hostname);
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const shut = () => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: `${hostname}:${(server.address() as AddressInfo).port}`,
    shut,
    open() {
      isOpen = true;
    },
    close() {
      shut();
      server.close();
    },
  };
}
