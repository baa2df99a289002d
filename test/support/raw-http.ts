// Bytes to a socket and bytes back: for requests no HTTP client would send.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const DEADLINE_MS = 10_000;

export class RawConnection {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isClosed = true;
    });
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  write(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** The next answer with a `Content-Length`, informational ones included. */
  async answer(): Promise<RawAnswer> {
    await this.#until(() => this.#received.includes("\r\n\r\n"));
    const end = this.#received.indexOf("\r\n\r\n") + 4;
    const [line = "", ...fields] = this.#received.subarray(0, end).toString("latin1").trimEnd().split("\r\n");
    const headers = new Map(
      fields.map((field) => [field.split(":")[0]?.toLowerCase() ?? "", field.replace(/^[^:]*:\s*/, "")]),
    );
    const length = Number(headers.get("content-length") ?? 0);
    await this.#until(() => this.#received.length >= end + length);
    const body = this.#received.subarray(end, end + length).toString();
    this.#received = this.#received.subarray(end + length);
    return { status: Number(line.split(" ")[1]), headers, body };
  }

  /** Everything until the server closed. */
  async rest(): Promise<string> {
    await this.#until(() => this.#isClosed || this.socket.readableEnded);
    this.socket.destroy();
    return this.#received.toString("latin1");
  }

  async #until(claim: () => boolean): Promise<void> {
    const deadline = SYSTEM_CLOCK.monotonicMs() + DEADLINE_MS;
    while (!claim()) {
      if (this.#isClosed) throw new Error(`closed without an answer; so far: ${this.#received.toString("latin1")}`);
      if (SYSTEM_CLOCK.monotonicMs() > deadline)
        throw new Error(`no answer; so far: ${this.#received.toString("latin1")}`);
      await SYSTEM_CLOCK.sleep(2);
    }
  }
}

/** One request on a connection of its own. */
export async function rawRequest(port: number, text: string | Uint8Array): Promise<RawAnswer> {
  const connection = await RawConnection.open(port);
  connection.write(text);
  try {
    return await connection.answer();
  } finally {
    connection.socket.destroy();
  }
}

/** A POST as a sender writes it. */
export function postText(path: string, body: string, headers: readonly string[] = []): string {
  const fields = ["Host: localhost", `Content-Length: ${Buffer.byteLength(body)}`, ...headers];
  return `POST ${path} HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n${body}`;
}
