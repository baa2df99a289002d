// Creating objects: what the server sets, what it ignores, what it refuses and in which order.
import assert from "node:assert/strict";
import { contract, refusal, secret, warehouse } from "./kube-contract.ts";

contract("create", (fact) => {
  fact("the server sets uid, creation time, resource version and generation", async ({ send, warehouses }) => {
    const body = warehouse("app", {
      metadata: { uid: "mine", creationTimestamp: "2001-01-01T00:00:00Z", generation: 7 },
    });

    const created = await send(`POST ${warehouses}`, { body });

    const { uid, creationTimestamp, resourceVersion, generation } = created.body["metadata"] ?? {};
    assert.equal(created.status, 201);
    assert.match(String(uid), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.match(String(creationTimestamp), /^20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.match(String(resourceVersion), /^\d+$/);
    assert.equal(generation, 1);
  });

  fact("built-in kinds have no generation", async ({ send, secrets }) => {
    const created = await send(`POST ${secrets}`, { body: secret("s") });

    assert.equal(created.body["metadata"]?.["generation"], undefined);
  });

  fact("a status is not the creator's to say", async ({ send, warehouses }) => {
    const created = await send(`POST ${warehouses}`, { body: { ...warehouse("app"), status: { lastFreightID: "x" } } });

    assert.equal(created.status, 201);
    assert.equal(created.body["status"], undefined);
  });

  fact("generateName is completed with five letters or digits", async ({ send, secrets }) => {
    const body = secret("", { metadata: { generateName: "made-" } });

    const created = await send(`POST ${secrets}`, { body });

    assert.match(String(created.body["metadata"]?.["name"]), /^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    assert.equal(created.body["metadata"]?.["generateName"], "made-");
  });

  fact("a taken name is refused", async ({ send, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("s") });

    const second = await send(`POST ${secrets}`, { body: secret("s") });

    assert.deepEqual(refusal(second), { code: 409, reason: "AlreadyExists", message: 'secrets "s" already exists' });
    assert.deepEqual(second.body["details"], { name: "s", kind: "secrets" });
  });

  fact("a missing namespace is refused before the object is looked at", async ({ send }) => {
    const path = "/apis/kargo.akuity.io/v1alpha1/namespaces/contract-nowhere/warehouses";

    const answer = await send(`POST ${path}`, { body: warehouse("app", { spec: { subscriptions: [] } }) });

    const message = 'namespaces "contract-nowhere" not found';
    assert.deepEqual(refusal(answer), { code: 404, reason: "NotFound", message });
  });

  fact("a resource version is refused", async ({ send, secrets }) => {
    const answer = await send(`POST ${secrets}`, {
      body: secret("s", { metadata: { name: "s", resourceVersion: "1" } }),
    });

    assert.deepEqual(refusal(answer), {
      code: 500,
      reason: undefined,
      message: "resourceVersion should not be set on objects to be created",
    });
  });

  fact("another namespace than the URL's is refused", async ({ send, secrets }) => {
    const answer = await send(`POST ${secrets}`, {
      body: secret("s", { metadata: { name: "s", namespace: "other" } }),
    });

    const message = "the namespace of the provided object does not match the namespace sent on the request";
    assert.deepEqual(refusal(answer), { code: 400, reason: "BadRequest", message });
  });

  fact("a name is required", async ({ send, warehouses }) => {
    const answer = await send(`POST ${warehouses}`, { body: warehouse("") });

    const message =
      'Warehouse.kargo.akuity.io "" is invalid: metadata.name: Required value: name or generateName is required';
    assert.deepEqual(refusal(answer), { code: 422, reason: "Invalid", message });
    const causes = [
      {
        reason: "FieldValueRequired",
        message: "Required value: name or generateName is required",
        field: "metadata.name",
      },
    ];
    assert.deepEqual(answer.body["details"], { group: "kargo.akuity.io", kind: "Warehouse", causes });
  });

  fact("another kind in the body is refused", async ({ send, warehouses, secrets }) => {
    const custom = await send(`POST ${warehouses}`, { body: { ...warehouse("app"), kind: "Freight" } });
    const builtIn = await send(`POST ${secrets}`, { body: { ...secret("s"), kind: "Gizmo" } });

    const message = 'Freight.kargo.akuity.io "app" is invalid: kind: Invalid value: "Freight": must be Warehouse';
    assert.deepEqual(refusal(custom), { code: 422, reason: "Invalid", message });
    assert.equal(builtIn.status, 400);
    assert.match(
      String(builtIn.body["message"]),
      /^Gizmo in version "v1" cannot be handled as a Secret: no kind "Gizmo"/,
    );
  });

  fact("another apiVersion in the body is refused", async ({ send, warehouses }) => {
    const answer = await send(`POST ${warehouses}`, { body: { ...warehouse("app"), apiVersion: "v1" } });

    const message =
      "the API version in the data (v1) does not match the expected API version (kargo.akuity.io/v1alpha1)";
    assert.deepEqual(refusal(answer), { code: 400, reason: "BadRequest", message });
  });

  fact("a custom object without a kind is refused, a built-in one is not", async ({ send, warehouses, secrets }) => {
    const custom = await send(`POST ${warehouses}`, { body: { ...warehouse("app"), kind: undefined } });
    const builtIn = await send(`POST ${secrets}`, { body: { metadata: { name: "s" } } });

    assert.equal(custom.status, 400);
    assert.match(
      String(custom.body["message"]),
      /^the object provided is unrecognized \(must be of type Warehouse\): Object 'Kind' is missing/,
    );
    assert.equal(builtIn.status, 201);
    assert.equal(builtIn.body["kind"], "Secret");
  });

  fact("dry run answers as if it had happened, and stores nothing", async ({ send, secrets }) => {
    const answer = await send(`POST ${secrets}?dryRun=All`, { body: secret("s") });
    const after = await send(`GET ${secrets}/s`);

    assert.equal(answer.status, 201);
    assert.equal(answer.body["metadata"]?.["resourceVersion"], undefined);
    assert.notEqual(answer.body["metadata"]?.["uid"], undefined);
    assert.equal(after.status, 404);
  });

  fact("options with other values are refused", async ({ send, secrets }) => {
    const dryRun = await send(`POST ${secrets}?dryRun=foo`, { body: secret("s") });
    const validation = await send(`POST ${secrets}?fieldValidation=foo`, { body: secret("s") });

    assert.deepEqual(refusal(dryRun), {
      code: 422,
      reason: "Invalid",
      message: 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["foo"]: supported values: "All"',
    });
    assert.deepEqual(refusal(validation), {
      code: 422,
      reason: "Invalid",
      message:
        'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "foo": supported values: "", "Ignore", "Strict", "Warn"',
    });
  });

  fact("ten at once make one object", async ({ send, secrets }) => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(`POST ${secrets}`, { body: secret("s") })));

    const codes = answers.map(({ status }) => status).sort();
    assert.deepEqual(codes, [201, ...Array<number>(9).fill(409)]);
  });

  fact("a Namespace begins with its label, finalizer and phase", async ({ send, namespace }) => {
    const { body } = await send(`GET ${namespace}`);

    const name = namespace.split("/").at(-1);
    assert.deepEqual(body["metadata"]?.["labels"], {
      "kargo.akuity.io/project": "true",
      "kubernetes.io/metadata.name": name,
    });
    assert.deepEqual(body["spec"], { finalizers: ["kubernetes"] });
    assert.deepEqual(body["status"], { phase: "Active" });
  });
});
