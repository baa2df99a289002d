// Normal forms, row by row: docs/compatibility.md, section 4.3.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normalizeChart } from "./chart.ts";
import { normalizeGit } from "./git.ts";
import { isPlainHttpHost, normalizeImage, parseImageReference } from "./image.ts";

const HEX = "a".repeat(64);
const SAME = Symbol("unchanged");

const IMAGES: readonly (readonly [string, string | typeof SAME])[] = [
  ["nginx", "nginx"],
  ["library/nginx", "nginx"],
  ["docker.io/nginx", "nginx"],
  ["docker.io/library/nginx", "nginx"],
  ["index.docker.io/library/nginx", "nginx"],
  ["registry-1.docker.io/nginx", "nginx"],
  ["registry-1.docker.io/example/repo", "example/repo"],
  ["Example/Repo", "example/repo"],
  ["  example/repo  ", "example/repo"],
  ["\uFEFFexample/repo", "example/repo"],
  ["exa\u200Bmple/repo", "example/repo"],
  ["example/repo:v1", "example/repo"],
  ["example/repo:", SAME],
  [`example/repo@sha256:${HEX}`, "example/repo"],
  [`example/repo:v1@sha256:${HEX}`, "example/repo"],
  ["example/repo@sha256:abcd", SAME],
  ["library/foo/bar", "foo/bar"],
  ["docker.io/library/foo/bar", "foo/bar"],
  ["localhost/foo", "localhost/foo"],
  ["localhost:5000/foo", "localhost:5000/foo"],
  ["localhost:5000/foo:v1", "localhost:5000/foo"],
  ["localhost:5000", "localhost"],
  ["my-registry/team/app", "my-registry/team/app"],
  ["my-registry:5000/team/app", SAME],
  ["127.0.0.1:5000/team/app", SAME],
  ["ghcr.io/Example/Repo", "ghcr.io/example/repo"],
  ["ghcr.io/example/repo/", SAME],
  ["ghcr.io/foo/bar:Tag.With-UPPER", "ghcr.io/foo/bar"],
  ["example/repo:v1.0.0+meta", SAME],
  ["hub.docker.com/example/repo", SAME],
  ["registry.hub.docker.com/library/nginx", SAME],
  ["https://docker.io/example/repo", SAME],
  ["http://localhost:5000/foo", SAME],
  ["https://Docker.io/Example/Repo:V1", "https://docker.io/example/repo"],
  ["OCI://Example/Repo", "oci://example/repo"],
  ["HTTP://Foo", "http://foo"],
  ["GHCR.io/Example/Repo/", "ghcr.io/example/repo/"],
  ["https://X/Y?Z=1", SAME],
  ["foo+bar/x", SAME],
  [`${"a".repeat(250)}@sha256:${HEX}`, SAME],
  [`a/b@sha256:${HEX}@sha256:${HEX}`, SAME],
  ["EXAMPLE.\u0130o/Repo", "example.io/repo"],
  ["docker.io/x", SAME],
  ["EXAMPLE.COM:80/x", SAME],
  ["Invalid URL", SAME],
  ["foo@bar", SAME],
  ["foo+bar/x", SAME],
  ["", SAME],
  [" ", SAME],
];

const CHARTS: readonly (readonly [string, string | typeof SAME])[] = [
  ["oci://docker.io/example/repo", "example/repo"],
  ["docker.io/example/repo", "example/repo"],
  ["oci://registry-1.docker.io/example/repo", "example/repo"],
  ["oci://docker.io/Example/repo:1.0.0", "example/repo"],
  ["OCI://Registry-1.docker.io/BitnamiCharts/Nginx", "bitnamicharts/nginx"],
  ["docker.io/library/nginx", "nginx"],
  ["oci://ghcr.io/example/charts/app", "ghcr.io/example/charts/app"],
  ["oci://ghcr.io/example/charts/app/", "ghcr.io/example/charts/app/"],
  ["oci://localhost:5000/charts/app", "localhost:5000/charts/app"],
  ["https://Example.com/Charts", "https://example.com/charts"],
  ["https://example.com/charts/", SAME],
  ["https://example.com:8443", "https://example.com"],
  ["https://example.com:8443/", SAME],
  ["https://example.com:8443/charts", SAME],
  ["https://user:pass@example.com/charts", SAME],
  ["https://example.com/charts?x=y", SAME],
  ["https://example.com/~me/charts", SAME],
  ["Https://Exa mple.com/charts", SAME],
  ["Https://Example.com:x/charts", SAME],
  ["Https://Example.com/a?b=%zz", "https://example.com/a?b=%zz"],
  ["Https://Example.com/%zz", SAME],
  ["Invalid URL", "invalid url"],
  ["oci://", ""],
  ["", SAME],
  ["127.0.0.1:5000/Team/App:v1", SAME],
  ["[::1]:5000/Team/App:v1", SAME],
  ["a_b:5000/Team/App", SAME],
  ["localhost:5000/Team/App:v1", "localhost:5000/team/app"],
  ["10.0.0.1/Team/App:v1", "10.0.0.1/team/app"],
];

