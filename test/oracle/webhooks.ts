// The webhooks of Docker Hub and Quay against encoding/json.
import fc from "fast-check";
import { decodeJSON } from "../../src/receivers/json.ts";
import { joined, maybe, mostly, type Subject, separated } from "./subject.ts";

const space = mostly(["", "", " ", "\n", "\t", "\r"], ["\f", "\u00a0", "\ufeff"], 150);
const escaped = mostly(
  [
    ...['\\"', "\\\\", "\\/", "\\b", "\\n", "\\u0041", "\\u017f", "\\ud83d\\ude00", "\\ud83d", "\\ude00", "\\ud83dx"],
    ...["\\ud83d\\u0041", "\\ud83d\\ud83d\\ude00", "\\u0000", "\\uFFFF"],
  ],
  ["\\x41", "\\u12", "\\u12g4", "\\", "\\U0041", "\\'"],
);
/** One character for each byte here, so that a text can be no UTF-8. */
const raw = mostly(
  [
    ...["é", "€", "😀", "\u2028"].map((text) => Buffer.from(text).toString("latin1")),
    ...[
      "\x7f",
      "\x80",
      "\xff",
      "\xe2\x82",
      "\xed\xa0\x80",
      "\xf4\x90\x80\x80",
      "\xc0\xaf",
      "\xe2\x28\xa1",
      "\xf0\x9f\x98",
    ],
  ],
  ["\x00", "\x1f"],
);
const piece = fc.oneof({ weight: 6, arbitrary: fc.constantFrom("v1", "a", "app/", "1.0") }, escaped, raw);
const string = joined(fc.constant('"'), maybe(separated(piece, fc.constant(""), 4), 2), mostly(['"'], [""], 200));
const number = mostly(
  ["0", "1", "-1", "1e999", "1E+2", "-0", "1.5e-3"],
  ["01", "1.", ".5", "-", "1e", "+1", "NaN"],
  20,
);
const word = mostly(["null", "null", "true", "false"], ["nul", "True", "nullx"]);
const scalar = fc.oneof({ weight: 3, arbitrary: string }, number, word);
const comma = mostly([","], ["", ",,", ", ,", ";"], 60);
const colon = mostly([":"], ["", "::", "="], 150);

const key = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom("tag", "media_type", "repo_name", "push_data", "repository") },
    fc.constantFrom("TAG", "Media_Type", "rEPO_nAME", "PUSH_DATA", "Repository", "pu\\u017fh_data", "media-type"),
    fc.constantFrom(
      "t\\u0061g",
      "\\u0074ag",
      "name",
      "",
      "pu\xc5\xbfh_data",
      "repo_nam\xff",
      "__proto__",
      "constructor",
    ),
    fc.constantFrom("tag\\u0000", "toString", "\\u212a", "\xe2\x84\xaa"),
  )
  .map((name) => `"${name}"`);

const { value } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, scalar, tie("object"), tie("list")),
  list: wrapped("[", separated(joined(space, tie("value"), space), comma, 3), "]"),
  object: wrapped("{", separated(member(key, tie("value")), comma, 3), "}"),
}));

function wrapped(open: string, inside: fc.Arbitrary<string>, close: string): fc.Arbitrary<string> {
  return joined(fc.constant(open), maybe(inside, 1), mostly([close], [""], 100));
}

function member(name: fc.Arbitrary<string>, content: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return joined(space, name, space, colon, space, content, space);
}

function object(members: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return wrapped("{", separated(members, comma, 4), "}");
}

const leafKeys = [
  ["tag", "TAG", "t\\u0061g"],
  ["media_type", "Media_Type"],
  ["repo_name", "rEPO_nAME"],
].flat();
const leafKey = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...leafKeys).map((name) => `"${name}"`) }, key);
const leaf = fc.oneof({ weight: 12, arbitrary: string }, { weight: 3, arbitrary: fc.constant("null") }, value);
const inner = object(member(leafKey, leaf));
const outerKeys = [
  "push_data",
  "push_data",
  "repository",
  "repository",
  "PUSH_DATA",
  "pu\\u017fh_data",
  "Repository",
  "x",
];
const outerKey = fc.constantFrom(...outerKeys).map((name) => `"${name}"`);
const outer = fc.oneof({ weight: 16, arbitrary: inner }, { weight: 2, arbitrary: fc.constant("null") }, value);
const tags = wrapped("[", separated(joined(space, leaf, space), comma, 3), "]");
const listKey = fc
  .constantFrom("updated_tags", "updated_tags", "Updated_Tags", "updated_tag\\u017f")
  .map((name) => `"${name}"`);
const list = fc.oneof({ weight: 12, arbitrary: tags }, { weight: 2, arbitrary: fc.constant("null") }, value);
const field = fc.oneof({ weight: 3, arbitrary: member(outerKey, outer) }, member(listKey, list));
const whole = fc.oneof({ weight: 25, arbitrary: object(field) }, value);
const trailing = mostly([""], ["x", "{}", ",", "\x00"], 50);
const payload = joined(space, whole, space, trailing);

const deep = fc
  .tuple(fc.integer({ min: 9_997, max: 10_002 }), fc.constantFrom('{"x":', "[", '{"push_data":{"tag":'), fc.boolean())
  .map(([depth, open, isClosed]) => {
    const close = open === "[" ? "]" : open.startsWith('{"p') ? "}}" : "}";
    return `${open.repeat(depth)}1${isClosed ? close.repeat(depth) : ""}`;
  });

export const WEBHOOKS: Subject = {
  kind: "webhook",
  cases: fc.record({
    text: fc
      .oneof({ weight: 1500, arbitrary: payload }, { weight: 1, arbitrary: deep })
      .map((text) => Buffer.from(text, "latin1")),
    texts: fc.constant([]),
  }),
  // Go then shows what stood in that place of an earlier list, which nobody sends.
  exception: ({ text }) => {
    const keys = String(text).match(/"updated_tag(?:s|\\u017f)"/gi) ?? [];
    return keys.length > 1 && String(text).includes("null") ? "a null in a list that is there again" : undefined;
  },
  answer: ({ text }) => {
    try {
      const { push_data, repository, updated_tags } = decodeJSON(text as Uint8Array, {
        push_data: { tag: "string", media_type: "string" },
        repository: { repo_name: "string" },
        updated_tags: "strings",
      });
      const { tag, media_type: mediaType } = push_data;
      return { mediaType, repoName: repository.repo_name, tag, tags: updated_tags };
    } catch {
      return null;
    }
  },
};
