// Who is told what: registries behind Basic and Bearer, their token servers, and those who only pretend.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createTestOciClient, type TestOciClient } from "../../test/support/oci-clients.ts";
import { createTestClock, HALF } from "../../test/support/test-clock.ts";
import {
  listenerOf,
  requireBasic,
  requireBearer,
  startTestRegistry,
  type TestRegistry,
} from "../../test/support/test-registry.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../app/system.ts";
import { TransportError } from "../errors.ts";
import { type Handler, jsonResponse } from "../http/message.ts";
import { createServingCertificate } from "../localkube/certificate.ts";
import { Redacted } from "../telemetry/redacted.ts";
import { createBlobCache } from "./blob-cache.ts";
import { createOciClient } from "./oci-client.ts";

const LOGIN = { username: "me", password: "correct-horse" };
const CREDENTIAL = { username: LOGIN.username, password: new Redacted(LOGIN.password) };
const BASIC = `Basic ${Buffer.from("me:correct-horse").toString("base64")}`;

const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

const tagList: Handler = async () => jsonResponse(200, { name: "team/app", tags: ["1.0.0"] });

async function start(handler: Handler, certificate?: { certPem: string; keyPem: string }): Promise<TestRegistry> {
  const server = await startTestRegistry(listenerOf(handler), certificate);
  closers.push(() => server.close());
  return server;
}

function createClient(options?: { ca?: string }): TestOciClient {
  const client = createTestOciClient(options);
  closers.push(() => client.close());
  return client;
}

/** A registry and its token server; tokens are numbered, and `revoke` makes those given so far worthless. */
async function startBearer(lifetimeSeconds = 300) {
  let first = 1;
  let last = 0;
  const tokens = await start(async ({ url }) => {
    last += 1;
    const scope = new URL(url, "http://token").searchParams.get("scope");
    return jsonResponse(200, {
      token: `${last}.${Buffer.from(scope ?? "").toString("hex")}`,
      expires_in: lifetimeSeconds,
    });
  });
  const isToken = (token: string, scope: string) => {
    const [number, named = ""] = token.split(".");
    return Number(number) >= first && Buffer.from(named, "hex").toString() === scope;
  };
  const registry = await start(requireBearer(tagList, { realm: () => `http://${tokens.host}/token`, isToken }));
  const revoke = () => {
    first = last + 1;
  };
  return { registry, tokens, revoke };
}

test("Basic is answered with the credential, and said at once from then on", async () => {
  const registry = await start(requireBasic(tagList, LOGIN));
  const client = createClient();
  const repository = { registry: registry.host, repository: "team/app", credential: CREDENTIAL };

  await client.listTags(repository);
  await client.listTags(repository);

  assert.deepEqual(
    registry.asked.map(({ authorization }) => authorization),
    ["", BASIC, BASIC],
  );
});

test("one token serves all requests of a repository, and many at the same moment share the asking", async () => {
  const { registry, tokens } = await startBearer();
  const client = createClient();
  const repository = { registry: registry.host, repository: "team/app", credential: CREDENTIAL };

  await Promise.all([1, 2, 3, 4].map(() => client.listTags(repository)));
  await client.listTags(repository);

  assert.equal(tokens.asked.length, 1);
  assert.equal(tokens.asked[0]?.authorization, BASIC);
  assert.equal(tokens.asked[0]?.url, "/token?scope=repository%3Ateam%2Fapp%3Apull&service=test");
});

test("a second repository gets its own token, without being refused first", async () => {
  const { registry, tokens } = await startBearer();
  const client = createClient();

  for (const repository of ["team/app", "team/other"]) await client.listTags({ registry: registry.host, repository });

  assert.equal(tokens.asked.length, 2);
  assert.equal(registry.asked.length, 3);
});

