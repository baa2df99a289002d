// Where a redirect leads, and what does not go along: on real sockets.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createTestOciClient, type TestOciClient } from "../../test/support/oci-clients.ts";
import { listenerOf, requireBearer, startTestRegistry, type TestRegistry } from "../../test/support/test-registry.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../app/system.ts";
import { EMPTY_BODY, type Handler, type HttpResponse, jsonResponse } from "../http/message.ts";
import { createServingCertificate } from "../localkube/certificate.ts";
import { Redacted } from "../telemetry/redacted.ts";
import type { OciRepository } from "./oci-client.ts";

const CREDENTIAL = { username: "me", password: new Redacted("correct-horse") };

const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

async function start(handler: Handler, certificate?: { certPem: string; keyPem: string }): Promise<TestRegistry> {
  const server = await startTestRegistry(listenerOf(handler), certificate);
  closers.push(server.close);
  return server;
}

function createClient(options?: { ca: string }): TestOciClient {
  const client = createTestOciClient(options);
  closers.push(client.close);
  return client;
}

function redirect(location: string): HttpResponse {
  return { status: 307, headers: { location }, body: EMPTY_BODY };
}

function repositoryAt({ host }: TestRegistry): OciRepository {
  return { registry: host, repository: "team/app", credential: CREDENTIAL };
}

function authorizationsAt({ asked }: TestRegistry): readonly string[] {
  return asked.map(({ authorization }) => authorization);
}

/** A registry that wants a token and then answers as told, and its token server. */
async function startGuarded(answer: Handler): Promise<TestRegistry> {
  const tokens = await start(async () => jsonResponse(200, { token: "good" }));
  const realm = () => `http://${tokens.host}/token`;
  return start(requireBearer(answer, { realm, isToken: (token) => token === "good" }));
}

test("a redirect to another host takes no token along, and none comes back with a second redirect", async () => {
  const tokens = await start(async () => jsonResponse(200, { token: "good" }));
  const realm = () => `http://${tokens.host}/token`;
  const storage: TestRegistry = await start(async () =>
    redirect(`http://${registry.host}/v2/team/app/tags/list?again`),
  );
  const guarded = requireBearer(async () => redirect(`http://${storage.host}/blob`), {
    realm,
    isToken: (token) => token === "good",
  });
  const registry: TestRegistry = await start(async (request) =>
    request.url.includes("again") ? jsonResponse(200, { tags: ["1.0.0"] }) : guarded(request),
  );
  const client = createClient();

  const tags = await client.listTags(repositoryAt(registry));

  assert.deepEqual(tags, ["1.0.0"]);
  assert.deepEqual(authorizationsAt(registry), ["", "Bearer good", ""]);
  assert.deepEqual(authorizationsAt(storage), [""]);
});

test("a redirect to another path of the same host keeps the token", async () => {
  const registry = await startGuarded(async ({ url }) =>
    url.includes("again") ? jsonResponse(200, { tags: ["1.0.0"] }) : redirect("/v2/team/app/tags/list?again"),
  );
  const client = createClient();

  assert.deepEqual(await client.listTags(repositoryAt(registry)), ["1.0.0"]);
});

test("the further pages of a list that was redirected are asked for without the token", async () => {
  const mirror = await start(async ({ url }) =>
    url.includes("last")
      ? jsonResponse(200, { tags: ["b"] })
      : jsonResponse(200, { tags: ["a"] }, { link: '<?last=a>; rel="next"' }),
  );
  const registry = await startGuarded(async ({ url }) => redirect(`http://${mirror.host}${url}`));
  const client = createClient();

  const tags = await client.listTags(repositoryAt(registry));

  assert.deepEqual(tags, ["a", "b"]);
  assert.deepEqual(authorizationsAt(mirror), ["", ""]);
});

test("what the target of a redirect asks for is not given: not to it, and not to a token server that it names", async () => {
  const thief = await start(async () => jsonResponse(200, { token: "stolen" }));
  const storage = await start(
    requireBearer(async () => jsonResponse(200, {}), {
      realm: () => `http://${thief.host}/token`,
      isToken: () => false,
    }),
  );
  const registry = await startGuarded(async () => redirect(`http://${storage.host}/v2/team/app/tags/list`));
  const client = createClient();

  const listed = client.listTags(repositoryAt(registry));

  await assert.rejects(listed, (error: Error) =>
    error.message.includes(
      `${registry.host} redirects to ${storage.host}, which wants a credential of its own (HTTP 401)`,
    ),
  );
  assert.equal(thief.asked.length, 0);
});

test("https never leads to http", async () => {
  const certificate = createServingCertificate({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM });
  const plain = await start(async () => jsonResponse(200, { tags: ["1.0.0"] }));
  const registry = await start(async () => redirect(`http://${plain.host}/v2/team/app/tags/list`), certificate);
  const client = createClient({ ca: certificate.certPem });

  const listed = client.listTags(repositoryAt(registry));

  await assert.rejects(listed, {
    message: /it redirects from https to http \(http:\/\/127\.0\.0\.1:\d+\), which is not followed/,
  });
  assert.equal(plain.asked.length, 0);
});
