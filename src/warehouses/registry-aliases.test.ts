import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../errors.ts";
import { createRegistryAliases } from "./registry-aliases.ts";

const PAIRS = [
  "mirror.example.com=docker.io",
  "cache.example.com:5000=mirror.example.com",
  "ghcr.example.com=ghcr.io",
  "a.example.com=b.example.com",
  "b.example.com=a.example.com",
];

for (const [repoURL, expected] of [
  ["example/app", "example/app"],
  ["nginx", "nginx"],
  ["mirror.example.com/example/app", "example/app"],
  ["mirror.example.com/library/nginx", "nginx"],
  ["cache.example.com:5000/example/app", "example/app"],
  ["ghcr.example.com/example/app", "ghcr.io/example/app"],
  ["ghcr.io/example/app", "ghcr.io/example/app"],
  ["other.example.com/example/app", "other.example.com/example/app"],
] as const) {
  test(`${repoURL} is compared as ${expected}`, () => {
    assert.equal(createRegistryAliases(PAIRS)(repoURL), expected);
  });
}

test("aliases in a circle come to an end", () => {
  const canonical = createRegistryAliases(PAIRS);

  assert.match(canonical("a.example.com/x/y"), /^[ab]\.example\.com\/x\/y$/);
});

for (const pair of [
  "mirror.example.com",
  "a=b=c",
  "=docker.io",
  "https://a.example.com=docker.io",
  "docker.io=a.example.com",
  "a/b=c",
]) {
  test(`"${pair}" is refused with how to write it`, () => {
    assert.throws(() => createRegistryAliases([pair]), InputError);
  });
}
