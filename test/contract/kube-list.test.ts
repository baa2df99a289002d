// Lists: their shape, order, pages and selectors, and which moment they show.
import assert from "node:assert/strict";
import { type Api, contract, namesOf, refusal, secret, warehouse } from "./kube-contract.ts";

async function makeSecrets({ send, secrets }: Api, names: readonly string[], labels: object = {}): Promise<void> {
  for (const name of names) await send(`POST ${secrets}`, { body: secret(name, { metadata: { name, labels } }) });
}

contract("list", (fact) => {
  fact(
    "a custom list repeats the kind in its items, a built-in one does not",
    async ({ send, warehouses, secrets }) => {
      await send(`POST ${warehouses}`, { body: warehouse("app") });
      await send(`POST ${secrets}`, { body: secret("s") });

      const custom = (await send(`GET ${warehouses}`)).body;
      const builtIn = (await send(`GET ${secrets}`)).body;

      assert.equal(custom["kind"], "WarehouseList");
      assert.equal(custom["items"]?.["0"]?.["kind"], "Warehouse");
      assert.equal(custom["metadata"]?.["continue"], "");
      assert.equal(builtIn["kind"], "SecretList");
      assert.equal(builtIn["items"]?.["0"]?.["kind"], undefined);
      assert.equal("continue" in (builtIn["metadata"] ?? {}), false);
    },
  );

  fact("an empty list and one of a missing namespace have no items", async ({ send, warehouses }) => {
    const empty = await send(`GET ${warehouses}`);
    const missing = await send("GET /apis/kargo.akuity.io/v1alpha1/namespaces/contract-nowhere/warehouses");

    assert.deepEqual([empty.status, empty.body["items"]], [200, []]);
    assert.deepEqual([missing.status, missing.body["items"]], [200, []]);
  });

  fact("items come in byte order", async (api) => {
    await makeSecrets(api, ["z0", "z.b", "zz", "z-b", "z"]);

    const { body } = await api.send(`GET ${api.secrets}`);

    assert.deepEqual(namesOf(body), ["z", "z-b", "z.b", "z0", "zz"]);
  });

  fact("pages show one moment, whatever is written meanwhile", async (api) => {
    const { send, secrets } = api;
    await makeSecrets(api, ["a", "b", "c", "d"]);

    const first = (await send(`GET ${secrets}?limit=2`)).body;
    await makeSecrets(api, ["bb", "e"]);
    await send(`DELETE ${secrets}/d`);
    const token = encodeURIComponent(String(first["metadata"]?.["continue"]));
    const second = (await send(`GET ${secrets}?limit=2&continue=${token}`)).body;

    assert.deepEqual(namesOf(first), ["a", "b"]);
    assert.deepEqual(namesOf(second), ["c", "d"]);
    assert.equal(first["metadata"]?.["remainingItemCount"], 2);
    assert.equal(second["metadata"]?.["remainingItemCount"], undefined);
    assert.equal(second["metadata"]?.["continue"], undefined);
    assert.equal(second["metadata"]?.["resourceVersion"], first["metadata"]?.["resourceVersion"]);
  });

  fact("with a selector a page is filled and the rest is not counted", async (api) => {
    const { send, secrets } = api;
    await makeSecrets(api, ["a", "c", "e"], { pick: "yes" });
    await makeSecrets(api, ["b", "d"]);

    const first = (await send(`GET ${secrets}?limit=2&labelSelector=pick%3Dyes`)).body;
    const token = encodeURIComponent(String(first["metadata"]?.["continue"]));
    const second = (await send(`GET ${secrets}?limit=2&labelSelector=pick%3Dyes&continue=${token}`)).body;

    assert.deepEqual([namesOf(first), namesOf(second)], [["a", "c"], ["e"]]);
    assert.equal(first["metadata"]?.["remainingItemCount"], undefined);
  });

  fact("an exact resource version shows the past, a plain one the present", async (api) => {
    const { send, secrets } = api;
    await makeSecrets(api, ["a"]);
    const past = (await send(`GET ${secrets}`)).body["metadata"]?.["resourceVersion"];
    await makeSecrets(api, ["b"]);
    await send(`DELETE ${secrets}/a`);

    const exact = (await send(`GET ${secrets}?resourceVersion=${past}&resourceVersionMatch=Exact`)).body;
    const plain = (await send(`GET ${secrets}?resourceVersion=${past}`)).body;
    const notOlder = (await send(`GET ${secrets}?resourceVersion=${past}&resourceVersionMatch=NotOlderThan`)).body;

    assert.deepEqual(namesOf(exact), ["a"]);
    assert.equal(exact["metadata"]?.["resourceVersion"], past);
    assert.deepEqual([namesOf(plain), namesOf(notOlder)], [["b"], ["b"]]);
  });

  fact("limit counts for nothing at resource version 0", async (api) => {
    await makeSecrets(api, ["a", "b", "c"]);

    const { body } = await api.send(`GET ${api.secrets}?limit=1&resourceVersion=0`);

    assert.equal(namesOf(body).length, 3);
  });

  fact("options that cannot be read are refused", async ({ send, secrets }) => {
    const queries = [
      "limit=x",
      "continue=x",
      "resourceVersion=abc",
      "resourceVersionMatch=Exact",
      "resourceVersion=0&resourceVersionMatch=Exact",
      "resourceVersion=1&resourceVersionMatch=Foo",
      "sendInitialEvents=true",
    ];

    const answers = await Promise.all(queries.map((query) => send(`GET ${secrets}?${query}`)));

    const said = answers.map((answer) => `${refusal(answer).code} ${refusal(answer).message}`);
    assert.deepEqual(
      [said[0], said[2], ...said.slice(3)],
      [
        '400 strconv.ParseInt: parsing "x": invalid syntax',
        '400 invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
        '422 ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
        '422 ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        '422 ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""',
        '422 ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
      ],
    );
    assert.match(said[1] ?? "", /^400 invalid continue token: continue key is not valid/);
  });

  fact("a resource version in the future is not waited for longer than some seconds", async ({ send, secrets }) => {
    const answer = await send(`GET ${secrets}?resourceVersion=999999999`);

    assert.equal(answer.headers["retry-after"], "1");
    assert.equal(refusal(answer).code, 504);
    assert.match(String(refusal(answer).message), /^Timeout: Too large resource version: 999999999, current: \d+$/);
  });

  fact("labels are selected as Kubernetes does", async (api) => {
    const { send, secrets } = api;
    await makeSecrets(api, ["none"]);
    await makeSecrets(api, ["one"], { k: "1", env: "prod" });
    await makeSecrets(api, ["ten"], { k: "10", env: "dev" });
    await makeSecrets(api, ["empty"], { k: "" });
    const cases: Readonly<Record<string, readonly string[]>> = {
      "k=1": ["one"],
      "k==1": ["one"],
      "k!=1": ["empty", "none", "ten"],
      "k=": ["empty"],
      k: ["empty", "one", "ten"],
      "!k": ["none"],
      "k in (1,10)": ["one", "ten"],
      "k in (1),env=prod": ["one"],
      "k notin (1)": ["empty", "none", "ten"],
      "k>1": ["ten"],
      "k<10": ["one"],
      "k in (,1)": ["empty", "one"],
      "k in ()": ["empty"],
      "in=1": [],
      " k = 1 , env ": ["one"],
    };

    for (const [selector, names] of Object.entries(cases)) {
      const { body } = await send(`GET ${secrets}?labelSelector=${encodeURIComponent(selector)}`);
      assert.deepEqual(namesOf(body), names, selector);
    }
  });

  fact("label selectors that cannot be read are refused in the same words", async ({ send, secrets }) => {
    const cases: Readonly<Record<string, string>> = {
      "k in a": "unable to parse requirement: found 'a' expected: '('",
      "k in (a": "unable to parse requirement: found '', expected: ',' or ')'",
      "k=a b": "found 'b', expected: ',' or 'end of string'",
      "k,": "found '', expected: identifier after ','",
      ",k": "found ',', expected: !, identifier, or 'end of string'",
      "k>a":
        "unable to parse requirement: values[0]: Invalid value: \"a\": for 'Gt', 'Lt' operators, the value must be an integer",
      "k a": "unable to parse requirement: found 'a', expected: in, notin, =, ==, !=, gt, lt",
      "!": "unable to parse requirement: found '', expected: identifier",
      "k==(": "unable to parse requirement: found '(', expected: identifier",
    };

    for (const [selector, message] of Object.entries(cases)) {
      const answer = await send(`GET ${secrets}?labelSelector=${encodeURIComponent(selector)}`);
      assert.deepEqual(refusal(answer), { code: 400, reason: "BadRequest", message }, selector);
    }
  });

  fact("fields are selected by name, namespace and what the kind adds", async (api) => {
    const { send, secrets } = api;
    const namespace = secrets.split("/")[4];
    await makeSecrets(api, ["a", "b"]);
    const body = secret("c", { type: "example.com/t" });
    await send(`POST ${secrets}`, { body });
    const cases: Readonly<Record<string, readonly string[]>> = {
      "metadata.name=a": ["a"],
      "metadata.name==a": ["a"],
      "metadata.name!=a": ["b", "c"],
      [`metadata.name!=a,metadata.namespace=${namespace}`]: ["b", "c"],
      "metadata.namespace=other": [],
      "type=example.com/t": ["c"],
      "type!=Opaque": ["c"],
    };

    for (const [selector, names] of Object.entries(cases)) {
      const answer = await send(`GET ${secrets}?fieldSelector=${encodeURIComponent(selector)}`);
      assert.deepEqual(namesOf(answer.body), names, selector);
    }
  });

  fact("other fields are refused", async ({ send, warehouses, secrets, leases }) => {
    const answers = [
      await send(`GET ${warehouses}?fieldSelector=spec.shard=x`),
      await send(`GET ${secrets}?fieldSelector=data=x`),
      await send(`GET ${leases}?fieldSelector=spec.x=x`),
      await send(`GET ${warehouses}?fieldSelector=x`),
      await send("GET /apis/kargo.akuity.io/v1alpha1/projects?fieldSelector=metadata.namespace=x"),
    ];

    assert.deepEqual(
      answers.map((answer) => `${refusal(answer).code} ${refusal(answer).message}`),
      [
        "400 field label not supported: spec.shard",
        "400 field label not supported: data",
        '400 "spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
        "400 invalid selector: 'x'; can't understand 'x'",
        "400 field label not supported: metadata.namespace",
      ],
    );
  });

  fact("one object can be asked for at a version it has reached", async ({ send, secrets }) => {
    const created = await send(`POST ${secrets}`, { body: secret("s") });

    const known = await send(`GET ${secrets}/s?resourceVersion=${created.body["metadata"]?.["resourceVersion"]}`);
    const missing = await send(`GET ${secrets}/t`);

    assert.equal(known.status, 200);
    assert.deepEqual(refusal(missing), { code: 404, reason: "NotFound", message: 'secrets "t" not found' });
    assert.deepEqual(missing.body["details"], { name: "t", kind: "secrets" });
  });
});
