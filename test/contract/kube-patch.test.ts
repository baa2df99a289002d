// PATCH: the three kinds of patch, and what they share with a PUT.
import assert from "node:assert/strict";
import { contract, refusal, secret, warehouse } from "./kube-contract.ts";

contract("patch", (fact) => {
  fact("a merge patch sets, removes and replaces lists whole", async ({ send, patch, warehouses }) => {
    const metadata = { labels: { keep: "1", drop: "1" } };
    await send(`POST ${warehouses}`, { body: warehouse("app", { metadata, spec: { shard: "x" } }) });
    const subscriptions = [{ image: { repoURL: "example.com/other" } }];

    const answer = await patch(`${warehouses}/app`, {
      metadata: { labels: { drop: null, add: "1" } },
      spec: { shard: null, subscriptions },
    });

    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body["metadata"]?.["labels"], { keep: "1", add: "1" });
    assert.equal(answer.body["spec"]?.["shard"], undefined);
    assert.equal(JSON.stringify(answer.body["spec"]?.["subscriptions"]).includes("example.com/other"), true);
    assert.equal(answer.body["metadata"]?.["generation"], 2);
  });

  fact("a patch that changes nothing keeps the resource version", async ({ send, patch, warehouses, secrets }) => {
    const custom = await send(`POST ${warehouses}`, { body: warehouse("app") });
    const builtIn = await send(`POST ${secrets}`, { body: secret("s", { data: { a: "YQ==" } }) });

    const answers = [
      await patch(`${warehouses}/app`, { metadata: { labels: { none: null } } }),
      await patch(`${secrets}/s`, { data: { a: "YQ==" } }, "strategic-merge"),
    ];

    assert.deepEqual(
      answers.map(({ body }) => body["metadata"]?.["resourceVersion"]),
      [custom.body["metadata"]?.["resourceVersion"], builtIn.body["metadata"]?.["resourceVersion"]],
    );
  });

  fact("a stale resource version in the patch is a conflict, none is not", async ({ send, patch, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });

    const stale = await patch(`${warehouses}/app`, { metadata: { resourceVersion: "1" } });
    const removed = await patch(`${warehouses}/app`, { metadata: { resourceVersion: null, labels: { a: "b" } } });

    assert.equal(refusal(stale).reason, "Conflict");
    assert.equal(refusal(removed).code, 422);
  });

  fact("thirty at once all take effect", async ({ send, patch, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });
    const labels = Array.from({ length: 30 }, (_, number) => `l${number}`);

    const answers = await Promise.all(
      labels.map((one) => patch(`${warehouses}/app`, { metadata: { labels: { [one]: "" } } })),
    );
    const after = await send(`GET ${warehouses}/app`);

    assert.ok(answers.every(({ status }) => status === 200));
    assert.deepEqual(Object.keys(after.body["metadata"]?.["labels"] ?? {}).sort(), labels.toSorted());
  });

  fact("a JSON patch adds, tests, moves and removes", async ({ send, patch, warehouses }) => {
    const metadata = { labels: { a: "1", b: "2" }, annotations: { "x/y": "z" } };
    await send(`POST ${warehouses}`, { body: warehouse("app", { metadata }) });

    const answer = await patch(
      `${warehouses}/app`,
      [
        { op: "test", path: "/metadata/labels/a", value: "1" },
        { op: "move", from: "/metadata/labels/a", path: "/metadata/labels/c" },
        { op: "remove", path: "/metadata/annotations/x~1y" },
        { op: "add", path: "/spec/subscriptions/-", value: { image: { repoURL: "example.com/b" } } },
        { op: "replace", path: "/metadata/labels/b", value: "3" },
      ],
      "json",
    );

    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body["metadata"]?.["labels"], { b: "3", c: "1" });
    assert.equal(answer.body["metadata"]?.["annotations"], undefined);
    assert.equal(answer.body["spec"]?.["subscriptions"]?.["length"], 2);
  });

  fact("a JSON patch that fails is refused without a hint", async ({ send, patch, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });
    const patches = [
      [{ op: "test", path: "/spec/shard", value: "x" }],
      [{ op: "remove", path: "/spec/nothing" }],
      [{ op: "jump", path: "/spec/shard" }],
      [{ op: "replace", path: "/spec/subscriptions/9", value: {} }],
    ];

    const answers = await Promise.all(patches.map((one) => patch(`${warehouses}/app`, one, "json")));

    const message = "the server rejected our request due to an error in our request";
    for (const answer of answers) assert.deepEqual(refusal(answer), { code: 422, reason: "Invalid", message });
  });

  fact("a patch of the wrong shape is refused", async ({ send, patch, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });

    const merge = await patch(`${warehouses}/app`, []);
    const json = await patch(`${warehouses}/app`, {}, "json");

    assert.deepEqual(
      [refusal(merge), refusal(json)].map(({ code, message }) => `${code} ${message}`),
      [
        "400 error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
        "400 error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
      ],
    );
  });

  fact("more than 10,000 operations are too many", async ({ send, patch, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });
    const operations = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/kind", value: "Warehouse" }));

    const answer = await patch(`${warehouses}/app`, operations, "json");

    assert.equal(refusal(answer).code, 413);
  });

  fact("a strategic merge patch is for built-in kinds alone", async ({ send, patch, warehouses, secrets }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });
    await send(`POST ${secrets}`, { body: secret("s") });

    const custom = await patch(`${warehouses}/app`, { metadata: { labels: { a: "b" } } }, "strategic-merge");
    const builtIn = await patch(`${secrets}/s`, { metadata: { labels: { a: "b" } } }, "strategic-merge");

    assert.equal(refusal(custom).code, 415);
    assert.match(
      String(refusal(custom).message),
      /^the body of the request was in an unknown format - accepted media types include: application\/json-patch\+json, application\/merge-patch\+json/,
    );
    assert.deepEqual(builtIn.body["metadata"]?.["labels"], { a: "b" });
  });

  fact("a strategic merge patch merges finalizers, new ones first", async ({ send, patch, secrets }) => {
    const metadata = { name: "s", finalizers: ["example.com/a", "example.com/b"] };
    await send(`POST ${secrets}`, { body: secret("s", { metadata }) });

    const added = await patch(`${secrets}/s`, { metadata: { finalizers: ["example.com/c"] } }, "strategic-merge");
    const removed = await patch(
      `${secrets}/s`,
      { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] } },
      "strategic-merge",
    );

    assert.deepEqual(added.body["metadata"]?.["finalizers"], ["example.com/c", "example.com/a", "example.com/b"]);
    assert.deepEqual(removed.body["metadata"]?.["finalizers"], ["example.com/c", "example.com/b"]);
  });

  fact("a strategic merge patch obeys its directives", async ({ send, patch, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("s", { data: { a: "YQ==", b: "Yg==" } }) });

    const replaced = await patch(`${secrets}/s`, { data: { $patch: "replace", c: "Yw==" } }, "strategic-merge");
    const refused = await patch(`${secrets}/s`, { data: { $patch: "jump" } }, "strategic-merge");

    assert.deepEqual(replaced.body["data"], { c: "Yw==" });
    assert.equal(refusal(refused).code, 500);
  });

  fact("the status subresource takes the status alone", async ({ send, patch, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });

    const status = await patch(`${warehouses}/app/status`, {
      metadata: { labels: { a: "b" } },
      spec: { shard: "x" },
      status: { lastFreightID: "f" },
    });
    const main = await patch(`${warehouses}/app`, { status: { lastFreightID: "g" } });

    assert.deepEqual(status.body["status"], { lastFreightID: "f" });
    assert.equal(status.body["spec"]?.["shard"], undefined);
    assert.equal(status.body["metadata"]?.["labels"], undefined);
    assert.deepEqual(main.body["status"], { lastFreightID: "f" });
  });

  fact("of a patch of the status, a test of the uid holds and the uid in a merge patch says nothing", async (api) => {
    const { send, patch, warehouses } = api;
    await send(`POST ${warehouses}`, { body: warehouse("app") });
    const path = `${warehouses}/app/status`;
    const write = { op: "add", path: "/status", value: { lastFreightID: "f" } };
    const testUid = { op: "test", path: "/metadata/uid", value: "another" };

    const refused = await patch(path, [testUid, write], "json");
    const merged = await patch(path, { metadata: { uid: "another" }, status: { lastFreightID: "g" } });
    const { uid } = merged.body["metadata"] ?? {};
    const written = await patch(path, [{ ...testUid, value: uid }, write], "json");

    assert.deepEqual(
      [refused, merged, written].map(({ status }) => status),
      [422, 200, 200],
    );
    assert.deepEqual(refusal(refused).reason, "Invalid");
    assert.deepEqual(merged.body["status"], { lastFreightID: "g" });
    assert.deepEqual(written.body["status"], { lastFreightID: "f" });
  });

  fact("what the server set cannot be changed", async ({ send, patch, warehouses }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });
    const changes = [
      { uid: "x" },
      { creationTimestamp: "2001-01-01T00:00:00Z" },
      { deletionTimestamp: "2001-01-01T00:00:00Z" },
      { name: "other" },
      { namespace: "other" },
    ];

    const answers = await Promise.all(changes.map((metadata) => patch(`${warehouses}/app`, { metadata })));
    const after = await send(`GET ${warehouses}/app`);

    assert.deepEqual(
      answers.map(({ status }) => status),
      [422, 200, 422, 400, 400],
    );
    assert.notEqual(after.body["metadata"]?.["creationTimestamp"], "2001-01-01T00:00:00Z");
  });

  fact("server-side apply writes and names the owner of each field", async ({ send, warehouses }) => {
    const answer = await send(`PATCH ${warehouses}/app?fieldManager=contract`, {
      body: warehouse("app"),
      headers: { "content-type": "application/apply-patch+yaml" },
    });

    assert.equal(answer.status, 201);
    assert.equal(JSON.stringify(answer.body["metadata"]?.["managedFields"]).includes("Apply"), true);
  });

  fact("a missing object is not found", async ({ patch, warehouses, leases }) => {
    const answers = [await patch(`${warehouses}/app`, {}), await patch(`${leases}/l`, {})];

    assert.deepEqual(
      answers.map((answer) => refusal(answer).message),
      ['warehouses.kargo.akuity.io "app" not found', 'leases.coordination.k8s.io "l" not found'],
    );
  });
});
