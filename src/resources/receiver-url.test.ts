// URLs that Kargo made: docs/compatibility.md, section 2.1.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { receiverURL } from "./receiver-url.ts";

const RECEIVER = { project: "kargo-demo", name: "dh-wh-receiver", sender: "dockerhub", secret: Buffer.from("s3cr3t") };
const HASH = "ea5329aefaef5468d50b210cbfa36415c92b5234dc6999daaf90f615f386d901";

describe("the hash of", () => {
  const rows: readonly (readonly [name: string, change: Partial<typeof RECEIVER>, hash: string])[] = [
    ["a ProjectConfig's receiver", {}, HASH],
    [
      "a secret that ends with a newline",
      { secret: Buffer.from("s3cr3t\n") },
      "e36754ff86ec101b1652e9fe62125cd6d6367d6660a66f36708cd454ec98d151",
    ],
    [
      "an empty secret",
      { secret: Buffer.alloc(0) },
      "228f333fac0f8fff21f29751796efcd5678173f48bac9d549c6097ff2311ee00",
    ],
    ["a ClusterConfig's receiver", { project: "" }, "bdb3be972b597137c76479974d3ae09298dfdcb4032ba75d52767fa1effecd48"],
    ["the same receiver of another type", { sender: "quay" }, HASH],
  ];

  for (const [name, change, hash] of rows) {
    test(name, () => {
      const { path } = receiverURL("http://localhost", { ...RECEIVER, ...change });

      assert.equal(path.split("/").at(-1), hash);
    });
  }
});

describe("under the base URL", () => {
  const rows: readonly (readonly [base: string, path: string, url: string])[] = [
    ["http://webhooks.example.com", "", "http://webhooks.example.com/PATH"],
    ["http://webhooks.example.com/", "", "http://webhooks.example.com/PATH"],
    ["https://kargo.example.com/webhooks", "/webhooks", "https://kargo.example.com/webhooks/PATH"],
    ["https://kargo.example.com/webhooks/", "/webhooks", "https://kargo.example.com/webhooks/PATH"],
    ["https://kargo.example.com//a/./b/../c", "/a/c", "https://kargo.example.com/a/c/PATH"],
    ["http://localhost:30083", "", "http://localhost:30083/PATH"],
    ["https://kargo.example.com/x?y=1#z", "/x", "https://kargo.example.com/x/PATH?y=1#z"],
    ["HTTPS://Kargo.Example.com:443/x", "/x", "https://Kargo.Example.com:443/x/PATH"],
    ["https://me:word@kargo.example.com", "", "https://me:word@kargo.example.com/PATH"],
  ];

  for (const [base, path, url] of rows) {
    test(`${base} a receiver is at ${path}/dockerhub/…`, () => {
      const receiver = receiverURL(base, RECEIVER);

      const own = `dockerhub/${HASH}`;
      assert.deepEqual(receiver, { path: `${path}/${own}`, url: url.replace("PATH", own) });
    });
  }

  for (const base of ["", "kargo.example.com/webhooks", "://bad", "https://%zz", "mailto:a@b"]) {
    test(`"${base}" there is no receiver`, () => {
      assert.throws(() => receiverURL(base, RECEIVER), /not absolute/);
    });
  }
});

test("the URL's path is the receiver's", () => {
  const segments = fc.array(fc.stringMatching(/^[a-z0-9_-]{1,8}$/), { maxLength: 4 });

  fc.assert(
    fc.property(segments, fc.string(), fc.uint8Array(), (base, name, secret) => {
      const { path, url } = receiverURL(`https://h/${base.join("/")}`, { ...RECEIVER, name, secret });

      assert.equal(new URL(url).pathname, path);
      assert.match(path, /^(\/[a-z0-9_-]+)*\/dockerhub\/[0-9a-f]{64}$/);
    }),
  );
});