test("another credential, or none, never gets the token of the first", async () => {
  const { registry, tokens } = await startBearer();
  const client = createClient();
  const repository = { registry: registry.host, repository: "team/app" };
  const other = { username: "me", password: new Redacted("another") };

  await client.listTags({ ...repository, credential: CREDENTIAL });
  await client.listTags({ ...repository, credential: other });
  await client.listTags(repository);

  assert.equal(new Set(tokens.asked.map(({ authorization }) => authorization)).size, 3);
});

test("a token that was withdrawn is asked for once more", async () => {
  const { registry, tokens, revoke } = await startBearer();
  const client = createClient();
  const repository = { registry: registry.host, repository: "team/app" };
  await client.listTags(repository);
  revoke();

  const tags = await client.listTags(repository);

  assert.deepEqual(tags, ["1.0.0"]);
  assert.equal(tokens.asked.length, 2);
});

test("a token is replaced before it expires", async () => {
  const clock = createTestClock();
  let tokens = 0;
  const accepted = new Set<string>();
  const handler = requireBearer(tagList, {
    realm: () => "https://auth.example.com/token",
    isToken: (t) => accepted.has(t),
  });
  const transport: Handler = async (request) => {
    const { host, pathname, search } = new URL(request.url);
    if (host !== "auth.example.com") return handler({ ...request, url: pathname + search });
    tokens += 1;
    accepted.add(`token-${tokens}`);
    return jsonResponse(200, { access_token: `token-${tokens}`, expires_in: 100 });
  };
  const client = createOciClient({ transport, clock, random: HALF, cache: createBlobCache() });
  const repository = { registry: "registry.example.com", repository: "team/app" };

  const given: number[] = [];
  for (const waitMs of [0, 74_000, 2_000]) {
    await clock.advance(waitMs);
    await client.listTags(repository);
    given.push(tokens);
  }

  assert.deepEqual(given, [1, 1, 2]);
});

test("a token server on another host is asked over https when the registry's https says so, as Docker Hub's", async () => {
  const shown: string[] = [];
  const isToken = (token: string) => token === "good";
  const hub = requireBearer(tagList, { realm: () => "https://auth.docker.io/token", isToken });
  const transport: Handler = async (request) => {
    const { host, origin, pathname, search } = new URL(request.url);
    shown.push(`${origin} ${request.headers["authorization"] ?? "-"}`);
    if (host === "auth.docker.io") return jsonResponse(200, { token: "good" });
    return hub({ ...request, url: pathname + search });
  };
  const client = createOciClient({ transport, clock: SYSTEM_CLOCK, random: HALF, cache: createBlobCache() });

  await client.listTags({ registry: "index.docker.io", repository: "team/app", credential: CREDENTIAL });

  assert.deepEqual(shown, [
    "https://registry-1.docker.io -",
    `https://auth.docker.io ${BASIC}`,
    "https://registry-1.docker.io Bearer good",
  ]);
});

test("an https registry that names a token server in plain HTTP gets no credential, and no token is asked for", async () => {
  const tokens = await start(async () => jsonResponse(200, { token: "x" }));
  const certificate = createServingCertificate({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM });
  const realm = () => `http://${tokens.host}/token`;
  const registry = await start(requireBearer(tagList, { realm, isToken: () => false }), certificate);
  const client = createClient({ ca: certificate.certPem });

  const listed = client.listTags({ registry: registry.host, repository: "team/app", credential: CREDENTIAL });

  await assert.rejects(listed, {
    message: `${registry.host} names a token server in plain HTTP (http://${tokens.host}), which is not asked`,
  });
  assert.equal(tokens.asked.length, 0);
});

