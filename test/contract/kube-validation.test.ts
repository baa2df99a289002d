// Strictness about fields, and what is refused for its content.
import assert from "node:assert/strict";
import { contract, refusal, secret, warehouse } from "./kube-contract.ts";

const typo = { metadata: { foo: "1" }, spec: { intervall: "1m" } };
const COMPLAINTS = ['unknown field "metadata.foo"', 'unknown field "spec.intervall"'];

contract("validation", (fact) => {
  fact("strictly, unknown fields are refused with their paths", async ({ send, warehouses }) => {
    const answer = await send(`POST ${warehouses}?fieldValidation=Strict`, { body: warehouse("app", typo) });

    const message = `Warehouse in version "v1alpha1" cannot be handled as a Warehouse: strict decoding error: ${COMPLAINTS.join(", ")}`;
    assert.deepEqual(refusal(answer), { code: 400, reason: "BadRequest", message });
  });

  fact("by default they are dropped with a warning each, or without", async ({ send, warehouses }) => {
    const warned = await send(`POST ${warehouses}`, { body: warehouse("app", typo) });
    const ignored = await send(`POST ${warehouses}?fieldValidation=Ignore`, { body: warehouse("b", typo) });

    const warnings = COMPLAINTS.map((one) => `299 - ${JSON.stringify(one)}`).join(", ");
    assert.equal([warned.headers["warning"]].flat().join(", "), warnings);
    assert.equal(ignored.headers["warning"], undefined);
    for (const { status, body } of [warned, ignored]) {
      assert.equal(status, 201);
      assert.equal(body["spec"]?.["intervall"], undefined);
    }
  });

  fact("a key that stands twice is an unknown field's like", async ({ send, warehouses }) => {
    const text = JSON.stringify(warehouse("app", { spec: { shard: "a" } }));
    const body = text.replace('"shard":"a"', '"shard":"a","shard":"b"');

    const strict = await send(`POST ${warehouses}?fieldValidation=Strict`, { body });
    const warned = await send(`POST ${warehouses}`, { body });

    assert.match(String(refusal(strict).message), /strict decoding error: duplicate field "spec.shard"$/);
    assert.equal([warned.headers["warning"]].flat().join(), '299 - "duplicate field \\"spec.shard\\""');
    assert.equal(warned.body["spec"]?.["shard"], "b");
  });

  fact("in a patch they are refused as the patch's", async ({ send, patch, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });

    const answer = await patch(`${warehouses}/app?fieldValidation=Strict`, { spec: { intervall: "1m" } });
    const warned = await patch(`${warehouses}/app`, { spec: { intervall: "1m" } });

    assert.equal(refusal(answer).code, 422);
    assert.equal(refusal(answer).reason, "Invalid");
    assert.match(String(refusal(answer).message), /^ "" is invalid: patch: Invalid value: /);
    assert.match(String(refusal(answer).message), /strict decoding error: unknown field "spec.intervall"$/);
    assert.equal(answer.body["details"]?.["causes"]?.["0"]?.["field"], "patch");
    assert.equal([warned.headers["warning"]].flat().join(), '299 - "unknown field \\"spec.intervall\\""');
  });

  fact(
    "a type that is wrong in metadata or a built-in kind cannot be decoded",
    async ({ send, patch, warehouses, secrets }) => {
      await send(`POST ${secrets}`, { body: secret("s") });
      const answers = [
        await send(`POST ${warehouses}`, { body: warehouse("app", { metadata: { labels: { a: 1 } } }) }),
        await send(`POST ${secrets}`, { body: secret("t", { data: "x" }) }),
        await send(`POST ${secrets}`, { body: secret("t", { data: { a: "*" } }) }),
        await patch(`${secrets}/s`, { data: "x" }),
      ];

      assert.deepEqual(
        answers.map((answer) => refusal(answer).code),
        [400, 400, 400, 422],
      );
      assert.match(String(answers[1]?.body["message"]), /^Secret in version "v1" cannot be handled as a Secret: /);
    },
  );

  fact("what the schema refuses is named field by field", async ({ send, warehouses }) => {
    const bodies = [
      warehouse("app", { spec: { interval: "x" } }),
      warehouse("app", { spec: { interval: 5 } }),
      warehouse("app", { spec: { subscriptions: [] } }),
      warehouse("app", { spec: { freightCreationPolicy: "Sometimes" } }),
      { ...warehouse("app"), spec: {} },
    ];

    const answers = await Promise.all(bodies.map((body) => send(`POST ${warehouses}`, { body })));

    const start = 'Warehouse.kargo.akuity.io "app" is invalid: ';
    assert.deepEqual(
      answers.map((answer) => String(refusal(answer).message).replace(start, "")),
      [
        String.raw`spec.interval: Invalid value: "x": spec.interval in body should match '^([0-9]+(\.[0-9]+)?(s|m|h))+$'`,
        'spec.interval: Invalid value: "integer": spec.interval in body must be of type string: "integer"',
        "spec.subscriptions: Invalid value: 0: spec.subscriptions in body should have at least 1 items",
        'spec.freightCreationPolicy: Unsupported value: "Sometimes": supported values: "Automatic", "Manual"',
        "spec.subscriptions: Required value",
      ],
    );
  });

  fact("defaults stand where nothing was said, and where a null was", async ({ send, warehouses }) => {
    const { body } = await send(`POST ${warehouses}`, { body: warehouse("app", { spec: { interval: null } }) });

    assert.equal(body["spec"]?.["interval"], "5m0s");
    assert.equal(body["spec"]?.["freightCreationPolicy"], "Automatic");
  });

  fact("a name is checked as its kind wants it", async ({ send, secrets }) => {
    const bad = await send(`POST ${secrets}`, { body: secret("A_b") });
    const namespace = await send("POST /api/v1/namespaces", { body: { metadata: { name: "a.b" } } });

    assert.match(
      String(refusal(bad).message),
      /^Secret "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of /,
    );
    assert.match(
      String(refusal(namespace).message),
      /^Namespace "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots$/,
    );
  });

  fact("labels, annotations, owners and finalizers have their forms", async ({ send, secrets }) => {
    const metadata = [
      { labels: { "a b": "c" } },
      { labels: { a: "b c" } },
      { annotations: { "a b": "c" } },
      { finalizers: ["plain"] },
      { ownerReferences: [{ apiVersion: "v1", kind: "Secret", name: "", uid: "x" }] },
    ];

    const answers = await Promise.all(
      metadata.map((one) => send(`POST ${secrets}`, { body: secret("s", { metadata: { name: "s", ...one } }) })),
    );

    assert.deepEqual(
      answers.map((answer) => answer.body["details"]?.["causes"]?.["0"]?.["field"]),
      [
        "metadata.labels",
        "metadata.labels",
        "metadata.annotations",
        "metadata.finalizers[0]",
        "metadata.ownerReferences.name",
      ],
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [422, 422, 422, 422, 422],
    );
  });

  fact("stringData becomes data and is never read back", async ({ send, patch, secrets }) => {
    const created = await send(`POST ${secrets}`, {
      body: secret("s", { data: { a: "YQ==" }, stringData: { b: "b" } }),
    });
    const again = await patch(`${secrets}/s`, { stringData: { b: "b" } });

    assert.deepEqual(created.body["data"], { a: "YQ==", b: "Yg==" });
    assert.equal(created.body["stringData"], undefined);
    assert.equal(created.body["type"], "Opaque");
    assert.equal(again.body["metadata"]?.["resourceVersion"], created.body["metadata"]?.["resourceVersion"]);
  });

  fact("a Secret's type stays, an immutable one's data too", async ({ send, patch, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("s", { immutable: true, data: { a: "YQ==" } }) });

    const type = await patch(`${secrets}/s`, { type: "example.com/x" });
    const data = await patch(`${secrets}/s`, { data: { b: "Yg==" } });
    const mutable = await patch(`${secrets}/s`, { immutable: false });
    const labels = await patch(`${secrets}/s`, { metadata: { labels: { a: "b" } } });

    assert.match(String(refusal(type).message), /type: Invalid value: "example.com\/x": field is immutable/);
    assert.match(String(refusal(data).message), /data: Forbidden: field is immutable when `immutable` is set$/);
    assert.match(String(refusal(mutable).message), /immutable: Forbidden: field is immutable when `immutable` is set$/);
    assert.equal(labels.status, 200);
  });

  fact("a Secret's keys and what its type wants are checked", async ({ send, secrets }) => {
    const tls = secret("t", { type: "kubernetes.io/tls", data: { "tls.key": "YQ==" } });
    const answers = [
      await send(`POST ${secrets}`, { body: tls }),
      await send(`POST ${secrets}`, { body: secret("k", { data: { "a b": "YQ==" } }) }),
    ];

    assert.match(String(refusal(answers[0] ?? assert.fail()).message), /data\[tls.crt\]: Required value/);
    assert.match(
      String(refusal(answers[1] ?? assert.fail()).message),
      /data\[a b\]: Invalid value: "a b": a valid config key/,
    );
  });

  fact("the status is judged as it is written", async ({ send, patch, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });

    const answer = await patch(`${warehouses}/app/status`, { status: { observedGeneration: "x" } });

    assert.equal(refusal(answer).code, 422);
    assert.equal(answer.body["details"]?.["causes"]?.["0"]?.["field"], "status.observedGeneration");
  });

  fact("a Lease's times have microseconds", async ({ send, leases }) => {
    const lease = (renewTime: string) => ({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "l" },
      spec: { holderIdentity: "me", leaseDurationSeconds: 15, renewTime },
    });

    const milliseconds = await send(`POST ${leases}`, { body: lease("2026-01-02T03:04:05.123Z") });
    const micro = await send(`POST ${leases}`, { body: lease("2026-01-02T03:04:05.123456Z") });

    assert.equal(refusal(milliseconds).code, 400);
    assert.equal(micro.body["spec"]?.["renewTime"], "2026-01-02T03:04:05.123456Z");
  });
});
