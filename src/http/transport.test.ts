// The transport on real sockets: what a user reads when TLS does not come about, and which silence ends a request.
import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { startTestRegistry } from "../../test/support/test-registry.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../app/system.ts";
import type { TransportError, TransportProblem } from "../errors.ts";
import { createServingCertificate } from "../localkube/certificate.ts";
import { EMPTY_BODY, readBody } from "./message.ts";
import { networkFault } from "./network-fault.ts";
import { createNetworkTransport } from "./transport.ts";

const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

const ok: RequestListener = (_, outgoing) => void outgoing.end("ok");

function certificateOf(yearsAgo: number) {
  const clock = { ...SYSTEM_CLOCK, now: () => SYSTEM_CLOCK.now() - yearsAgo * 366 * 24 * 3_600_000 };
  return createServingCertificate({ clock, random: SYSTEM_RANDOM });
}

const VALID = certificateOf(0);
const EXPIRED = certificateOf(11);
const FUTURE = certificateOf(-1);

async function get(url: string, options: { ca?: string; insecure?: boolean; signal?: AbortSignal } = {}) {
  const { transport, close } = createNetworkTransport({
    ...(options.ca && { tls: { ca: options.ca } }),
    timeoutMs: 200,
  });
  closers.push(close);
  const { signal, insecure: insecureSkipTLSVerify } = options;
  const request = {
    method: "GET",
    url,
    headers: {},
    body: EMPTY_BODY,
    insecureSkipTLSVerify,
    ...(signal && { signal }),
  };
  const response = await transport(request);
  return Buffer.from(await readBody(response.body, 1_000)).toString();
}

async function serve(listener: RequestListener, certificate?: typeof VALID, address?: string): Promise<string> {
  const server = await startTestRegistry(listener, certificate, address);
  closers.push(() => server.close());
  return `${certificate ? "https" : "http"}://${server.host}`;
}

const TLS_CASES: readonly (readonly [
  name: string,
  certificate: typeof VALID,
  options: { ca?: string; address?: string },
  problem: TransportProblem,
  sentence: RegExp,
])[] = [
  ["self-signed", VALID, {}, "certificate-untrusted", /its certificate is self-signed/],
  ["of another authority", VALID, { ca: certificateOf(0).certPem }, "certificate-untrusted", /certificate/],
  ["expired", EXPIRED, { ca: EXPIRED.certPem }, "certificate-expired", /its certificate has expired/],
  ["not valid yet", FUTURE, { ca: FUTURE.certPem }, "certificate-expired", /its certificate is not valid yet/],
  ["for another name", VALID, { ca: VALID.certPem, address: "127.0.0.2" }, "certificate-name", /for another host name/],
];

for (const [name, certificate, { ca, address }, problem, sentence] of TLS_CASES) {
  test(`a certificate that is ${name} is refused with a sentence, and taken when verification is skipped`, async () => {
    const url = await serve(ok, certificate, address);

    const error = await get(`${url}/a?secret=b`, { ...(ca && { ca }) }).catch((reason: TransportError) => reason);
    const skipped = await get(url, { insecure: true });

    assert.ok(typeof error === "object");
    assert.equal(error.problem, problem);
    assert.match(error.message, sentence);
    assert.ok(error.message.startsWith(`GET ${url}/a: `), error.message);
    assert.ok(!error.message.includes("secret"));
    assert.equal(error.isRetryable, false);
    assert.equal(skipped, "ok");
  });
}

test("a certificate of an authority that was given is trusted", async () => {
  const url = await serve(ok, VALID);

  assert.equal(await get(url, { ca: VALID.certPem }), "ok");
});

test("skipping verification for one request does not skip it for the next", async () => {
  const url = await serve(ok, VALID);
  const { transport, close } = createNetworkTransport({});
  closers.push(close);
  const request = { method: "GET", url, headers: {}, body: EMPTY_BODY };

  const skipped = await transport({ ...request, insecureSkipTLSVerify: true });
  await readBody(skipped.body, 100);

  assert.equal(skipped.status, 200);
  await assert.rejects(transport(request), { problem: "certificate-untrusted" });
});

