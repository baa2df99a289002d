// How a registry is reached, on real sockets where it matters: https first, http only where that is allowed.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createTestOciClient } from "../../test/support/oci-clients.ts";
import { createTestClock } from "../../test/support/test-clock.ts";
import { listenerOf, startTestRegistry } from "../../test/support/test-registry.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../app/system.ts";
import { TransportError, type TransportProblem } from "../errors.ts";
import { jsonResponse } from "../http/message.ts";
import { createServingCertificate } from "../localkube/certificate.ts";
import type { Ask } from "./exchange.ts";
import { allowPlainHttp, createOrigins } from "./plain-http.ts";

const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

const certificate = createServingCertificate({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM });
const tagList = listenerOf(async () => jsonResponse(200, { tags: ["1.0.0"] }));

async function setUp(options: { isTLS: boolean; ca?: string }) {
  const server = await startTestRegistry(tagList, options.isTLS ? certificate : undefined);
  const client = createTestOciClient(options.ca === undefined ? {} : { ca: options.ca });
  closers.push(server.close, client.close);
  return { client, server, repository: { registry: server.host, repository: "team/app" } };
}

test("loopback is asked by http when it does not speak TLS, found out once", async () => {
  const { client, server, repository } = await setUp({ isTLS: false });

  const tags = await client.listTags(repository);
  await client.listTags(repository);

  assert.deepEqual(tags, ["1.0.0"]);
  assert.deepEqual(
    server.asked.map(({ url }) => url.split("?")[0]),
    ["/v2/team/app/tags/list", "/v2/team/app/tags/list"],
  );
});

test("loopback is asked by https when it speaks that", async () => {
  const { client, repository } = await setUp({ isTLS: true, ca: certificate.certPem });

  assert.deepEqual(await client.listTags(repository), ["1.0.0"]);
});

test("a certificate that is not trusted is an error with what to do, not a reason for plain HTTP", async () => {
  const { client, server, repository } = await setUp({ isTLS: true });

  await assert.rejects(client.listTags(repository), {
    problem: "certificate-untrusted",
    message: `GET https://${server.host}/v2/team/app/tags/list: its certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT); name the file of its authority with --registry-ca, or set insecureSkipTLSVerify in the subscription`,
  });
  assert.deepEqual(await client.listTags({ ...repository, insecureSkipTLSVerify: true }), ["1.0.0"]);
});

test("a host whose answer was no answer is asked again, and one that changed its scheme is found after ten minutes", async () => {
  const clock = createTestClock();
  const problems: (TransportProblem | undefined)[] = ["unreachable", "not-tls", undefined];
  const ask: Ask = async ({ url }) => {
    const problem = problems.shift();
    if (problem) throw new TransportError(problem, { problem, isRetryable: true });
    return { status: 401, url, body: new Uint8Array(), header: () => "" };
  };
  const originOf = createOrigins({ ask, clock, mayBePlain: allowPlainHttp([]) });
  const repository = { registry: "localhost:5000", repository: "team/app" };

  await assert.rejects(originOf(repository), { problem: "unreachable" });
  const found = [await originOf(repository), await originOf(repository)];
  await clock.advance(10 * 60_000);
  found.push(await originOf(repository));

  assert.deepEqual(found, ["http://localhost:5000", "http://localhost:5000", "https://localhost:5000"]);
});

test("beside loopback, only hosts that are configured may be asked in plain HTTP", () => {
  const mayBePlain = allowPlainHttp(["Registry.lan:5000"]);

  const allowed = ["localhost:5000", "127.0.0.1", "registry.lan:5000"].map(mayBePlain);
  const refused = ["registry.lan", "registry.lan:5001", "10.0.0.1:5000", "registry-1.docker.io"].map(mayBePlain);

  assert.deepEqual(
    [allowed, refused],
    [
      [true, true, true],
      [false, false, false, false],
    ],
  );
});
