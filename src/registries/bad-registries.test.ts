// Registries that are broken, hostile or not registries at all, on real sockets: each gives an error that names the
// host and the cause, and none learns or repeats the password.
import assert from "node:assert/strict";
import type { RequestListener, ServerResponse } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { createTestOciClient } from "../../test/support/oci-clients.ts";
import { startTestRegistry } from "../../test/support/test-registry.ts";
import { SYSTEM_CLOCK } from "../app/system.ts";
import { createNetworkTransport } from "../http/transport.ts";
import { Redacted } from "../telemetry/redacted.ts";
import { createExchange } from "./exchange.ts";
import type { OciClient, OciRepository } from "./oci-client.ts";

/** Longer than a busy machine is silent. */
const SILENCE_MS = 2_000;
const GZIP_BOMB = gzipSync(Buffer.alloc(50_000_000));
const PASSWORD = "correct-horse";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const DIGEST = `sha256:${"a".repeat(64)}`;

type Call = (client: OciClient, repository: OciRepository) => Promise<unknown>;

const listTags: Call = (client, repository) => client.listTags(repository);
const getTag: Call = (client, repository) => client.getManifest(repository, "1.0.0");
const getDigest: Call = (client, repository) => client.getManifest(repository, DIGEST);
const getConfig: Call = (client, repository) => client.getConfig(repository, DIGEST);

function sends(status: number, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): RequestListener {
  return (_, outgoing) => void outgoing.writeHead(status, headers).end(body);
}

function tagsPage(outgoing: ServerResponse, tags: readonly string[], link: string): void {
  outgoing.writeHead(200, { "content-type": "application/json", link }).end(JSON.stringify({ name: "x", tags }));
}

/** Pages that are never the last; `page` says what is on each, and where it says the next one is. */
function endless(page: (number: number) => { tags: readonly string[]; next: string }): RequestListener {
  let count = 0;
  return (_, outgoing) => {
    count += 1;
    const { tags, next } = page(count);
    tagsPage(outgoing, tags, `<${next}>; rel="next"`);
  };
}

const BAD: readonly (readonly [name: string, serve: RequestListener, call: Call, message: RegExp])[] = [
  [
    "content with another digest",
    sends(200, "{}", { "content-type": MANIFEST }),
    getDigest,
    /HOST.*does not have the digest sha256:a+: it was damaged or replaced/,
  ],
  ["a config with another digest", sends(200, "{}"), getConfig, /HOST.*does not have the digest sha256:a+/],
  [
    "a tag whose header names another digest",
    sends(200, "{}", { "content-type": MANIFEST, "docker-content-digest": DIGEST }),
    getTag,
    /HOST.*does not have the digest/,
  ],
  [
    "pages that go in a circle",
    endless(() => ({ tags: ["a"], next: "/v2/team/app/tags/list?n=1000" })),
    listTags,
    /HOST.*go round in a circle/,
  ],
  [
    "pages that repeat themselves",
    endless((n) => ({ tags: ["a", "b"], next: `?last=${n}` })),
    listTags,
    /HOST.*no end: its pages repeat the same tags/,
  ],
  [
    "empty pages without end",
    endless((n) => ({ tags: [], next: `?last=${n}` })),
    listTags,
    /HOST.*more than 1000 pages/,
  ],
  [
    "a next page on another host",
    endless(() => ({ tags: ["a"], next: "http://127.0.0.1:9/v2/" })),
    listTags,
    /HOST.*next page of the tag list is on another host/,
  ],
  [
    "a redirect to itself",
    (incoming, outgoing) => void outgoing.writeHead(307, { location: incoming.url ?? "" }).end(),
    listTags,
    /HOST.*redirects to itself/,
  ],
  [
    "redirects without end",
    (incoming, outgoing) => void outgoing.writeHead(302, { location: `${incoming.url}x` }).end(),
    listTags,
    /HOST.*more than 5 redirects/,
  ],
  ["a redirect to nowhere", sends(301, ""), listTags, /HOST.*HTTP 301 redirects nowhere/],
  [
    "a redirect to another scheme",
    sends(301, "", { location: "file:///etc/passwd" }),
    listTags,
    /HOST.*redirects nowhere/,
  ],
  [
    "a redirect to plain HTTP elsewhere",
    sends(302, "", { location: "http://10.0.0.1/v2/" }),
    listTags,
    /HOST.*plain HTTP: allow that with --plain-http-registries 10\.0\.0\.1/,
  ],
  [
    "a gzip bomb",
    (_, outgoing) => void outgoing.writeHead(200, { "content-encoding": "gzip" }).end(GZIP_BOMB),
    listTags,
    /HOST.*compressed \(gzip\), which was not asked for/,
  ],
  [
    "a body that is too large by its length",
    sends(200, "", { "content-length": "99999999" }),
    listTags,
    /HOST.*larger than 4194304 bytes/,
  ],
  ["a body that is too large", floods, listTags, /HOST.*larger than 4194304 bytes/],
  [
    "a web page",
    sends(200, "<!DOCTYPE html><html>", { "content-type": "text/html" }),
    listTags,
    /HOST.*not a registry: it answers with a web page/,
  ],
  [
    "a web page that was not found",
    sends(404, "<html>", { "content-type": "text/html" }),
    listTags,
    /HOST.*web page \(HTTP 404\): is it a registry/,
  ],
  ["what is not JSON", sends(200, "{"), listTags, /HOST.*not JSON/],
  [
    "a refusal",
    sends(403, '{"errors":[{"code":"DENIED","message":"access denied"}]}'),
    listTags,
    /HOST refuses the username and password of the Secret for this repository \(HTTP 403\); DENIED: access denied/,
  ],
  [
    "an error that repeats the password",
    sends(
      403,
      JSON.stringify({
        errors: [
          { code: "DENIED", message: `for ${PASSWORD} and ${Buffer.from(`me:${PASSWORD}`).toString("base64")}` },
        ],
      }),
    ),
    listTags,
    /DENIED: for \*\*\* and \*\*\*$/,
  ],
  [
    "an error that repeats a token",
    sends(403, JSON.stringify({ errors: [{ code: "DENIED", message: `Bearer ${"x1Y.".repeat(20)}` }] })),
    listTags,
    /DENIED: Bearer \*\*\*$/,
  ],
  ["an error of its own", sends(500, "oops"), listTags, /HOST has a fault of its own \(HTTP 500\)$/],
  ["an error that has no end", floodsWithError, listTags, /HOST does not know this repository \(HTTP 404\)$/],
  [
    "too many requests",
    sends(429, "", { "retry-after": "3600" }),
    listTags,
    /HOST has had too many requests \(HTTP 429\); it may be asked again at 2026-/,
  ],
  [
    "an artifact of another kind",
    sends(200, "{}", { "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws" }),
    getTag,
    /unknown artifact type: application\/vnd\.docker\.distribution\.manifest\.v1\+prettyjws/,
  ],
  [
    "a manifest that claims to be two things",
    sends(200, JSON.stringify({ manifests: [], config: {} }), { "content-type": MANIFEST }),
    getTag,
    /claims to be an image and an index at once/,
  ],
  ["an answer that is cut short", cutsShort, listTags, /HOST.*closed in the middle of the answer/],
  [
    "a connection that is reset",
    (incoming) => void incoming.socket.destroy(),
    listTags,
    /HOST.*closed before an answer came/,
  ],
  ["no answer at all", () => {}, listTags, /HOST.*no answer within 2 s/],
  [
    "an answer that stops",
    (_, outgoing) => void outgoing.writeHead(200).write("{"),
    listTags,
    /HOST.*nothing more of the body within 2 s/,
  ],
  ["what is not HTTP", (incoming) => void incoming.socket.end("SSH-2.0-OpenSSH\r\n\r\n"), listTags, /HOST.*not HTTP/],
];