const GITS: readonly (readonly [string, string | typeof SAME])[] = [
  ["https://github.com/Example/Repo.git", "https://github.com/example/repo"],
  ["https://github.com/example/repo.git/", "https://github.com/example/repo"],
  ["HTTPS://GitHub.com/Example/Repo", "https://github.com/example/repo"],
  ["https://user:pass@github.com/example/repo", "https://github.com/example/repo"],
  ["https://github.com/", "https://github.com"],
  ["https://localhost:8443/example/repo.git/", "https://localhost:8443/example/repo"],
  ["https://github.com/example/repo//", "https://github.com/example/repo/"],
  ["https://github.com/example/repo?x=1", SAME],
  ["https://not a url", SAME],
  ["Not A URL", SAME],
  ["github.com/example/repo", SAME],
  ["https://github.com/example/my%20repo", SAME],
  ["https://github.com/example/répo", "https://github.com/example/r%C3%A9po"],
  ["ssh://git@github.com:22/example/repo.git", "ssh://git@github.com:22/example/repo"],
  ["git@github.com:example/repo.git", "ssh://git@github.com/example/repo"],
  ["git@github.com:/example/repo.git", "ssh://git@github.com//example/repo"],
  ["github.com:example/repo", "ssh://github.com/example/repo"],
  ["git@github.com", "ssh://git@github.com"],
  ["git@ssh.dev.azure.com:v3/org/proj/repo", "ssh://git@ssh.dev.azure.com/v3/org/proj/repo"],
  ["https://github.com/a/b.git#f", "https://github.com/a/b#f"],
  ["https://foo:bar@github.com", "https://github.com"],
  ["https://github.com/example/repo#frag", SAME],
  ["https://github.com/example/repo?", SAME],
  ["https://github.com/A%2Fb.git", "https://github.com/a/b"],
  ["https://[::1]:8443/a.git", "https://[::1]:8443/a"],
  ["https://a:1:2/b", SAME],
  ["example", "ssh://example"],
  ["localhost:5000/foo", "ssh://localhost/5000/foo"],
  ["git@github.com:a/b c.git", "ssh://git@github.com/a/b%20c"],
  ["git@h:a.git?x=1", "ssh://git@h/a?x=1"],
  ["git@h:a:b", "ssh://git@h"],
  ["git@h:1:b/c", SAME],
  ["", SAME],
];

for (const [kind, normalize, table] of [
  ["image", normalizeImage, IMAGES],
  ["chart", normalizeChart, CHARTS],
  ["git", normalizeGit, GITS],
] as const) {
  test(`${kind} names have one canonical form`, () => {
    for (const [input, expected] of table) {
      assert.equal(normalize(input), expected === SAME ? input : expected, JSON.stringify(input));
    }
  });
}

test("an official image is asked for under library/ at Docker Hub", () => {
  const reference = parseImageReference("nginx");

  assert.deepEqual(reference, { registry: "index.docker.io", repository: "library/nginx" });
});

test("plain http is for loopback alone", () => {
  const plain = ["localhost:5000", "127.0.0.1", "127.9.0.1:80", "[::1]:5000", "a.localhost"];
  const secure = ["ghcr.io", "10.0.0.1:5000", "127.0.0.1.example.com"];

  assert.deepEqual([plain.every(isPlainHttpHost), secure.some(isPlainHttpHost)], [true, false]);
});

/** Without what a git name must escape: its lower-cased escapes are written in capitals, and lower-cased again. */
const component = fc.constantFrom("app", "team", "My-App", "a_b", "x.y");
const path = fc.array(component, { minLength: 1, maxLength: 3 }).map((components) => components.join("/"));
const names = fc
  .tuple(
    fc.constantFrom("", "ghcr.io/", "docker.io/", "https://h.io/", "oci://h.io/", "git@h.io:", "ssh://u@h.io/"),
    path,
  )
  .map((parts) => parts.join(""));

test("a canonical form is its own canonical form", () => {
  fc.assert(
    fc.property(names, (name) => {
      for (const normalize of [normalizeImage, normalizeChart, normalizeGit]) {
        assert.equal(normalize(normalize(name)), normalize(name));
      }
    }),
  );
});
