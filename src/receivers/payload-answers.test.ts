// The rows of docs/compatibility.md, section 4.1, as answers on a real socket. How bytes are decoded is proved
// beside `json.ts`; here it is what the sender sees. The example with every field is the one
// of https://docs.docker.com/docker-hub/repos/manage/webhooks/.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { rawRequest } from "../../test/support/raw-http.ts";
import { createWarehouse, image, PATH, type Receiving, startReceiving } from "../../test/support/receiving.ts";
import { SYSTEM_CLOCK } from "../app/system.ts";
import { type Listener, startListener } from "../server/listener.ts";

const FIXTURE = join(import.meta.dirname, "fixtures/dockerhub.json");

let receiving: Receiving;
let listener: Listener;

before(async () => {
  receiving = await startReceiving();
  await createWarehouse(receiving.kube, "w", image("example/app", { constraint: "^1.0.0" }));
  const onError = (error: unknown) => assert.fail(String(error));
  listener = await startListener({
    handler: receiving.receiver,
    host: "127.0.0.1",
    port: 0,
    clock: SYSTEM_CLOCK,
    onError,
  });
});

after(async () => {
  await listener.close(0);
  receiving.dispose();
});

async function answerTo(body: Uint8Array): Promise<string> {
  const head = `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.byteLength}\r\n\r\n`;
  const { status, body: text } = await rawRequest(listener.port, Buffer.concat([Buffer.from(head), body]));
  return `${status} ${text.trim()}`;
}

const INVALID = '400 {"error":"invalid request body"}';
const NONE = '200 {"msg":"refreshed 0 warehouse(s)"}';
const ONE = '200 {"msg":"refreshed 1 warehouse(s)"}';
const REPOSITORY = '"repository":{"repo_name":"example/app"}';
const nested = (depth: number) => `{"x":${"[".repeat(depth)}${"]".repeat(depth)}}`;

const ROWS: readonly (readonly [name: string, body: string | Uint8Array, expected: string])[] = [
  ["a push", `{"push_data":{"tag":"1.0.0"},${REPOSITORY}}`, ONE],
  ["a tag nobody wants", `{"push_data":{"tag":"2.0.0"},${REPOSITORY}}`, NONE],
  ["nothing", "", INVALID],
  ["a truncated body", `{"push_data":{"tag":"1.0.0"`, INVALID],
  ["a trailing comma", `{${REPOSITORY},}`, INVALID],
  ["text after the value", `{${REPOSITORY}} x`, INVALID],
  ["NUL after the value", `{${REPOSITORY}}\u0000`, INVALID],
  ["a byte order mark", `\ufeff{${REPOSITORY}}`, INVALID],
  ["a list", "[]", INVALID],
  ["a string", '"x"', INVALID],
  ["a number", "1", INVALID],
  ["a form feed as white space", `\f{${REPOSITORY}}`, INVALID],
  ["a control character in a string", `{"x":"\u0001",${REPOSITORY}}`, INVALID],
  ["a number with a leading zero", `{"x":01,${REPOSITORY}}`, INVALID],
  ["null", "null", NONE],
  ["an empty object", "{}", NONE],
  ["null for push_data", '{"push_data":null}', NONE],
  ["a number for the tag", `{"push_data":{"tag":1},${REPOSITORY}}`, INVALID],
  ["a string for the repository", '{"repository":"x"}', INVALID],
  ["a list for the repository", '{"repository":[]}', INVALID],
  ["null for the tag", `{"push_data":{"tag":null},${REPOSITORY}}`, ONE],
  ["no tag", `{${REPOSITORY}}`, ONE],
  ["keys in other letter case", '{"PUSH_DATA":{"Tag":"1.0.0"},"Repository":{"Repo_Name":"example/app"}}', ONE],
  ["a key that folds to ASCII", `{"pu\u017fh_data":{"tag":"2.0.0"},${REPOSITORY}}`, NONE],
  ["duplicate keys, the later scalar wins", `{"push_data":{"tag":"2.0.0","TAG":"1.0.0"},${REPOSITORY}}`, ONE],
  ["duplicate objects merge", `{"push_data":{"tag":"2.0.0"},"push_data":{"media_type":""},${REPOSITORY}}`, NONE],
  ["a later null does not overwrite", `{"push_data":{"tag":"2.0.0","tag":null},${REPOSITORY}}`, NONE],
  ["white space around", ` \t\r\n{${REPOSITORY}} \n`, ONE],
  ["a huge number in an ignored field", `{"x":1e999,${REPOSITORY}}`, ONE],
  ["a depth of 10,000", nested(9_999), NONE],
  ["a depth of 10,001", nested(10_000), INVALID],
  [
    "bytes that are no UTF-8",
    Buffer.concat([Buffer.from(`{"x":"`), Buffer.from([0xff]), Buffer.from(`",${REPOSITORY}}`)]),
    ONE,
  ],
  ["a lone surrogate", `{"push_data":{"tag":"1.0.0\\ud800"},${REPOSITORY}}`, NONE],
  [
    "an image's media type",
    `{"push_data":{"tag":"1.0.0","media_type":"application/vnd.oci.image.index.v1+json"},${REPOSITORY}}`,
    ONE,
  ],
  [
    "a chart's media type",
    `{"push_data":{"tag":"1.0.0","media_type":"application/vnd.cncf.helm.config.v1+json"},${REPOSITORY}}`,
    ONE,
  ],
  ["a published example with every field", readFileSync(FIXTURE), ONE],
];

for (const [name, body, expected] of ROWS) {
  test(`the answer to ${name} is ${expected}`, async () => {
    const answer = await answerTo(Buffer.from(body));

    assert.equal(answer, expected);
  });
}