function floods(_: unknown, outgoing: ServerResponse): void {
  outgoing.writeHead(200);
  const chunk = Buffer.alloc(1024 * 1024, " ");
  const write = () => {
    while (!outgoing.destroyed && outgoing.write(chunk));
  };
  outgoing.on("drain", write).on("error", () => {});
  write();
}

function floodsWithError(_: unknown, outgoing: ServerResponse): void {
  outgoing.writeHead(404);
  const write = () => {
    while (!outgoing.destroyed && outgoing.write(Buffer.alloc(1024, " ")));
  };
  outgoing.on("drain", write).on("error", () => {});
  write();
}

function cutsShort(_: unknown, outgoing: ServerResponse): void {
  outgoing.writeHead(200, { "content-length": "1000" }).write("{");
  setTimeout(() => outgoing.destroy(), 10);
}

for (const [name, serve, call, message] of BAD) {
  test(`a registry with ${name} gives an error that says so`, async () => {
    const server = await startTestRegistry(serve);
    const client = createTestOciClient({ silenceMs: SILENCE_MS });
    const credential = { username: "me", password: new Redacted(PASSWORD) };

    const error = await call(client, { registry: server.host, repository: "team/app", credential }).then(
      () => assert.fail("it was taken for a good one"),
      (reason: Error) => reason,
    );

    client.close();
    server.close();
    assert.match(error.message, new RegExp(message.source.replaceAll("HOST", server.host), "s"));
    assert.ok(["RegistryError", "TransportError"].includes(error.name), error.stack);
    assert.ok(!error.message.includes(PASSWORD));
  });
}

test("a slow drip ends with the time for the whole answer", async () => {
  const drips: NodeJS.Timeout[] = [];
  const server = await startTestRegistry((_, outgoing) => {
    outgoing.writeHead(200);
    drips.push(setInterval(() => outgoing.write(" "), 20));
  });
  const network = createNetworkTransport({ idleTimeoutMs: 5_000 });
  const ask = createExchange({ transport: network.transport, clock: SYSTEM_CLOCK, totalTimeoutMs: 200 });

  const url = `http://${server.host}/v2/`;
  const answer = ask({ method: "GET", url, headers: {}, maxBodyBytes: 1_000_000, account: "" });

  const message = `GET ${url}: no whole answer within 0.2 s`;
  await assert.rejects(answer, { name: "TransportError", problem: "silent", message });
  drips.forEach(clearInterval);
  network.close();
  server.close();
});

for (const [what, answers] of [
  ["refuses HEAD", (method: string) => (method === "HEAD" ? 405 : 200)],
  ["names no digest", () => 200],
] as const) {
  test(`where a registry ${what}, the tag's content tells its digest`, async () => {
    const manifest = JSON.stringify({ mediaType: MANIFEST, config: { digest: DIGEST } });
    const server = await startTestRegistry(({ method = "" }, outgoing) => {
      const body = method === "HEAD" ? undefined : manifest;
      outgoing.writeHead(answers(method), { "content-type": MANIFEST }).end(body);
    });
    const client = createTestOciClient({ silenceMs: SILENCE_MS });
    const repository = { registry: server.host, repository: "team/app" };

    const head = await client.headManifest(repository, "1.0.0");
    await client.getManifest(repository, head?.digest ?? "");

    client.close();
    server.close();
    assert.match(head?.digest ?? "", /^sha256:[0-9a-f]{64}$/);
    assert.equal(head?.mediaType, MANIFEST);
    assert.deepEqual(
      server.asked.map(({ method }) => method),
      ["HEAD", "GET"],
    );
  });
}
