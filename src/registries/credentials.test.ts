// docs/compatibility.md, section 9.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Secret } from "../resources/core.ts";
import { type Credential, createCredentialLookup } from "./credentials.ts";

interface Draft {
  readonly name: string;
  readonly namespace?: string;
  readonly kind?: string;
  readonly data: Readonly<Record<string, string>>;
}

function secret({ name, namespace = "shop", kind = "image", data }: Draft): Secret {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  const metadata = { name, namespace, labels: { "kargo.akuity.io/cred-type": kind } };
  return { apiVersion: "v1", kind: "Secret", metadata, data: Object.fromEntries(encoded) };
}

function login(name: string, repoURL: string, more: Partial<Draft> = {}): Secret {
  return secret({ name, ...more, data: { repoURL, username: name, password: `${name}-password`, ...more.data } });
}

function find(secrets: readonly Secret[], repoURL: string, kind: "image" | "helm" = "image") {
  const problems: string[] = [];
  const lookup = createCredentialLookup({
    secrets: () => secrets,
    sharedResourcesNamespace: "shared",
    onUnusable: (message) => problems.push(message),
  });
  return { credential: lookup({ namespace: "shop", kind, repoURL }), problems };
}

const PATTERN = { data: { repoURLIsRegex: "true" } };
const SHARED = { namespace: "shared" };

const LOOKUPS: readonly (readonly [
  name: string,
  secrets: readonly Secret[],
  repoURL: string,
  username: string | undefined,
])[] = [
  ["the Secret that names it", [login("a", "ghcr.io/team/app")], "ghcr.io/team/app", "a"],
  ["a name written otherwise", [login("a", "docker.io/library/nginx")], "nginx", "a"],
  ["no Secret of another repository", [login("a", "ghcr.io/team/other")], "ghcr.io/team/app", undefined],
  [
    "no Secret of another namespace",
    [login("a", "ghcr.io/team/app", { namespace: "other" })],
    "ghcr.io/team/app",
    undefined,
  ],
  ["no Secret of another kind", [login("a", "ghcr.io/team/app", { kind: "git" })], "ghcr.io/team/app", undefined],
  [
    "the first by name of several",
    [login("b", "ghcr.io/team/app"), login("a", "ghcr.io/team/app")],
    "ghcr.io/team/app",
    "a",
  ],
  ["a pattern that finds it", [login("a", "^ghcr\\.io/team/", PATTERN)], "ghcr.io/team/app", "a"],
  ["a pattern in the name as it was written", [login("a", "^docker\\.io/", PATTERN)], "docker.io/team/app", "a"],
  ["a name before a pattern", [login("a", "ghcr", PATTERN), login("b", "ghcr.io/team/app")], "ghcr.io/team/app", "b"],
  [
    "a pattern of the namespace before a shared name",
    [login("s", "ghcr.io/team/app", SHARED), login("p", "ghcr", PATTERN)],
    "ghcr.io/team/app",
    "p",
  ],
  ["a shared Secret", [login("s", "ghcr.io/team/app", SHARED)], "ghcr.io/team/app", "s"],
  ["no Secret without repoURL", [login("a", "", PATTERN), login("b", "")], "ghcr.io/team/app", undefined],
  ["no text taken for a pattern", [login("a", "ghcr")], "ghcr.io/team/app", undefined],
];

for (const [name, secrets, repoURL, username] of LOOKUPS) {
  test(`a repository gets ${name}`, () => {
    assert.equal(find(secrets, repoURL).credential?.username, username);
  });
}

test("a chart's repository is compared as charts are", () => {
  const { credential } = find([login("a", "ghcr.io/charts/app", { kind: "helm" })], "oci://GHCR.io/charts/app", "helm");

  assert.equal(credential?.username, "a");
});

test("no password goes to a URL of plain HTTP", () => {
  const secrets = [login("a", "http://charts.example.com", { kind: "helm" })];

  assert.equal(find(secrets, "http://charts.example.com", "helm").credential, undefined);
});

test("a Secret that matches but lacks a part means: ask anonymously, and the next one is not tried", () => {
  const incomplete = login("a", "ghcr.io/team/app", { data: { password: "" } });

  assert.equal(find([incomplete, login("b", "ghcr.io/team/app")], "ghcr.io/team/app").credential, undefined);
});

test("a pattern that does not compile is told about and passed over", () => {
  const { credential, problems } = find(
    [login("a", "(?=x)", PATTERN), login("b", "ghcr", PATTERN)],
    "ghcr.io/team/app",
  );

  assert.equal(credential?.username, "b");
  assert.match(problems.join(), /^Secret shop\/a: its key "repoURL" is no RE2 pattern/);
});

test("a password in the place of a pattern is never told, and each state of its Secret once", () => {
  const problems: string[] = [];
  const states = ["1", "1", "2"].map((resourceVersion) => {
    const misplaced = login("a", "dckr_pat_VALUE(", PATTERN);
    return { ...misplaced, metadata: { ...misplaced.metadata, resourceVersion } };
  });
  let state = states[0];
  const lookup = createCredentialLookup({
    secrets: () => (state ? [state] : []),
    sharedResourcesNamespace: "",
    onUnusable: (message) => problems.push(message),
  });

  for (state of states) lookup({ namespace: "shop", kind: "image", repoURL: "ghcr.io/team/app" });

  assert.equal(problems.length, 2);
  assert.doesNotMatch(problems.join(), /VALUE/);
});

test("the password is there when it is needed, and never printed", () => {
  const credential = find([login("a", "ghcr.io/team/app")], "ghcr.io/team/app").credential as Credential;

  assert.equal(JSON.stringify(credential), '{"username":"a","password":"***"}');
  assert.equal(credential.password.reveal(), "a-password");
});
