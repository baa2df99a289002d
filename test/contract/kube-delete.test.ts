// Deletion: preconditions, finalizers, what belongs to an object, and a Namespace with its content.
import assert from "node:assert/strict";
import { contract, namesOf, refusal, secret, warehouse } from "./kube-contract.ts";

const held = (name: string) => warehouse(name, { metadata: { finalizers: ["example.com/hold"] } });

contract("delete", (fact) => {
  fact("an object that nothing holds is gone, and the answer names it", async ({ send, secrets }) => {
    const { body } = await send(`POST ${secrets}`, { body: secret("s") });

    const answer = await send(`DELETE ${secrets}/s`);
    const after = await send(`GET ${secrets}/s`);

    const details = { name: "s", kind: "secrets", uid: body["metadata"]?.["uid"] };
    const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
    assert.deepEqual([answer.status, answer.body], [200, status]);
    assert.equal(after.status, 404);
  });

  fact("a finalizer holds it, with a deletion time and one more generation", async ({ send, patch, warehouses }) => {
    await send(`POST ${warehouses}`, { body: held("app") });

    const first = await send(`DELETE ${warehouses}/app`);
    const second = await send(`DELETE ${warehouses}/app`);
    const changed = await patch(`${warehouses}/app`, { spec: { shard: "x" }, metadata: { deletionTimestamp: null } });
    const released = await patch(`${warehouses}/app`, { metadata: { finalizers: [] } });
    const after = await send(`GET ${warehouses}/app`);

    assert.equal(first.body["kind"], "Warehouse");
    assert.notEqual(first.body["metadata"]?.["deletionTimestamp"], undefined);
    assert.equal(first.body["metadata"]?.["deletionGracePeriodSeconds"], 0);
    assert.equal(first.body["metadata"]?.["generation"], 2);
    assert.deepEqual(second.body, first.body);
    assert.equal(changed.body["metadata"]?.["generation"], 3);
    assert.equal(changed.body["metadata"]?.["deletionTimestamp"], first.body["metadata"]?.["deletionTimestamp"]);
    assert.equal(released.status, 200);
    assert.equal(after.status, 404);
  });

  fact("no finalizer is added while it is being deleted", async ({ send, patch, warehouses }) => {
    await send(`POST ${warehouses}`, { body: held("app") });
    await send(`DELETE ${warehouses}/app`);

    const answer = await patch(`${warehouses}/app`, { metadata: { finalizers: ["example.com/hold", "x.y/z"] } });

    const message =
      'Warehouse.kargo.akuity.io "app" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.y/z"}';
    assert.deepEqual(refusal(answer), { code: 422, reason: "Invalid", message });
  });

  fact("a name that is being deleted is still taken", async ({ send, warehouses }) => {
    await send(`POST ${warehouses}`, { body: held("app") });
    await send(`DELETE ${warehouses}/app`);

    const answer = await send(`POST ${warehouses}`, { body: warehouse("app") });

    const message = 'object is being deleted: warehouses.kargo.akuity.io "app" already exists';
    assert.deepEqual(refusal(answer), { code: 409, reason: "AlreadyExists", message });
  });

  fact("preconditions must hold, the uid first", async ({ send, warehouses }) => {
    const { body } = await send(`POST ${warehouses}`, { body: warehouse("app") });
    const uid = body["metadata"]?.["uid"];
    const version = body["metadata"]?.["resourceVersion"];

    const both = await send(`DELETE ${warehouses}/app`, {
      body: { preconditions: { uid: "x", resourceVersion: "1" } },
    });
    const one = await send(`DELETE ${warehouses}/app`, { body: { preconditions: { uid, resourceVersion: "1" } } });
    const right = await send(`DELETE ${warehouses}/app`, {
      body: { preconditions: { uid, resourceVersion: version } },
    });

    const start = 'Operation cannot be fulfilled on Warehouse.kargo.akuity.io "app": the';
    assert.deepEqual(
      [both, one].map((answer) => refusal(answer).message),
      [
        `${start} UID in the precondition (x) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
        `${start} ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${version}). The object might have been modified`,
      ],
    );
    assert.deepEqual(both.body["details"], { name: "app", group: "kargo.akuity.io", kind: "Warehouse" });
    assert.equal(right.status, 200);
  });

  fact("a dry run deletes nothing", async ({ send, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("s") });

    const inQuery = await send(`DELETE ${secrets}/s?dryRun=All`);
    const inBody = await send(`DELETE ${secrets}/s`, { body: { dryRun: ["All"] } });
    const after = await send(`GET ${secrets}/s`);

    assert.deepEqual([inQuery.status, inBody.status, after.status], [200, 200, 200]);
    assert.equal(inQuery.body["status"], "Success");
  });

  fact("with a body the query counts for nothing", async ({ send, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("s") });

    await send(`DELETE ${secrets}/s?dryRun=All`, { body: {} });
    const after = await send(`GET ${secrets}/s`);

    assert.equal(after.status, 404);
  });

  fact("options with other values are refused", async ({ send, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("s") });

    const policy = await send(`DELETE ${secrets}/s`, { body: { propagationPolicy: "Foo" } });
    const form = await send(`DELETE ${secrets}/s`, {
      body: "a=b",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });

    const message =
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Foo": supported values: "Foreground", "Background", "Orphan", "nil"';
    assert.deepEqual(refusal(policy), { code: 422, reason: "Invalid", message });
    assert.equal(refusal(form).code, 415);
  });

  fact("a selection is deleted, and its list is the answer", async ({ send, secrets }) => {
    for (const name of ["a", "b"]) {
      await send(`POST ${secrets}`, { body: secret(name, { metadata: { name, labels: { pick: "yes" } } }) });
    }
    await send(`POST ${secrets}`, { body: secret("c") });

    const answer = await send(`DELETE ${secrets}?labelSelector=pick%3Dyes`);
    const after = await send(`GET ${secrets}`);

    assert.equal(answer.status, 200);
    assert.equal(answer.body["kind"], "SecretList");
    assert.deepEqual(namesOf(answer.body), ["a", "b"]);
    assert.deepEqual(namesOf(after.body), ["c"]);
  });

  fact(
    "foreground and orphan deletion leave the object until the work is done",
    async ({ send, eventually, warehouses }) => {
      await send(`POST ${warehouses}`, { body: warehouse("front") });
      await send(`POST ${warehouses}`, { body: warehouse("free") });

      const front = await send(`DELETE ${warehouses}/front`, { body: { propagationPolicy: "Foreground" } });
      const free = await send(`DELETE ${warehouses}/free`, { body: { propagationPolicy: "Orphan" } });

      assert.deepEqual(front.body["metadata"]?.["finalizers"], ["foregroundDeletion"]);
      assert.deepEqual(free.body["metadata"]?.["finalizers"], ["orphan"]);
      assert.equal(front.body["metadata"]?.["generation"], 2);
      await eventually(async () => namesOf((await send(`GET ${warehouses}`)).body).length === 0);
    },
  );

  fact("what belongs to an object goes with it, or free", async ({ send, eventually, warehouses, secrets }) => {
    for (const [name, propagationPolicy] of [
      ["back", "Background"],
      ["front", "Foreground"],
      ["free", "Orphan"],
    ]) {
      const { body } = await send(`POST ${warehouses}`, { body: warehouse(String(name)) });
      const { uid } = body["metadata"] ?? {};
      const owner = { apiVersion: body["apiVersion"], kind: "Warehouse", name, uid, blockOwnerDeletion: true };
      await send(`POST ${secrets}`, {
        body: secret("", { metadata: { name: `of-${name}`, ownerReferences: [owner] } }),
      });
      await send(`DELETE ${warehouses}/${name}`, { body: { propagationPolicy } });
    }

    await eventually(async () => {
      const [owners, dependents] = [await send(`GET ${warehouses}`), await send(`GET ${secrets}`)];
      return namesOf(owners.body).length === 0 && namesOf(dependents.body).join() === "of-free";
    });
    const { body } = await send(`GET ${secrets}/of-free`);
    assert.equal(body["metadata"]?.["ownerReferences"], undefined);
  });

  fact("a deleted Namespace is Terminating, takes nothing new, and goes with its content", async (api) => {
    const { send, eventually, namespace, secrets, warehouses } = api;
    await send(`POST ${secrets}`, { body: secret("s") });
    await send(`POST ${warehouses}`, { body: warehouse("app") });

    const answer = await send(`DELETE ${namespace}`);
    const refused = await send(`POST ${secrets}`, { body: secret("t") });

    const name = namespace.split("/").at(-1);
    assert.equal(answer.status, 200);
    assert.equal(answer.body["kind"], "Namespace");
    assert.equal(answer.body["status"]?.["phase"], "Terminating");
    assert.equal(answer.body["metadata"]?.["deletionGracePeriodSeconds"], undefined);
    const message = `secrets "t" is forbidden: unable to create new content in namespace ${name} because it is being terminated`;
    assert.deepEqual(refusal(refused), { code: 403, reason: "Forbidden", message });
    assert.deepEqual(refused.body["details"]?.["causes"]?.["0"], {
      reason: "NamespaceTerminating",
      message: `namespace ${name} is being terminated`,
      field: "metadata.namespace",
    });
    await eventually(async () => (await send(`GET ${namespace}`)).status === 404);
    assert.deepEqual(namesOf((await send(`GET ${secrets}`)).body), []);
    assert.deepEqual(namesOf((await send(`GET ${warehouses}`)).body), []);
  });

  fact("a missing object is not found", async ({ send, warehouses }) => {
    const answer = await send(`DELETE ${warehouses}/app`);

    const message = 'warehouses.kargo.akuity.io "app" not found';
    assert.deepEqual(refusal(answer), { code: 404, reason: "NotFound", message });
  });
});
