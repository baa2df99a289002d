// Watches: where they begin, what selectors make of a change, bookmarks, and what is refused.
import assert from "node:assert/strict";
import { type Api, contract, refusal, secret, type WatchEvent, warehouse } from "./kube-contract.ts";

/** `TYPE name`, bookmarks left out. */
function shown(events: readonly WatchEvent[]): readonly string[] {
  return events
    .filter(({ type }) => type !== "BOOKMARK")
    .map(({ type, object }) => `${type} ${object["metadata"]?.["name"]}`);
}

function until(count: number): (events: readonly WatchEvent[]) => boolean {
  return (events) => shown(events).length >= count;
}

async function versionOf({ send, secrets }: Api): Promise<string> {
  return String((await send(`GET ${secrets}`)).body["metadata"]?.["resourceVersion"]);
}

const isInitialEnd = ({ type, object }: WatchEvent) =>
  type === "BOOKMARK" && object["metadata"]?.["annotations"]?.["k8s.io/initial-events-end"] !== undefined;

contract("watch", (fact) => {
  fact("without a resource version it begins with what there is", async ({ send, watch, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("a") });
    await send(`POST ${secrets}`, { body: secret("b") });

    const absent = await watch(`${secrets}?watch=true`, until(2));
    const zero = await watch(`${secrets}?watch=1&resourceVersion=0`, until(2));

    assert.deepEqual(shown(absent).toSorted(), ["ADDED a", "ADDED b"]);
    assert.deepEqual(shown(zero).toSorted(), ["ADDED a", "ADDED b"]);
  });

  fact("from a resource version it shows every change in order", async (api) => {
    const { send, patch, watch, secrets } = api;
    const version = await versionOf(api);
    await send(`POST ${secrets}`, { body: secret("a") });
    await patch(`${secrets}/a`, { metadata: { labels: { x: "1" } } });
    await patch(`${secrets}/a`, { metadata: { labels: { x: "2" } } });
    await send(`DELETE ${secrets}/a`);

    const events = await watch(`${secrets}?watch=true&resourceVersion=${version}`, until(4));

    assert.deepEqual(shown(events), ["ADDED a", "MODIFIED a", "MODIFIED a", "DELETED a"]);
    assert.deepEqual(
      events.map(({ object }) => object["metadata"]?.["labels"]?.["x"]),
      [undefined, "1", "2", "2"],
    );
    const versions = events.map(({ object }) => Number(object["metadata"]?.["resourceVersion"]));
    assert.deepEqual(
      versions,
      versions.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(versions).size, 4);
  });

  fact("a change that comes later is shown", async (api) => {
    const { send, watch, secrets } = api;
    const version = await versionOf(api);

    const watched = watch(`${secrets}?watch=true&resourceVersion=${version}`, until(1));
    await send(`POST ${secrets}`, { body: secret("late") });

    assert.deepEqual(shown(await watched), ["ADDED late"]);
  });

  fact("by a selector a change adds and deletes, and the deleted is as it was", async (api) => {
    const { send, patch, watch, secrets } = api;
    const version = await versionOf(api);
    await send(`POST ${secrets}`, { body: secret("a") });
    const query = `watch=true&resourceVersion=${version}&labelSelector=pick%3Dyes`;
    const first = await patch(`${secrets}/a`, { metadata: { labels: { pick: "yes", n: "1" } } });
    await patch(`${secrets}/a`, { metadata: { labels: { n: "2" } } });
    const last = await patch(`${secrets}/a`, { metadata: { labels: { pick: "no", n: "3" } } });

    const events = await watch(`${secrets}?${query}`, until(3));

    assert.deepEqual(shown(events), ["ADDED a", "MODIFIED a", "DELETED a"]);
    assert.deepEqual(events[0]?.object["metadata"]?.["labels"], first.body["metadata"]?.["labels"]);
    assert.deepEqual(events[2]?.object["metadata"]?.["labels"], { pick: "yes", n: "2" });
    assert.equal(events[2]?.object["metadata"]?.["resourceVersion"], last.body["metadata"]?.["resourceVersion"]);
  });

  fact("one object is watched by its name", async (api) => {
    const { send, watch, secrets } = api;
    const version = await versionOf(api);
    await send(`POST ${secrets}`, { body: secret("other") });
    await send(`POST ${secrets}`, { body: secret("mine") });

    const query = `watch=true&resourceVersion=${version}&fieldSelector=metadata.name%3Dmine`;
    const events = await watch(`${secrets}?${query}`, until(1));

    assert.deepEqual(shown(events), ["ADDED mine"]);
  });

  fact("initial events end with a marked bookmark", async ({ send, watch, secrets, warehouses }) => {
    await send(`POST ${secrets}`, { body: secret("a") });
    const query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

    const events = await watch(`${secrets}?${query}`, (seen) => seen.some(isInitialEnd));
    const old = await watch(`${secrets}?${query}&resourceVersion=1`, (seen) => seen.some(isInitialEnd));
    const empty = await watch(`${warehouses}?${query}`, (seen) => seen.some(isInitialEnd));

    assert.deepEqual(shown(events), ["ADDED a"]);
    assert.deepEqual(shown(old), ["ADDED a"]);
    assert.deepEqual(shown(empty), []);
    const mark = events.find(isInitialEnd)?.object;
    assert.deepEqual(mark?.["metadata"]?.["annotations"], { "k8s.io/initial-events-end": "true" });
    assert.match(String(mark?.["metadata"]?.["resourceVersion"]), /^\d+$/);
    assert.equal(mark?.["kind"], "Secret");
  });

  fact("a version that is forgotten is answered by an error event", async ({ watch, warehouses, send }) => {
    await send(`POST ${warehouses}`, { body: warehouse("app") });

    const events = await watch(`${warehouses}?watch=true&resourceVersion=1`, () => false);

    assert.equal(events.length, 1);
    const { type, object } = events[0] ?? {};
    assert.equal(type, "ERROR");
    assert.deepEqual([object?.["kind"], object?.["code"], object?.["reason"]], ["Status", 410, "Expired"]);
    assert.match(String(object?.["message"]), /^too old resource version: 1 \(\d+\)$/);
  });

  fact("it ends when its time is over", async (api) => {
    const version = await versionOf(api);

    const events = await api.watch(
      `${api.secrets}?watch=true&resourceVersion=${version}&timeoutSeconds=1`,
      () => false,
    );

    assert.deepEqual(shown(events), []);
  });

  fact("a future version and a missing namespace are accepted and silent", async ({ watch, secrets }) => {
    const nowhere = "/api/v1/namespaces/contract-nowhere/secrets";

    const future = await watch(`${secrets}?watch=true&resourceVersion=999999999&timeoutSeconds=1`, () => false);
    const missing = await watch(`${nowhere}?watch=true&timeoutSeconds=1`, () => false);

    assert.deepEqual([shown(future), shown(missing)], [[], []]);
  });

  fact("on one object the parameter counts for nothing", async ({ send, secrets }) => {
    await send(`POST ${secrets}`, { body: secret("a") });

    const { status, body } = await send(`GET ${secrets}/a?watch=true`);

    assert.deepEqual([status, body["kind"]], [200, "Secret"]);
  });

  fact("options that do not go together are refused", async ({ send, secrets }) => {
    const queries = ["sendInitialEvents=true", "resourceVersionMatch=NotOlderThan", "resourceVersion=abc"];

    const answers = await Promise.all(queries.map((query) => send(`GET ${secrets}?watch=true&${query}`)));

    assert.deepEqual(
      answers.map((answer) => `${refusal(answer).code} ${refusal(answer).message}`),
      [
        '422 ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        '422 ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        '500 resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
      ],
    );
  });

  fact("what the last finalizer held back is deleted as it was stored", async (api) => {
    const { send, patch, watch, secrets } = api;
    await send(`POST ${secrets}`, { body: secret("a", { metadata: { name: "a", finalizers: ["example.com/x"] } }) });
    const version = await versionOf(api);
    await send(`DELETE ${secrets}/a`);
    const released = await patch(`${secrets}/a`, { metadata: { finalizers: null } });

    const events = await watch(`${secrets}?watch=true&resourceVersion=${version}`, until(2));

    assert.deepEqual(shown(events), ["MODIFIED a", "DELETED a"]);
    assert.deepEqual(events[1]?.object["metadata"]?.["finalizers"], ["example.com/x"]);
    assert.equal(released.body["metadata"]?.["finalizers"], undefined);
    const versions = events.map(({ object }) => object["metadata"]?.["resourceVersion"]);
    assert.equal(released.body["metadata"]?.["resourceVersion"], versions[0]);
    assert.notEqual(versions[0], versions[1]);
  });
});
