// Registries for tests, on real sockets: one that behaves as a test scripts it, byte by byte where need be, and the
// example's own behind the logins that registries have. Each keeps what it was asked.
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type Handler, readBody } from "../../src/http/message.ts";
import { IncomingRequest } from "../../src/server/incoming-request.ts";

export interface Asked {
  readonly method: string;
  readonly url: string;
  /** "" where there was none. */
  readonly authorization: string;
  readonly headers: IncomingMessage["headers"];
}

export interface TestRegistry {
  /** With its port. */
  readonly host: string;
  /** In the order of arrival. */
  readonly asked: readonly Asked[];
  /** Connections that were opened. */
  connections(): number;
  close(): void;
}

export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Serves until it is closed; with a certificate over TLS. */
export async function startTestRegistry(
  serve: RequestListener,
  certificate?: Certificate,
  address = "127.0.0.1",
): Promise<TestRegistry> {
  const asked: Asked[] = [];
  let connections = 0;
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = "", url = "", headers } = incoming;
    asked.push({ method, url, authorization: headers.authorization ?? "", headers });
    serve(incoming, outgoing);
  };
  const server = certificate
    ? createTlsServer({ cert: certificate.certPem, key: certificate.keyPem }, listener)
    : createServer(listener);
  server.on(certificate ? "secureConnection" : "connection", () => {
    connections += 1;
  });
  server.listen(0, address);
  await once(server, "listening");
  return {
    host: `${address}:${(server.address() as AddressInfo).port}`,
    asked,
    connections: () => connections,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A handler of ours as a listener of Node's. */
export function listenerOf(handler: Handler): RequestListener {
  return (incoming, outgoing) => {
    void (async () => {
      const request = new IncomingRequest(incoming, outgoing);
      const { status, headers, body } = await handler(request);
      const bytes = await readBody(body, 64 * 1024 * 1024);
      outgoing.writeHead(status, { "content-length": bytes.byteLength, ...(headers as Record<string, string>) });
      outgoing.end(request.method === "HEAD" ? undefined : bytes);
    })();
  };
}

/** The handler behind HTTP Basic. */
export function requireBasic(handler: Handler, { username, password }: Login): Handler {
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  return async (request) => {
    if (request.headers["authorization"] === expected) return handler(request);
    return unauthorized('Basic realm="test"');
  };
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The handler behind Bearer tokens: whatever `isToken` accepts for the scope of the request's repository. */
export function requireBearer(
  handler: Handler,
  { realm, isToken }: { readonly realm: () => string; readonly isToken: (token: string, scope: string) => boolean },
): Handler {
  return async (request) => {
    const repository = /^\/v2\/(.+)\/(?:tags|manifests|blobs)\//.exec(request.url)?.[1] ?? "";
    const scope = `repository:${repository}:pull`;
    const token = /^Bearer (.+)$/.exec(request.headers["authorization"] ?? "")?.[1] ?? "";
    if (isToken(token, scope)) return handler(request);
    return unauthorized(`Bearer realm="${realm()}",service="test",scope="${scope}"`);
  };
}

function unauthorized(challenge: string) {
  const body = Buffer.from('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
  return { status: 401, headers: { "content-type": "application/json", "www-authenticate": challenge }, body };
}
