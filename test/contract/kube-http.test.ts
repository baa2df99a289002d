// What stands around the objects: who is let in, methods, media types, sizes, unknown paths.
import assert from "node:assert/strict";
import { contract, refusal, secret, warehouse } from "./kube-contract.ts";

contract("HTTP", (fact) => {
  fact("a wrong token is refused, and lower-case bearer is a right one", async ({ send, token }) => {
    const wrong = await send("GET /api/v1/namespaces", { headers: { authorization: "Bearer nonsense" } });
    const lower = await send("GET /api/v1/namespaces", { headers: { authorization: `bearer ${token}` } });

    assert.deepEqual(refusal(wrong), { code: 401, reason: "Unauthorized", message: "Unauthorized" });
    assert.equal(wrong.body["details"], undefined);
    assert.equal(lower.status, 200);
  });

  fact("every answer has an audit id and is not to be cached", async ({ send, secrets }) => {
    const answers = [await send(`GET ${secrets}`), await send(`GET ${secrets}/none`)];

    for (const { headers, text } of answers) {
      assert.match(String(headers["audit-id"]), /^[0-9a-f-]{36}$/);
      assert.equal(headers["cache-control"], "no-cache, private");
      assert.equal(headers["content-type"], "application/json");
      assert.equal(text.at(-1), "\n");
    }
  });

  fact("HEAD answers like GET without a body, of custom kinds alone", async ({ send, warehouses, secrets }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });

    const answers = [
      await send(`HEAD ${warehouses}/app`),
      await send(`HEAD ${warehouses}`),
      await send(`HEAD ${warehouses}/none`),
      await send(`HEAD ${secrets}`),
    ];

    assert.deepEqual(
      answers.map(({ status, text }) => [status, text]),
      [
        [200, ""],
        [200, ""],
        [404, ""],
        [405, ""],
      ],
    );
  });

  fact("a trailing slash of a collection and unknown parameters are accepted", async ({ send, secrets }) => {
    const answers = [await send(`GET ${secrets}/`), await send(`GET ${secrets}?foo=bar`)];

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
  });

  fact("an unknown path is plain text, an unknown built-in resource a Status", async ({ send, namespace }) => {
    const path = await send("GET /apis/kargo.akuity.io/v1alpha1/gadgets");
    const builtIn = await send(`GET ${namespace}/gadgets`);

    assert.deepEqual([path.status, path.text], [404, "404 page not found\n"]);
    const message = "the server could not find the requested resource";
    assert.deepEqual(refusal(builtIn), { code: 404, reason: "NotFound", message });
  });

  fact("methods that a path does not have are refused", async ({ send, warehouses, secrets, namespace }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });
    const answers = [
      await send(`PUT ${warehouses}`, { body: warehouse("app") }),
      await send(`POST ${warehouses}/app/status`, { body: warehouse("app") }),
      await send(`DELETE ${warehouses}/app/status`),
      await send(`PUT ${secrets}`, { body: secret("s") }),
      await send(`DELETE ${namespace.replace(/\/[^/]+$/, "")}`),
    ];

    assert.deepEqual(
      answers.map((answer) => `${refusal(answer).code} ${refusal(answer).message}`),
      [
        "400 name must be provided",
        '405 create is not supported on resources of kind "warehouses.kargo.akuity.io"',
        '405 delete is not supported on resources of kind "warehouses.kargo.akuity.io"',
        "405 the server does not allow this method on the requested resource",
        "405 the server does not allow this method on the requested resource",
      ],
    );
  });

  fact("a subresource that the kind does not have is not found", async ({ send, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });

    const answer = await send(`GET ${warehouses}/app/scale`);

    const message = 'warehouses.kargo.akuity.io "app" not found';
    assert.deepEqual(refusal(answer), { code: 404, reason: "NotFound", message });
  });

  fact("bodies are JSON or YAML", async ({ send, warehouses, secrets }) => {
    const yaml = "apiVersion: v1\nkind: Secret\nmetadata: {name: yaml}\nstringData:\n  a: 'on'\n";

    const written = await send(`POST ${secrets}`, { body: yaml, headers: { "content-type": "application/yaml" } });
    const untyped = await send(`POST ${secrets}`, { body: secret("u"), headers: { "content-type": "" } });
    const text = await send(`POST ${secrets}`, { body: secret("t"), headers: { "content-type": "text/plain" } });
    const patch = await send(`PATCH ${warehouses}/app`, { body: {}, headers: { "content-type": "application/json" } });

    assert.deepEqual(written.body["data"], { a: Buffer.from("on").toString("base64") });
    assert.equal(untyped.status, 201);
    assert.equal(refusal(text).code, 415);
    assert.match(
      String(refusal(text).message),
      /^the body of the request was in an unknown format - accepted media types include: application\/json, application\/yaml, /,
    );
    assert.equal(refusal(patch).code, 415);
  });

  fact("a bare yes, on or y in YAML is a boolean", async ({ send, secrets }) => {
    const body = "apiVersion: v1\nkind: Secret\nmetadata: {name: y}\n";

    const answer = await send(`POST ${secrets}`, { body, headers: { "content-type": "application/yaml" } });

    assert.equal(answer.status, 400);
  });

  fact("a key that stands twice in YAML is refused strictly", async ({ send, secrets }) => {
    const body = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  a: b\n  a: c\n";
    const headers = { "content-type": "application/yaml" };

    const strict = await send(`POST ${secrets}?fieldValidation=Strict`, { body, headers });
    const warned = await send(`POST ${secrets}`, { body, headers });

    const message =
      'Secret in version "v1" cannot be handled as a Secret: strict decoding error: yaml: unmarshal errors:\n  line 6: key "a" already set in map';
    assert.deepEqual(refusal(strict), { code: 400, reason: "BadRequest", message });
    assert.deepEqual([warned.status, warned.body["data"]], [201, { a: "Yw==" }]);
  });

  fact("answers are JSON or YAML, other wishes are refused", async ({ send, warehouses, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("s") });
    const wish = (accept: string) => ({ headers: { accept } });

    const yaml = await send(`GET ${secrets}/s`, wish("application/yaml"));
    const either = await send(`GET ${secrets}/s`, wish("application/vnd.foo, */*;q=0.1"));
    const builtIn = await send(`GET ${secrets}/s`, wish("text/html"));
    const custom = await send(`GET ${warehouses}`, wish("text/html"));

    assert.equal(yaml.headers["content-type"], "application/yaml");
    assert.match(yaml.text, /^apiVersion: v1\nkind: Secret\nmetadata:\n/);
    assert.equal(either.body["kind"], "Secret");
    assert.deepEqual([refusal(builtIn).code, refusal(custom).code], [406, 406]);
    assert.match(String(refusal(custom).message), /^only the following media types are accepted: application\/json, /);
  });

  fact("what is no JSON is refused", async ({ send, warehouses, secrets }) => {
    const answers = [await send(`POST ${secrets}`, { body: "{" }), await send(`POST ${warehouses}`, { body: "{" })];

    for (const answer of answers) assert.deepEqual([refusal(answer).code, refusal(answer).reason], [400, "BadRequest"]);
  });

  fact("a body of more than 3 MiB is too large", async ({ send, secrets }) => {
    const body = secret("s", { data: { a: "A".repeat(3_145_728) } });

    const answer = await send(`POST ${secrets}`, { body });

    const message = "Request entity too large: limit is 3145728";
    assert.deepEqual(refusal(answer), { code: 413, reason: "RequestEntityTooLarge", message });
  });

  fact("an object is pretty-printed for those who want to read it", async ({ send, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("s") });

    const asked = await send(`GET ${secrets}/s?pretty=true`);
    const curl = await send(`GET ${secrets}/s`, { headers: { "user-agent": "curl/8.5.0" } });

    for (const { text } of [asked, curl]) assert.match(text, /^{\n {2}"kind": "Secret",|^{\n {2}"apiVersion": "v1",/);
  });
});
