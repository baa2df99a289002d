// Regular expressions against regexp, path patterns against doublestar and path/filepath.
import fc from "fast-check";
import { compilePathPattern } from "../../src/selectors/path-rule.ts";
import { compilePattern } from "../../src/selectors/pattern.ts";
import { type Case, edited, joined, maybe, mostly, type Subject, separated } from "./subject.ts";

const atom = mostly(
  [
    ...[
      "v",
      "a",
      "b",
      "1",
      "-",
      ".",
      "\\.",
      "\\d",
      "\\d+",
      "\\w",
      "\\D",
      "\\s",
      "[0-9]",
      "[^a]",
      "[a-c]",
      "[[:alpha:]]",
    ],
    ...[
      "(?:a|b)",
      "(a)",
      "(?P<n>a)",
      "(?<m>b)",
      "(?i:A)",
      "\\pL",
      "\\p{Greek}",
      "\\x41",
      "\\x{1F600}",
      "\\Qa.b\\E",
      "é",
      "[\\d-]",
    ],
    ...[
      "\\S",
      "\\W",
      "\\PN",
      "\\p{^Lu}",
      "[[:^digit:]]",
      "(?s:.)",
      "(?U:a+)",
      "\\n",
      "\\t",
      "[\\]a]",
      "[]a]",
      "😀",
      "\\C",
      "\\a",
    ],
  ],
  [
    ...[
      "(?=a)",
      "(?!a)",
      "(?<=a)",
      "(?<!a)",
      "\\1",
      "\\8",
      "(?>a)",
      "(?#c)",
      "\\Z",
      "\\h",
      "\\u0041",
      "[b-a]",
      "[[:foo:]]",
      "\\p{Foo}",
    ],
    ...[
      "(",
      ")",
      "[",
      "]",
      "{",
      "}",
      "*",
      "+",
      "?",
      "\\",
      "(?P<n>a)(?P<n>b)",
      "(?P<1>a)",
      "(?i",
      "(?z)",
      "\\pX",
      "[a",
      "(?<n",
      "\\xZZ",
    ],
  ],
  14,
);
const repetition = mostly(
  ["", "", "", "*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{2,}", "{0,1}?"],
  ["**", "++", "{,3}", "{3,1}", "{1001}", "{1000}", "*+", "{2}{3}", "{-1}", "{a}"],
  14,
);
const anchor = mostly(
  ["", "", "^", "$", "\\A", "\\z", "\\b", "\\B", "(?i)", "(?m)", "(?s)"],
  ["(?x)", "\\G", "^*", "$+"],
  30,
);
const branch = joined(anchor, separated(joined(atom, repetition), fc.constant(""), 4), anchor);
const pattern = edited(separated(branch, fc.constant("|"), 3), "()[]{}*+?|\\^$.-:<>=!Pa0é,\n");
const searched = separated(
  fc.constantFrom("v", "a", "b", "A", "1", "20", ".", "-", "_", "é", "Ω", "😀", "", "\n", "\t", " ", "c", "]", "a.b"),
  fc.constant(""),
  6,
);

export const PATTERNS: Subject = {
  kind: "pattern",
  exception: ({ text }) => EXCEPTIONS.find(({ applies }) => applies(String(text)))?.reason,
  cases: fc.record({ text: pattern, texts: fc.array(searched, { minLength: 3, maxLength: 8, size: "max" }) }),
  answer: answerWith((text) => compilePattern(text, "field").matches),
};

/** Limits of re2js, all on the safe side: the pattern is refused with its position, and never means another thing. */
const EXCEPTIONS: readonly { readonly reason: string; readonly applies: (pattern: string) => boolean }[] = [
  { reason: "a group name stands twice, which Go takes", applies: isNameRepeated },
  {
    reason: "[:] stands in a class, where RE2 sees two characters and re2js a name without letters",
    applies: (pattern) => pattern.includes("[:]"),
  },
  {
    reason: "a Unicode class is named loosely (\\p{greek}, \\p{Gr-eek}) or by a name that Go learned in 1.25",
    applies: (pattern) => /\\[pP](?:[^{A-Z]|\{\^?(?:[^}]*[- ]|[^A-Z]|(?:ASCII|Assigned|Cn|LC)\}))/.test(pattern),
  },
];

function isNameRepeated(pattern: string): boolean {
  const names = pattern.match(/\(\?P?<\w+>/g) ?? [];
  return new Set(names.map((name) => name.replace("P", ""))).size < names.length;
}

const segment = mostly(
  [
    "a",
    "b",
    "*",
    "?",
    "a*",
    "*.go",
    "x?",
    "{a,b}",
    "[ab]",
    "[!a]",
    "[a-c]",
    "docs",
    ".hidden",
    "\\*",
    "{a,b*}x",
    "**",
    "**",
    "{a/b,c}",
  ],
  [
    "***",
    "a**",
    "**a",
    "[",
    "]",
    "{",
    "}",
    "[a-",
    "{a,b",
    "[]",
    "[!]",
    "\\",
    "[\\]]",
    "[a-]",
    "[-a]",
    "[^-]",
    "{}",
    "{,a}",
    "{a,{b,c}}",
    "é",
    ",",
  ],
  12,
);
const glob = joined(
  fc.constant("glob:"),
  edited(
    joined(maybe(fc.constant("/"), 9), separated(segment, fc.constant("/"), 4), maybe(fc.constant("/"), 9)),
    "*?[]{}/,\\!-ab.",
  ),
);
const directory = edited(
  joined(
    mostly(["", "./", ""], ["/", "../", "//"], 6),
    separated(fc.constantFrom("a", "b", "docs", "..", "."), fc.constant("/"), 3),
    maybe(fc.constant("/"), 7),
  ),
  "/.ab",
);
const path = separated(
  mostly(
    ["a", "b", "c", "docs", "x.go", "ab", "xb", "ax", ".hidden", "aa"],
    ["a..b", "*", "..", "é", "-", ".", "[", "{a,b"],
    20,
  ),
  fc.constant("/"),
  4,
);

const GLOB_EXCEPTIONS: typeof EXCEPTIONS = [
  {
    reason: "doublestar gives up on a first ** once it has tried a second one, and so misses paths that match",
    applies: (glob) => /\*\*\/.*\*\*\/?$/.test(glob),
  },
  {
    reason: "three stars at the end match nothing less than one character for doublestar, two or one do",
    applies: (glob) => /\*\*\*}*$/.test(glob),
  },
];

export const PATHS: Subject = {
  kind: "path",
  exception: ({ text }) => GLOB_EXCEPTIONS.find(({ applies }) => applies(String(text)))?.reason,
  cases: fc.record({
    text: fc.oneof(glob, directory),
    texts: fc.array(path, { minLength: 3, maxLength: 8, size: "max" }),
  }),
  answer: answerWith((text) => compilePathPattern(text, "field")),
};

/** That it is refused is compared, the words are not. */
function answerWith(compile: (text: string) => (searched: string) => boolean): (asked: Case) => unknown {
  return ({ text, texts }) => {
    let matches: (searched: string) => boolean;
    try {
      matches = compile(String(text));
    } catch {
      return { isRefused: true };
    }
    return { matches: texts.map((one) => matches(one)) };
  };
}
