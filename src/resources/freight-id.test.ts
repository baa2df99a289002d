// Names that Kargo gave: docs/compatibility.md, section 1.9.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { cleanPath, freightID } from "./freight-id.ts";

type Content = Omit<Parameters<typeof freightID>[0], "origin">;

const ORIGIN = { kind: "Warehouse", name: "my-warehouse" };
const digest = `sha256:${"a".repeat(64)}`;
const id = "c".repeat(40);
const nginx = { repoURL: "nginx", tag: "1.27.0", digest };

describe("the ID of Freight with", () => {
  const rows: readonly (readonly [name: string, Content, id: string, origin?: typeof ORIGIN])[] = [
    ["an image", { images: [nginx] }, "0ab1df4b55515a48b139fcbfa44a23fe9f1e4cb7"],
    [
      "an image by another name of its repository",
      { images: [{ ...nginx, repoURL: "docker.io/library/nginx" }] },
      "e48734c2e4f6c8887f50000d117d5e41e9a6fcb8",
    ],
    [
      "an image of a named subscription",
      { images: [{ ...nginx, subscriptionName: "frontend" }] },
      "0a74d9ec9981d4325a7d3ca337b27c315edf62b3",
    ],
    [
      "a chart of an http repository",
      { charts: [{ repoURL: "https://charts.example.com", name: "my-chart", version: "1.2.3" }] },
      "f6874237e8a558460ca07e5699caa5d850ffcc1a",
    ],
    [
      "an OCI chart",
      { charts: [{ repoURL: "oci://ghcr.io/example/charts/app", version: "1.2.3+build.1" }] },
      "be08f0c6af0e0d332c17b639d146ad7676d96b20",
    ],
    [
      "an OCI chart of Docker Hub",
      { charts: [{ repoURL: "oci://docker.io/example/repo", version: "1.2.3" }] },
      "9825fce8138860305c2f859d4631508188494166",
    ],
    [
      "a commit",
      { commits: [{ repoURL: "https://github.com/Example/Repo.git", id }] },
      "78ca538bb23d380f2f6d63857c47080119e5f0f9",
    ],
    [
      "a commit and its tag",
      { commits: [{ repoURL: "https://github.com/example/repo.git", tag: "v1.0.0", id }] },
      "ecbb6b92b3a75d5afba5b25745172d32b0d00490",
    ],
    [
      "a commit, an image and a chart",
      {
        commits: [{ repoURL: "https://github.com/example/repo.git", tag: "v1.0.0", id, subscriptionName: "src" }],
        images: [{ repoURL: "public.ecr.aws/nginx/nginx", tag: "1.26.2", digest }],
        charts: [{ repoURL: "https://charts.example.com/", name: "my-chart", version: "1.2.3" }],
      },
      "8e58adc4937fd9dc9d518b2716a326e219381e48",
    ],
    [
      "an artifact of another type",
      { artifacts: [{ artifactType: "application/json", subscriptionName: "my-sub", version: "v1" }] },
      "0a58224359234296b12bc64653523d814061953b",
    ],
    ["an image and no origin", { images: [nginx] }, "3f7e49d126fcbaf98f67ffbe50c90636f25752e4", { kind: "", name: "" }],
  ];

  for (const [name, content, expected, origin = ORIGIN] of rows) {
    test(name, () => {
      assert.equal(freightID({ origin, ...content }), expected);
    });
  }
});

test("the order of artifacts, and what describes them only, leave the ID as it is", () => {
  const images = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 5 });

  fc.assert(
    fc.property(images, (repoURLs) => {
      const plain = repoURLs.map((repoURL) => ({ ...nginx, repoURL }));
      const described = plain.toReversed().map((image) => ({ ...image, annotations: { a: "b" } }));

      assert.equal(freightID({ origin: ORIGIN, images: described }), freightID({ origin: ORIGIN, images: plain }));
    }),
  );
});

describe("a cleaned path", () => {
  const rows: readonly (readonly [elements: readonly string[], expected: string])[] = [
    [["https://charts.example.com/", "my-chart"], "https:/charts.example.com/my-chart"],
    [["ghcr.io/a/", ""], "ghcr.io/a"],
    [["a/./b/../c", "d"], "a/c/d"],
    [["/"], "/"],
    [["", ""], ""],
  ];

  for (const [elements, expected] of rows) {
    test(`of ${elements.join(" and ")} is ${expected || "empty"}`, () => {
      assert.equal(cleanPath(...elements), expected);
    });
  }
});
