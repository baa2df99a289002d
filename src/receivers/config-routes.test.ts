import assert from "node:assert/strict";
import { test } from "node:test";
import type { KnownSecret } from "../kube/referred-secrets.ts";
import type { Config } from "../resources/config.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../resources/project-config.ts";
import { receiverHash, receiverURL } from "../resources/receiver-url.ts";
import { apiVersionOf } from "../resources/resource.ts";
import type { WebhookReceiverConfig } from "../resources/webhook-receiver.ts";
import { pathHashOf, routesOf, secretKeysOf } from "./config-routes.ts";

const PUBLISHED = "/webhooks/dockerhub/published";
const FORMER = "/dockerhub/former";
const DOCKERHUB: WebhookReceiverConfig = { name: "r", dockerhub: { secretRef: { name: "s" } } };

interface Given {
  readonly receivers?: readonly WebhookReceiverConfig[];
  readonly paths?: readonly string[];
  readonly metadata?: ProjectConfig["metadata"];
}

function configOf({ receivers = [DOCKERHUB], paths = [PUBLISHED], metadata }: Given): Config {
  return {
    apiVersion: apiVersionOf(PROJECT_CONFIGS),
    kind: PROJECT_CONFIGS.kind,
    metadata: metadata ?? { namespace: "demo", name: "demo" },
    spec: { webhookReceivers: [...receivers] },
    status: { webhookReceivers: paths.map((path) => ({ name: "r", path, url: `https://hooks${path}` })) },
  };
}

function secretOf(data: Readonly<Record<string, string>>): KnownSecret {
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
  return { kind: "found", secret: { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: encoded } };
}

function derived(secret: string, project = "demo"): string {
  return `/dockerhub/${receiverHash({ project, name: "r", secret: Buffer.from(secret) })}`;
}

/** Which of `paths` lead to a receiver. */
function routed(config: Config, known: KnownSecret, paths: readonly string[]) {
  const former = [{ pathHash: pathHashOf(FORMER), project: "demo", receiver: "r", sender: "dockerhub" }];
  const secretNamespace = config.metadata.namespace ?? "system";
  const { routes } = routesOf(config, { secretNamespace, readSecret: () => known, former });
  const hashes = new Set(routes.map(({ pathHash }) => pathHash));
  return paths.filter((path) => hashes.has(pathHashOf(path)));
}

const KNOWN_PATHS = [PUBLISHED, derived("new"), FORMER, derived("")];

for (const [what, known, reached] of [
  ["is found", secretOf({ secret: "new" }), [PUBLISHED, derived("new")]],
  ["is missing", { kind: "missing" }, []],
  ["lacks the key", secretOf({ other: "new" }), []],
  ["is empty", secretOf({ secret: "" }), []],
  ["was not read yet", { kind: "unread" }, [PUBLISHED, FORMER]],
  ["may not be read", { kind: "unreadable" }, [PUBLISHED]],
] as const) {
  test(`paths lead to a receiver whose Secret ${what}: ${reached.length}`, () => {
    assert.deepEqual(routed(configOf({}), known, KNOWN_PATHS), reached);
  });
}

test("a path that an empty secret makes is never a route, though a controller published it", () => {
  const config = configOf({ paths: [`/webhooks${derived("")}`] });

  const reached = [{ kind: "unread" }, { kind: "unreadable" }, secretOf({ secret: "new" })] as const;

  for (const known of reached) assert.deepEqual(routed(config, known, [derived("")]), []);
});

test("a derived path is the one that is published", () => {
  const identity = { project: "demo", name: "r", sender: "dockerhub", secret: Buffer.from("new") };
  const { path } = receiverURL("https://hooks.example.com/webhooks", identity);

  assert.deepEqual(routed(configOf({}), secretOf({ secret: "new" }), [path]), [path]);
});

for (const [what, config] of [
  ["of another type", configOf({ receivers: [{ name: "r", github: { secretRef: { name: "s" } } }] })],
  [
    "whose name one of another type had first",
    configOf({
      receivers: [{ name: "r", github: { secretRef: { name: "s" } } }, DOCKERHUB],
    }),
  ],
] as const) {
  test(`a receiver ${what} is left alone, and its Secret with it`, () => {
    assert.deepEqual(routed(config, secretOf({ secret: "new" }), KNOWN_PATHS), []);
    assert.deepEqual(secretKeysOf(config, "demo"), []);
  });
}

test("a ProjectConfig that is not named like its namespace makes no path and reads no Secret", () => {
  const config = configOf({ metadata: { namespace: "demo", name: "another" }, paths: [] });

  assert.deepEqual(routed(config, secretOf({ secret: "new" }), KNOWN_PATHS), []);
  assert.deepEqual(secretKeysOf(config, "demo"), []);
});

test("the ClusterConfig's Secrets are in the system's namespace, and no project is part of its paths", () => {
  const config = configOf({ metadata: { name: "cluster" } });

  assert.deepEqual(secretKeysOf(config, "system"), ["system/s"]);
  assert.deepEqual(secretKeysOf(config, ""), []);
  assert.deepEqual(routed(config, secretOf({ secret: "new" }), [derived("new", ""), derived("new")]), [
    derived("new", ""),
  ]);
});

for (const name of ["", "..", ".", "a/b"]) {
  test(`a Secret named "${name}" cannot be, and is not asked for`, () => {
    const config = configOf({ receivers: [{ name: "r", dockerhub: { secretRef: { name } } }] });

    assert.deepEqual(secretKeysOf(config, "demo"), []);
    assert.deepEqual(routed(config, { kind: "unread" }, KNOWN_PATHS), []);
  });
}
