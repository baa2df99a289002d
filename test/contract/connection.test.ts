// The way to a cluster over TLS, on real sockets: whom we believe, as whom we come, and what changes on the way.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";
import { EMPTY_BODY, readBody } from "../../src/http/message.ts";
import type { ClusterAccess } from "../../src/kube/access.ts";
import { connectCluster } from "../../src/kube/connection.ts";
import { createServingCertificate } from "../../src/localkube/certificate.ts";
import { createTestClock } from "../support/test-clock.ts";

const ours = createServingCertificate({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM });
const other = createServingCertificate({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM });
const fingerprint = new X509Certificate(ours.certPem).fingerprint256;

/**
 * Knows the bearer token "new" and whoever brings a certificate of ours; says who came, on which connection. A path
 * such as `/503` names the answer to whomever.
 */
async function startServer(): Promise<Server> {
  const tls = { cert: ours.certPem, key: ours.keyPem, ca: ours.certPem, requestCert: true, rejectUnauthorized: false };
  const ports = new Map<number, number>();
  const started = createServer(tls, ({ url = "", headers, socket }, outgoing) => {
    const { remotePort = 0 } = socket;
    // Ours is for servers, which an authority check of clients refuses; that the peer has its key is what counts here.
    const isOurs = (socket as TLSSocket).getPeerX509Certificate()?.fingerprint256 === fingerprint;
    const isKnown = isOurs || headers.authorization === "Bearer new";
    ports.set(remotePort, ports.get(remotePort) ?? ports.size);
    const who = isOurs ? "certificate" : headers.authorization;
    outgoing
      .writeHead(Number(url.slice(1)) || (isKnown ? 200 : 401))
      .end(JSON.stringify({ who, connection: ports.get(remotePort) }));
  });
  started.listen(0, "127.0.0.1");
  await once(started, "listening");
  return started;
}

const server = await startServer();
after(() => {
  server.closeAllConnections();
  server.close();
});
const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

function accessOf(parts: Partial<ClusterAccess>): ClusterAccess {
  const authority = { kind: "text", text: ours.certPem } as const;
  const user = { token: { kind: "text", text: "new" } } as const;
  return {
    server: origin,
    namespace: "d",
    authority,
    isUnverified: false,
    serverName: undefined,
    user,
    userText: "",
    ...parts,
  };
}

function connect(parts: Partial<ClusterAccess>, files: ReadonlyMap<string, string> = new Map()) {
  const clock = createTestClock();
  const lines: string[] = [];
  const { open, close } = connectCluster(accessOf(parts), {
    clock,
    readFile: (path) => files.get(path) ?? "",
    runPlugin: () => Promise.reject(new Error("no plugin is used here")),
    log: (line) => void lines.push(line),
  });
  const transport = open();
  const ask = async (path = "/") => {
    const { status, body } = await transport({ method: "GET", url: `${origin}${path}`, headers: {}, body: EMPTY_BODY });
    const text = Buffer.from(await readBody(body, 10_000)).toString();
    return { status, ...(JSON.parse(text) as { who: string; connection: number }) };
  };
  return { ask, close, clock, lines };
}

test("a token goes out over one connection that is kept", async () => {
  const { ask, close } = connect({});

  const answers = [await ask(), await ask()];

  assert.deepEqual(
    answers.map(({ status, who }) => `${status} ${who}`),
    ["200 Bearer new", "200 Bearer new"],
  );
  assert.equal(answers[0]?.connection, answers[1]?.connection);
  close();
});

test("a client certificate is shown", async () => {
  const certificate = { cert: { kind: "text", text: ours.certPem }, key: { kind: "text", text: ours.keyPem } } as const;
  const { ask, close } = connect({ user: { certificate } });

  const { who } = await ask();

  assert.equal(who, "certificate");
  close();
});

describe("the server is", () => {
  const cases: readonly (readonly [what: string, parts: Partial<ClusterAccess>, refused?: RegExp])[] = [
    ["refused when another authority signed it", { authority: { kind: "text", text: other.certPem } }, /self-signed/],
    ["believed when nobody looks", { authority: undefined, isUnverified: true }],
    ["believed by another of its names", { serverName: "localhost" }],
    ["believed by another of its addresses", { serverName: "::1" }],
    ["refused by a name it does not have", { serverName: "kubernetes" }, /for another host name/],
  ];
  for (const [what, parts, refused] of cases) {
    test(what, async () => {
      const { ask, close } = connect(parts);

      if (refused) await assert.rejects(ask(), { name: "TransportError", message: refused });
      else assert.equal((await ask()).status, 200);
      close();
    });
  }
});

test("a refused token is read again and the request sent once more", async () => {
  const files = new Map([["/t", "old"]]);
  const { ask, close } = connect({ user: { token: { kind: "file", path: "/t" } } }, files);
  const refused = await ask();
  files.set("/t", "new");

  const { status } = await ask();

  assert.equal(refused.status, 401);
  assert.equal(status, 200);
  close();
});

test("a user who is not let in is named once", async () => {
  const token = { kind: "text", text: "old" } as const;
  const { ask, close, lines } = connect({ user: { token }, userText: 'the user "u" of /kubeconfig' });

  const answers = [await ask(), await ask()];

  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401],
  );
  assert.deepEqual(lines, [
    `${origin} does not let in the user "u" of /kubeconfig (401 Unauthorized): renew its credentials`,
  ]);
  close();
});

test("a user who was not let in is named anew once they were, and after a pause", async () => {
  const { ask, close, lines, clock } = connect({});
  const told: number[] = [];
  const askAll = async (...paths: readonly string[]) => {
    for (const path of paths) await ask(path);
    told.push(lines.length);
  };

  await askAll("/401");
  await clock.advance(60_000);
  await askAll("/429", "/500", "/503", "/401");
  for (const path of ["/", "/403"]) {
    await askAll(path, "/401");
    await askAll(path, "/401");
    await clock.advance(60_000);
  }

  assert.deepEqual(told, [1, 1, 2, 2, 3, 3]);
  close();
});

test("a changed authority takes effect on new connections", async () => {
  const files = new Map([["/ca", ours.certPem]]);
  const { ask, close, clock } = connect({ authority: { kind: "file", path: "/ca" } }, files);
  const first = await ask();
  files.set("/ca", `${ours.certPem}\n${other.certPem}`);

  await clock.advance(60_000);
  const next = await ask();

  assert.equal(next.status, 200);
  assert.notEqual(next.connection, first.connection);
  close();
});
