// URLs against net/url, image references against go-containerregistry.
import fc from "fast-check";
import { hasQueryParameters, parseURL, printURL, toBytes } from "../../src/references/go-url.ts";
import { parseWeakly } from "../../src/references/image.ts";
import { edited, joined, maybe, type Subject, separated } from "./subject.ts";

const ALPHABET = "/:@?#%[].-_~!$&'()*+,;= \"<>\\^`{|}aZ09é\u4e16\u0000\u007f\n";

const escaped = fc.constantFrom(
  "%2F",
  "%2f",
  "%20",
  "%41",
  "%C3%A9",
  "%c3",
  "%80",
  "%25",
  "%zz",
  "%",
  "%4",
  "%5B",
  "%3A",
);
const word = fc.constantFrom(
  "a",
  "Repo",
  "example",
  "x.git",
  "my app",
  "répo",
  "世",
  "..",
  ".",
  "~me",
  "a:b",
  "*",
  "a+b",
  "a=b",
);
const scheme = fc.constantFrom("http", "https", "HTTPS", "ssh", "oci", "OCI", "git+ssh", "a_b", "1x", "", "mailto");
const octets = fc.constantFrom("127.0.0.1", "10.0.0.1", "256.1.1.1", "01.2.3.4", "1.2.3");
const six = fc.constantFrom(
  ...["::1", "fe80::1%25en0", "fe80::1%25", "::ffff:1.2.3.4", "::ffff:01.2.3.4", "1:2:3:4:5:6:7:8", "1::2::3"],
  ...["1:2:3:4:5:6:7::", "::", ":::", "12345::", "fe80::1%en0", "fe80::1%25a%20b", "fe80::1%25%41", "1.2.3.4", ""],
);
const host = fc.oneof(
  fc.constantFrom(
    "github.com",
    "GitHub.com",
    "localhost",
    "a",
    "",
    "docker.io",
    "exa mple.com",
    "é.io",
    "a%41",
    "a%C3%A9",
  ),
  octets,
  six.map((address) => `[${address}]`),
  six,
);
const port = fc.constantFrom("", "", ":", ":80", ":5000", ":x", ":8 0", ":1:2", "::1");
const login = fc.constantFrom(
  "git@",
  "user:pass@",
  "user:@",
  ":@",
  "@",
  "u%20r@",
  "a@b@",
  "ü@",
  "u:p:q@",
  "u%zz@",
  "a b@",
);
const segment = fc.oneof({ weight: 3, arbitrary: word }, escaped, joined(word, escaped, word), fc.constant(""));
const path = joined(
  maybe(fc.constantFrom("/", "//", "///"), 2),
  separated(segment, fc.constant("/"), 4),
  maybe(fc.constantFrom("/", ".git", ".git/")),
);
const query = joined(
  fc.constant("?"),
  separated(fc.constantFrom("", "x=1", "a", ";", "a;b", "%zz", "=", "é=1", "??"), fc.constant("&"), 3),
);
const fragment = joined(fc.constant("#"), maybe(separated(segment, fc.constantFrom("/", "#", "?", "'"), 3)));
const authority = joined(maybe(login), host, port);
const url = edited(
  joined(
    maybe(joined(scheme, fc.constantFrom(":", ":", "")), 3),
    maybe(joined(fc.constantFrom("//", "//", "/", "///"), authority), 2),
    path,
    maybe(query, 7),
    maybe(fragment, 7),
  ),
  ALPHABET,
);

export const URLS: Subject = {
  kind: "url",
  cases: fc.record({ text: url, texts: fc.array(path, { maxLength: 1 }) }),
  answer: ({ text, texts }) => {
    const parsed = parseURL(String(text));
    if (!parsed) return { isURL: false };
    const { scheme, opaque, user, host, path, query, fragment } = parsed;
    return {
      fragment: base64(fragment),
      host: base64(host),
      isURL: true,
      opaque: fromBytes(opaque),
      path: base64(path),
      printed: printURL(parsed),
      query: fromBytes(query),
      ...(texts[0] !== undefined && { replaced: printURL({ ...parsed, path: toBytes(texts[0]) }) }),
      scheme,
      user: user ? printURL({ ...EMPTY_URL, user }).slice(2, -1) : null,
      values: hasQueryParameters(parsed) ? "some" : "none",
    };
  },
};

const EMPTY_URL = parseURL("") as NonNullable<ReturnType<typeof parseURL>>;

function base64(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("base64");
}

function fromBytes(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString();
}

const registry = fc.constantFrom(
  ...["docker.io", "index.docker.io", "registry-1.docker.io", "ghcr.io", "localhost", "localhost:5000", "my-registry"],
  ...["127.0.0.1:5000", "[::1]:5000", "https:", "oci:", "example.com:80", "a:", ":", ".", "é.io", "a b.io", "u@h.io"],
);
const component = fc.constantFrom(
  "library",
  "example",
  "app",
  "team",
  "x",
  "a-b",
  "a_b",
  "App",
  "",
  "a.b",
  "foo+bar",
  "é",
);
const tag = fc.oneof(
  fc.constantFrom(
    ":v1",
    ":",
    ":1.0.0",
    ":Tag.With-UPPER",
    ":v1+meta",
    ":latest:2",
    `:${"a".repeat(128)}`,
    `:${"a".repeat(129)}`,
  ),
);
const digest = fc.constantFrom(
  ...[`@sha256:${"a".repeat(64)}`, `@sha256:${"A".repeat(64)}`, "@sha256:abcd", "@", `@sha512:${"a".repeat(128)}`],
  `@sha256:${"a".repeat(64)}@sha256:${"a".repeat(64)}`,
);
const repository = fc.oneof(
  { weight: 20, arbitrary: separated(component, fc.constant("/"), 4) },
  fc.integer({ min: 244, max: 258 }).map((length) => "a".repeat(length)),
);
const image = edited(
  joined(maybe(joined(registry, fc.constantFrom("/", "/", "//", ""))), repository, maybe(tag), maybe(digest, 7)),
  "/:@.-_+ aA0é%?#",
);

export const IMAGES: Subject = {
  kind: "image",
  cases: fc.record({ text: image, texts: fc.constant([]) }),
  answer: ({ text }) => parseWeakly(String(text)) ?? null,
};
