// PUT: what it replaces, what it keeps, whose version counts.
import assert from "node:assert/strict";
import { contract, refusal, secret, warehouse } from "./kube-contract.ts";

contract("update", (fact) => {
  fact("a custom object needs its resource version", async ({ send, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });

    const answer = await send(`PUT ${warehouses}/app`, { body: warehouse("app") });

    const text = "metadata.resourceVersion: Invalid value: 0: must be specified for an update";
    const message = `warehouses.kargo.akuity.io "app" is invalid: ${text}`;
    assert.deepEqual(refusal(answer), { code: 422, reason: "Invalid", message });
    assert.equal(answer.body["details"]?.["kind"], "warehouses");
  });

  fact("a built-in object is replaced without one", async ({ send, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("s", { data: { a: "YQ==" } }) });

    const answer = await send(`PUT ${secrets}/s`, { body: secret("s", { data: { b: "Yg==" } }) });

    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body["data"], { b: "Yg==" });
  });

  fact("a stale resource version is a conflict", async ({ send, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });

    const answer = await send(`PUT ${warehouses}/app`, {
      body: warehouse("app", { metadata: { resourceVersion: "1" } }),
    });

    const message =
      'Operation cannot be fulfilled on warehouses.kargo.akuity.io "app": the object has been modified; please apply your changes to the latest version and try again';
    assert.deepEqual(refusal(answer), { code: 409, reason: "Conflict", message });
  });

  fact("of six writers with one version one wins", async ({ send, warehouses }) => {
    const { body } = await send(`POST ${warehouses}`, { body: warehouse("app") });
    const writers = Array.from({ length: 6 }, (_, writer) => ({
      ...body,
      spec: { ...body["spec"], shard: `s${writer}` },
    }));

    const answers = await Promise.all(writers.map((one) => send(`PUT ${warehouses}/app`, { body: one })));

    const codes = answers.map(({ status }) => status).sort();
    assert.deepEqual(codes, [200, ...Array<number>(5).fill(409)]);
  });

  fact("the same content keeps the resource version", async ({ send, warehouses }) => {
    const { body } = await send(`POST ${warehouses}`, { body: warehouse("app") });

    const answer = await send(`PUT ${warehouses}/app`, { body });

    assert.equal(answer.status, 200);
    assert.equal(answer.body["metadata"]?.["resourceVersion"], body["metadata"]?.["resourceVersion"]);
  });

  fact("another spec raises the generation, other labels do not", async ({ send, warehouses }) => {
    const { body } = await send(`POST ${warehouses}`, { body: warehouse("app") });
    const relabelled = { ...body, metadata: { ...body["metadata"], labels: { a: "b" }, generation: 9 } };

    const labels = await send(`PUT ${warehouses}/app`, { body: relabelled });
    const spec = await send(`PUT ${warehouses}/app`, {
      body: { ...labels.body, spec: { ...body["spec"], shard: "x" } },
    });

    assert.equal(labels.body["metadata"]?.["generation"], 1);
    assert.equal(spec.body["metadata"]?.["generation"], 2);
  });

  fact("another name or namespace than the URL's is refused", async ({ send, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("s") });

    const name = await send(`PUT ${secrets}/s`, { body: secret("t") });
    const nameless = await send(`PUT ${secrets}/s`, { body: secret("", { metadata: {} }) });
    const namespace = await send(`PUT ${secrets}/s`, {
      body: secret("s", { metadata: { name: "s", namespace: "x" } }),
    });

    const messages = [name, nameless, namespace].map((answer) => refusal(answer).message);
    assert.deepEqual(messages, [
      "the name of the object (t) does not match the name on the URL (s)",
      "the name of the object (s based on URL) was undeterminable: name must be provided",
      "the namespace of the provided object does not match the namespace sent on the request",
    ]);
  });

  fact("another uid is a conflict", async ({ send, warehouses }) => {
    const { body } = await send(`POST ${warehouses}`, { body: warehouse("app") });

    const answer = await send(`PUT ${warehouses}/app`, {
      body: { ...body, metadata: { ...body["metadata"], uid: "x" } },
    });

    assert.equal(answer.status, 409);
    assert.equal(answer.body["reason"], "Conflict");
    assert.match(String(answer.body["message"]), /Precondition failed: UID in precondition: x, UID in object meta: /);
  });

  fact("a missing object is not found, but a Lease is created", async ({ send, warehouses, secrets, leases }) => {
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "l" }, spec: {} };

    const answers = [
      await send(`PUT ${warehouses}/app`, { body: warehouse("app", { metadata: { resourceVersion: "1" } }) }),
      await send(`PUT ${secrets}/s`, { body: secret("s") }),
      await send(`PUT ${leases}/l`, { body: lease }),
    ];

    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404, 201],
    );
  });

  fact("a main write leaves the status, a status write leaves the rest", async ({ send, warehouses }) => {
    const { body } = await send(`POST ${warehouses}`, { body: warehouse("app") });
    const metadata = { ...body["metadata"], labels: { a: "b" }, finalizers: ["example.com/x"] };
    const both = { ...body, metadata, status: { lastFreightID: "f1" }, spec: { ...body["spec"], shard: "x" } };

    const status = await send(`PUT ${warehouses}/app/status`, { body: both });
    const main = await send(`PUT ${warehouses}/app`, { body: { ...status.body, status: { lastFreightID: "f2" } } });
    const cleared = await send(`PUT ${warehouses}/app/status`, { body: { ...main.body, status: undefined } });

    assert.deepEqual(status.body["status"], { lastFreightID: "f1" });
    assert.deepEqual(status.body["spec"], body["spec"]);
    assert.equal(status.body["metadata"]?.["labels"], undefined);
    assert.equal(status.body["metadata"]?.["finalizers"], undefined);
    assert.equal(status.body["metadata"]?.["generation"], 1);
    assert.deepEqual(main.body["status"], { lastFreightID: "f1" });
    assert.equal(main.body["metadata"]?.["resourceVersion"], status.body["metadata"]?.["resourceVersion"]);
    assert.equal(cleared.body["status"], undefined);
  });

  fact("a dry run shows the raised generation at the old version", async ({ send, warehouses }) => {
    const { body } = await send(`POST ${warehouses}`, { body: warehouse("app") });
    const changed = { ...body, spec: { ...body["spec"], shard: "x" } };

    const answer = await send(`PUT ${warehouses}/app?dryRun=All`, { body: changed });
    const after = await send(`GET ${warehouses}/app`);

    assert.equal(answer.body["metadata"]?.["generation"], 2);
    assert.equal(answer.body["metadata"]?.["resourceVersion"], body["metadata"]?.["resourceVersion"]);
    assert.deepEqual(after.body["spec"], body["spec"]);
  });

  fact("a Namespace keeps its label, finalizer and phase whatever is sent", async ({ send, namespace }) => {
    const { body } = await send(`GET ${namespace}`);
    const metadata = { name: body["metadata"]?.["name"], labels: { a: "b", "kubernetes.io/metadata.name": "x" } };

    const answer = await send(`PUT ${namespace}`, {
      body: { metadata, spec: { finalizers: [] }, status: { phase: "X" } },
    });

    const labels = { a: "b", "kubernetes.io/metadata.name": metadata.name };
    assert.deepEqual(answer.body["metadata"]?.["labels"], labels);
    assert.deepEqual(answer.body["spec"], { finalizers: ["kubernetes"] });
    assert.deepEqual(answer.body["status"], { phase: "Active" });
  });
});
