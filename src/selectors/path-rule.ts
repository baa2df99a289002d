// Whether a commit counts by the paths it changed: docs/compatibility.md, section 8.7.
import { posix } from "node:path";
import { quote } from "../references/go-text.ts";
import type { GitSubscription } from "../resources/subscription.ts";
import { admitted, type Explanation, refused } from "./explanation.ts";
import { compileGlob } from "./glob.ts";
import { compilePattern } from "./pattern.ts";

export type PathRule = (paths: readonly string[]) => Explanation;

type PathPattern = (path: string) => boolean;

/** A commit counts when any of its paths is included and not excluded. Throws `InputError` for a broken pattern. */
export function createPathRule({ includePaths, excludePaths }: Partial<GitSubscription>): PathRule {
  const include = compileAll(includePaths ?? [], "includePaths");
  const exclude = compileAll(excludePaths ?? [], "excludePaths");
  return (paths) => {
    const included = paths.filter((path) => include.length === 0 || include.some((matches) => matches(path)));
    if (included.length === 0) return refused("none of includePaths matches a changed path");
    const counting = included.find((path) => !exclude.some((matches) => matches(path)));
    return counting === undefined
      ? refused("excludePaths matches every changed path that counts")
      : admitted(`${quote(counting)} was changed`);
  };
}

function compileAll(texts: readonly string[], field: string): readonly PathPattern[] {
  return texts.map((text, index) => compilePathPattern(text, `${field}[${index}]`));
}

/** `glob:…`, `regex:…` or `regexp:…`; anything else is a directory. Throws `InputError` that names the field. */
export function compilePathPattern(text: string, field: string): PathPattern {
  const [, kind, rest = ""] = /^(glob|regexp?):(.*)$/s.exec(text) ?? [];
  if (kind === "glob") return compileGlob(rest, field);
  return kind ? compilePattern(rest, field).matches : (path) => isInside(text, path);
}

/** As Kargo decides it: with two dots anywhere on the way from the directory to it, a path counts as outside. */
function isInside(directory: string, path: string): boolean {
  if (posix.isAbsolute(directory) !== posix.isAbsolute(path)) return false;
  const [from, to] = [elementsOf(directory), elementsOf(path)];
  const leadsTo = from.every((element, place) => element === to[place]);
  return leadsTo && !to.slice(from.length).join("/").includes("..");
}

/** Of the cleaned path; an absolute one starts with an empty element. */
function elementsOf(path: string): readonly string[] {
  const clean = posix.normalize(path).replace(/\/$/, "");
  return clean === "." ? [] : clean.split("/");
}
