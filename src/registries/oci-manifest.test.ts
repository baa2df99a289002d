import assert from "node:assert/strict";
import { test } from "node:test";
import { hasDigest, isDigest, sha256Of } from "./digest.ts";
import { decodeImageConfig, decodeManifest, manifestKind } from "./oci-manifest.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const DOCKER = "application/vnd.docker.distribution.manifest";

const KINDS: readonly (readonly [contentType: string, kind: string])[] = [
  ["application/vnd.oci.image.index.v1+json", "index"],
  ["application/vnd.oci.image.manifest.v1+json", "image"],
  [`${DOCKER}.list.v2+json`, "index"],
  [`${DOCKER}.v2+json; charset=utf-8`, "image"],
];

for (const [contentType, kind] of KINDS) {
  test(`${contentType} is an ${kind}`, () => {
    assert.equal(manifestKind(contentType), kind);
  });
}

for (const contentType of [
  "",
  "application/json",
  `${DOCKER}.v1+prettyjws`,
  "application/vnd.oci.image.manifest.v2+json",
]) {
  test(`"${contentType}" is an unknown artifact type`, () => {
    assert.throws(() => manifestKind(contentType), { message: `unknown artifact type: ${contentType}` });
  });
}

const REFUSED: readonly (readonly [name: string, content: unknown, message: RegExp])[] = [
  ["a list", [], /the manifest is not an object/],
  ["null", null, /the manifest is not an object/],
  ["no config", {}, /a descriptor is not an object/],
  ["no digest", { config: {} }, /a descriptor has no digest/],
  ["a list and layers", { manifests: [], layers: [] }, /an image and an index at once/],
  [
    "a label of the other kind",
    { mediaType: `${DOCKER}.list.v2+json`, config: { digest: DIGEST } },
    /an image and an index at once/,
  ],
  ["a list that is none", { manifests: {} }, /manifests is not a list/],
  ["an entry that is none", { manifests: [null] }, /a descriptor is not an object/],
];

for (const [name, content, message] of REFUSED) {
  test(`a manifest with ${name} is refused`, () => {
    assert.throws(() => decodeManifest(content, DIGEST), { name: "RegistryError", message });
  });
}

test("annotations and labels that are not text are passed over", () => {
  const manifest = decodeManifest({ config: { digest: DIGEST }, annotations: { a: "1", b: 2, c: null } }, DIGEST);
  const config = decodeImageConfig({ created: 5, config: { Labels: { a: "1", b: [] } } });
  const empty = decodeImageConfig({ config: { Labels: null } });

  assert.deepEqual(manifest.annotations, { a: "1" });
  assert.deepEqual([config, empty], [{ labels: { a: "1" } }, { labels: {} }]);
});

test("sha256 and sha512 are checked, other algorithms and forms are no digests", () => {
  const bytes = Buffer.from("hello");
  const sha512 =
    "sha512:9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043";

  const checked = [sha256Of(bytes), sha512, DIGEST].map((digest) => hasDigest(bytes, digest));
  const forms = ["md5:5d41402abc4b2a76b9719d911017c592", "sha256:../x", DIGEST.toUpperCase(), ""].map(isDigest);

  assert.deepEqual(
    [checked, forms],
    [
      [true, true, false],
      [false, false, false, false],
    ],
  );
});
