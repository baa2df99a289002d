// How Go decodes a webhook's JSON: docs/compatibility.md, section 4.1, row by row.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../errors.ts";
import { decodeJSON } from "./json.ts";

const SHAPE = { push_data: { tag: "string", media_type: "string" }, repository: { repo_name: "string" } } as const;

function tagIn(body: string | Uint8Array): string {
  return decodeJSON(Buffer.from(body as string), SHAPE).push_data.tag;
}

function nested(depth: number): string {
  return `{"x":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
}

const TAGS: readonly (readonly [body: string, tag: string])[] = [
  ["null", ""],
  ["{}", ""],
  ['{"push_data":null}', ""],
  ['{"push_data":{"tag":null}}', ""],
  [' \t\r\n{ "push_data" : { "tag" : "v1" } } \n', "v1"],
  ['{"PUSH_DATA":{"TAG":"v1"}}', "v1"],
  ['{"pu\u017fh_data":{"tag":"v1"}}', "v1"],
  ['{"pu\\u017fh_data":{"t\\u0061g":"v1"}}', "v1"],
  ['{"push_data":{"tag":"v1"},"PUSH_DATA":{"media_type":"m"}}', "v1"],
  ['{"push_data":{"tag":"v1","Tag":"v2"}}', "v2"],
  ['{"push_data":{"tag":"zzz","tag":null}}', "zzz"],
  ['{"push_data":{"tag":"v1"},"push_data":null}', "v1"],
  ['{"push_data":{"tag":"\\ud83d"}}', "\ufffd"],
  ['{"push_data":{"tag":"\\ud83dx\\ude00"}}', "\ufffdx\ufffd"],
  ['{"push_data":{"tag":"\\ud83d\\ude00"}}', "😀"],
  ['{"push_data":{"tag":"\\ud83d\\u0041"}}', "\ufffdA"],
  ['{"push_data":{"tag":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"}}', '"\\/\b\f\n\r\té'],
  ['{"x":[1,-0.5e+3,1e999,true,{"tag":"no"}],"push_data":{"x":{"tag":"no"},"tag":"v1"}}', "v1"],
  ['{"__proto__":{"tag":"no"},"constructor":1,"push_data":{"tag":"v1"}}', "v1"],
  [nested(10_000), ""],
];

const REFUSED: readonly string[] = [
  ...[
    "",
    " ",
    "{",
    '{"push_data":{"tag":"v1"}',
    '{"push_data":{"tag":"v1"},}',
    "{} x",
    "{}{}",
    "{}\0",
    "\ufeff{}",
    "\f{}",
  ],
  ...[
    "[]",
    '"x"',
    "1",
    "true",
    '{"push_data":[]}',
    '{"push_data":"x"}',
    '{"push_data":{"tag":1}}',
    '{"repository":[]}',
  ],
  ...[
    '{"push_data":{"tag":{}}}',
    '{"push_data":{"tag":true}}',
    '{"x":01}',
    '{"x":1.}',
    '{"x":.5}',
    '{"x":+1}',
    '{"x":-}',
  ],
  ...['{"x":"\n"}', '{"x":"\\x41"}', '{"x":"\\u12g4"}', '{"x":"\\u12"}', '{"x":nul}', '{"x":True}', "{x:1}", '{"x" 1}'],
  ...['{"x":[1,]}', '{"x":[1 2]}', '{"x":1,,"y":2}', '{"x":[1}', nested(10_001), "[".repeat(10_001)],
];

test("a webhook is read as Go reads it", () => {
  for (const [body, tag] of TAGS) assert.equal(tagIn(body), tag, body.slice(0, 80));
});

const LISTS: readonly (readonly [body: string, tags: readonly string[]])[] = [
  ["{}", []],
  ['{"tags":null}', []],
  ['{"tags":[]}', []],
  ['{"tags":[ "a" , "b" ]}', ["a", "b"]],
  ['{"TAGS":["a",null,""]}', ["a", "", ""]],
  ['{"tags":["a","b"],"tags":["c"]}', ["c"]],
  ['{"tags":["a","b"],"tags":[]}', []],
  ['{"tags":["a"],"tags":null}', []],
  ['{"tags":["a"],"tags":[]}', []],
];

test("a list of strings is read as Go reads it", () => {
  for (const [body, tags] of LISTS)
    assert.deepEqual(decodeJSON(Buffer.from(body), { tags: "strings" }), { tags }, body);
});

test("what is no list of strings is refused, with its place", () => {
  for (const body of [
    '{"tags":"a"}',
    '{"tags":{}}',
    '{"tags":1}',
    '{"tags":["a"',
    '{"tags":["a",]}',
    '{"tags":[["a"]]}',
  ])
    assert.throws(() => decodeJSON(Buffer.from(body), { tags: "strings" }), InputError, body);

  assert.throws(() => decodeJSON(Buffer.from('{"tags":["a",1]}'), { tags: "strings" }), {
    message: "not the JSON that was expected: a string for the body.tags[1] must stand at byte 13",
  });
});

test("what Go refuses is refused", () => {
  for (const body of REFUSED) assert.throws(() => tagIn(body), InputError, body.slice(0, 80));
});

test("each byte that is no UTF-8 becomes one replacement character", () => {
  const body = Buffer.concat([
    Buffer.from('{"push_data":{"tag":"a'),
    Buffer.from([0xe2, 0x82, 0xff]),
    Buffer.from('é"}}'),
  ]);

  const tag = tagIn(body);

  assert.equal(tag, "a\ufffd\ufffd\ufffdé");
});

test("an error names the place and what must stand there", () => {
  assert.throws(() => tagIn('{"push_data":{"tag":1}}'), {
    message: "not the JSON that was expected: a string for push_data.tag must stand at byte 20",
  });
});