for (const [registry, what] of [
  ["registry.lan:5000", "to the registry"],
  ["127.0.0.1:5000", "to a token server elsewhere that plain HTTP named"],
] as const) {
  test(`a credential is not sent in plain HTTP ${what}`, async () => {
    const shown: string[] = [];
    const isToken = (token: string) => token === "anonymous";
    const plain = requireBearer(tagList, { realm: () => "https://auth.example.com/token", isToken });
    const basic = requireBasic(tagList, LOGIN);
    const transport: Handler = async (request) => {
      const { protocol, host, pathname, search } = new URL(request.url);
      shown.push(request.headers["authorization"] ?? "");
      if (protocol === "https:" && host === registry) throw notTLS(request.url);
      if (host === "auth.example.com") return jsonResponse(200, { token: "anonymous" });
      return (host === "registry.lan:5000" ? basic : plain)({ ...request, url: pathname + search });
    };
    const clock = SYSTEM_CLOCK;
    const plainHttpHosts = ["registry.lan:5000"];
    const client = createOciClient({ transport, clock, random: HALF, cache: createBlobCache(), plainHttpHosts });

    const outcome = await client
      .listTags({ registry, repository: "team/app", credential: CREDENTIAL })
      .catch((error: Error) => error.message);

    assert.ok(!shown.includes(BASIC), shown.join());
    if (registry === "registry.lan:5000")
      assert.match(String(outcome), /credential is not sent to registry\.lan:5000 in plain HTTP/);
  });
}

test("what was said without a checked certificate does not lead a checked request to a token server", async () => {
  const asked: string[] = [];
  const transport: Handler = async ({ url, headers: { authorization = "-" }, insecureSkipTLSVerify }) => {
    const { host } = new URL(url);
    asked.push(`${host} ${insecureSkipTLSVerify === true ? "unverified" : "verified"} ${authorization}`);
    if (host !== "registry.example.com") return jsonResponse(200, { token: "stolen" });
    const headers = { "www-authenticate": 'Bearer realm="https://thief.example.com/token"' };
    return insecureSkipTLSVerify ? jsonResponse(401, {}, headers) : jsonResponse(200, { tags: [] });
  };
  const client = createOciClient({ transport, clock: SYSTEM_CLOCK, random: HALF, cache: createBlobCache() });
  const repository = { registry: "registry.example.com", repository: "team/app", credential: CREDENTIAL };
  await assert.rejects(client.listTags({ ...repository, insecureSkipTLSVerify: true }));
  asked.length = 0;

  await client.listTags(repository);

  assert.deepEqual(asked, ["registry.example.com verified -"]);
});

const REFUSALS: readonly (readonly [
  name: string,
  credential: typeof CREDENTIAL | undefined,
  status: number,
  message: RegExp,
])[] = [
  ["no credential", undefined, 401, /refuses an anonymous request: the repository is private and needs a Secret/],
  [
    "a wrong one",
    { username: "me", password: new Redacted("wrong-horse") },
    401,
    /refuses the username and password of the Secret/,
  ],
];
for (const [name, credential, status, message] of REFUSALS) {
  test(`with ${name}, a registry's refusal says so`, async () => {
    const registry = await start(requireBasic(tagList, LOGIN));
    const client = createClient();

    const listed = client.listTags({ registry: registry.host, repository: "team/app", credential });

    await assert.rejects(listed, (error: Error & { status: number }) => {
      assert.match(error.message, message);
      assert.ok(!error.message.includes("wrong-horse"));
      return error.status === status;
    });
  });
}

test("a token server that refuses the credential is named", async () => {
  const tokens = await start(async () => jsonResponse(401, { details: "incorrect username or password" }));
  const realm = () => `http://${tokens.host}/token`;
  const registry = await start(requireBearer(tagList, { realm, isToken: () => false }));
  const client = createClient();

  const listed = client.listTags({ registry: registry.host, repository: "team/app", credential: CREDENTIAL });

  await assert.rejects(listed, {
    status: 401,
    message: `GET http://${tokens.host}/token: the token server refuses the username and password of the Secret (HTTP 401)`,
  });
});

function notTLS(url: string): Error {
  return new TransportError(`GET ${url}: plain`, { problem: "not-tls", isRetryable: false });
}
