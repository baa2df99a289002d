// Label and field selectors of lists and watches: embedded-api.md, section 8, and kube-apiserver.md, (c) 3.
import { StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";

type Predicate = (object: StoredObject) => boolean;

/** Everything a query and a namespace ask of an object; throws `StatusError` for a selector that cannot be read. */
export function matcherOf(query: URLSearchParams, namespace: string | undefined): Predicate {
  const predicates: Predicate[] = [
    ...(namespace === undefined ? [] : [(object: StoredObject) => object.metadata.namespace === namespace]),
    ...requirements(query.get("fieldSelector")).map(fieldPredicate),
    ...requirements(query.get("labelSelector")).map(labelPredicate),
  ];
  return (object) => predicates.every((predicate) => predicate(object));
}

/** Splits at commas outside parentheses. */
function requirements(selector: string | null): readonly string[] {
  return (selector ?? "")
    .split(/,(?![^(]*\))/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function fieldPredicate(text: string): Predicate {
  const match = /^([\w.]+)(==|=|!=)(.*)$/.exec(text);
  if (!match) throw new StatusError(400, "BadRequest", `invalid selector: '${text}'; can't understand '${text}'`);
  const [, field = "", operator, value] = match;
  if (field !== "metadata.name" && field !== "metadata.namespace") {
    throw new StatusError(400, "BadRequest", `field label not supported: ${field}`);
  }
  const read: Predicate = ({ metadata }) =>
    (field === "metadata.name" ? metadata.name : (metadata.namespace ?? "")) === value;
  return operator === "!=" ? (object) => !read(object) : read;
}

function labelPredicate(text: string): Predicate {
  const set = /^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text);
  if (set) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return ({ metadata: { labels } }) => values.includes(labels?.[key] ?? "\0") === (operator === "in");
  }
  const equality = /^([\w./-]+)\s*(==|=|!=)\s*(.*)$/.exec(text);
  if (equality) {
    const [, key = "", operator, value] = equality;
    return ({ metadata: { labels } }) => (labels?.[key] === value) === (operator !== "!=");
  }
  const presence = /^(!?)([\w./-]+)$/.exec(text);
  if (!presence) throw new StatusError(400, "BadRequest", `unable to parse requirement: '${text}'`);
  const [, not, key = ""] = presence;
  return ({ metadata: { labels } }) => (labels?.[key] !== undefined) === (not === "");
}
