import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProjectConfig } from "../resources/project-config.ts";
import { ReceiverPaths } from "./receiver-paths.ts";

const config = (...paths: readonly string[]) =>
  ({ status: { webhookReceivers: paths.map((path) => ({ path })) } }) as unknown as ProjectConfig;

test("of several configs with one path none is reached but the ClusterConfig; of two, the project's", () => {
  const paths = new ReceiverPaths();
  paths.update("cluster", config("/x"));
  paths.update("a/a", config("/x"));
  const two = [paths.isReached("a/a", "/x"), paths.isReached("cluster", "/x")];

  paths.update("b/b", config("/x"));

  const three = ["a/a", "b/b", "cluster"].map((key) => paths.isReached(key, "/x"));
  assert.deepEqual(two, [true, false]);
  assert.deepEqual(three, [false, false, true]);
});

test("a change tells the configs that have something else to say, and none besides", () => {
  const paths = new ReceiverPaths();
  paths.update("a/a", config("/x", "/y"));
  paths.update("b/b", config("/z"));

  const told = [
    paths.update("c/c", config("/x", "/own")),
    paths.update("c/c", config("/x", "/own")),
    paths.update("c/c", config("/own")),
    paths.update("c/c", undefined),
  ];

  assert.deepEqual(told, [["a/a"], [], ["a/a"], []]);
});
