// URLs as Go has them, where it differs from the WHATWG's: each row was answered by net/url of Go 1.26.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasQueryParameters, parseURL, printURL } from "./go-url.ts";

const PRINTED: readonly (readonly [text: string, printed: string])[] = [
  ["HTTP://Host/Path", "http://Host/Path"],
  ["http://h/a b", "http://h/a%20b"],
  ["http://h/a%2fb", "http://h/a%2fb"],
  ["http://h/%41", "http://h/%41"],
  ["http://h?", "http://h?"],
  ["http://h/a#", "http://h/a"],
  ["http://u:p@h", "http://u:p@h"],
  ["http://u%20:@h", "http://u%20:@h"],
  ["http:///a", "http:///a"],
  ["http:/a", "http:/a"],
  ["mailto:a@b", "mailto:a@b"],
  ["http://[fe80::1%25en0]:80/", "http://[fe80::1%25en0]:80/"],
  ["http://é/", "http://%C3%A9/"],
  ["ssh://a:b:1/", "ssh://a:b:1/"],
  ["*", "*"],
  ["", ""],
];

const REFUSED: readonly string[] = [
  ...[":a", "a_b:c", "a b:c/d", "http://h/%zz", "http://h/\u007f", "http://h i/", "http://h:x/", "http://a:b:1/"],
  ...[
    "http://[::1",
    "http://[1.2.3.4]/",
    "http://[::1%25]/",
    "http://a[::1]/",
    "http://%41/",
    "http://ü@h/",
    "http://h#%zz",
  ],
];

test("URLs are printed as Go prints them", () => {
  for (const [text, printed] of PRINTED) {
    const url = parseURL(text);
    assert.equal(url && printURL(url), printed, text);
  }
});

test("what Go refuses is no URL", () => {
  for (const text of REFUSED) assert.equal(parseURL(text), undefined, text);
});

test("only what Go can decode is a query parameter", () => {
  const found = ["http://h?a=1", "http://h?&&a", "http://h?=", "http://h?;&a"];
  const none = ["http://h", "http://h?", "http://h?&", "http://h?a;b", "http://h?%zz"];
  const hasSome = (text: string) => {
    const url = parseURL(text);
    return url && hasQueryParameters(url);
  };

  assert.deepEqual(
    found.map(hasSome),
    found.map(() => true),
  );
  assert.deepEqual(
    none.map(hasSome),
    none.map(() => false),
  );
});