test("plain HTTP where TLS was expected is recognised", async () => {
  const url = await serve(ok);

  await assert.rejects(get(url.replace("http:", "https:")), { problem: "not-tls", message: /answers in plain HTTP/ });
});

test("a server that does not finish the TLS handshake is given up", async () => {
  const server = createServer(() => {}).listen(0, "127.0.0.1");
  closers.push(() => server.close());
  const { port } = await new Promise<{ port: number }>((resolve) =>
    server.on("listening", () => resolve(server.address() as { port: number })),
  );

  await assert.rejects(get(`https://127.0.0.1:${port}`), { problem: "silent", message: /no connection within 0.2 s/ });
});

test("a server that does not answer is given up, and one that goes silent within the body", async () => {
  const silent = await serve(() => {});
  const halting = await serve((_, outgoing) => void outgoing.writeHead(200).write("x"));

  await assert.rejects(get(silent), { problem: "silent", message: /no answer within 0.2 s/, waitedMs: 200 });
  await assert.rejects(get(halting), { problem: "silent", message: /nothing more of the body within 0.2 s/ });
});

test("a port where nothing listens is said to be that", async () => {
  const server = await startTestRegistry(ok);
  server.close();

  await assert.rejects(get(`http://${server.host}`), {
    problem: "unreachable",
    message: `GET http://${server.host}/: connection refused: nothing listens there (ECONNREFUSED)`,
  });
});

test("a request that nobody wants any more ends", async () => {
  const url = await serve(() => {});

  await assert.rejects(get(url, { signal: AbortSignal.timeout(20) }), { problem: "aborted" });
});

test("a connection that the server closes in the moment it is used again is not an error", async () => {
  const used = new WeakSet<object>();
  const url = await serve((incoming, outgoing) => {
    if (used.has(incoming.socket)) {
      incoming.socket.destroy();
      return;
    }
    used.add(incoming.socket);
    outgoing.end("ok");
  });
  const { transport, close } = createNetworkTransport({});
  closers.push(close);
  const ask = async () => {
    const { body } = await transport({ method: "GET", url, headers: {}, body: EMPTY_BODY });
    return Buffer.from(await readBody(body, 100)).toString();
  };

  const answers = [await ask(), await ask(), await ask()];

  assert.deepEqual(answers, ["ok", "ok", "ok"]);
});

test("a transport that was closed ends what is under way and sends nothing more", async () => {
  const server = await startTestRegistry(() => {});
  closers.push(server.close);
  const { transport, close } = createNetworkTransport({});
  const request = { method: "GET", url: `http://${server.host}`, headers: {}, body: EMPTY_BODY };
  const underWay = transport(request);
  while (server.asked.length === 0) await SYSTEM_CLOCK.sleep(1);

  close();

  await assert.rejects(underWay, { name: "TransportError" });
  await assert.rejects(transport(request), /the connections were closed/);
  assert.equal(server.asked.length, 1);
});

const REQUEST = { method: "GET", url: "https://r.example.com/v2/?token=x", headers: {}, body: EMPTY_BODY };
const CODES: readonly (readonly [code: string, message: string, isRetryable: boolean])[] = [
  ["ENOTFOUND", "this host name does not exist in DNS (ENOTFOUND)", true],
  ["EAI_AGAIN", "the host name could not be looked up: DNS gave no answer (EAI_AGAIN)", true],
  ["EHOSTUNREACH", "the host cannot be reached (EHOSTUNREACH)", true],
  [
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "its certificate comes from an authority that is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)",
    false,
  ],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "TLS could not be agreed on (ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION)", false],
];

for (const [code, sentence, isRetryable] of CODES) {
  test(`${code} becomes a sentence`, () => {
    const fault = networkFault(REQUEST, Object.assign(new Error("raw"), { code }));

    assert.equal(fault.message, `GET https://r.example.com/v2/: ${sentence}`);
    assert.equal(fault.isRetryable, isRetryable);
  });
}
