// The delivery log as people read it: its newest deliveries in short, and one of them whole, page by page.
// One delivery may concern thousands of Warehouses. What is told of them is bounded; what is read at once is one
// delivery's targets, three times over at most (20 ms for 10,000), and webhooks have their turn before the next one.
import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { InputError } from "../errors.ts";
import type { Database } from "../sqlite.ts";
import type { Target, TargetState } from "../warehouses/target.ts";
import type { Delivery } from "./delivery.ts";
import { type LogList, MAX_NAMED_BYTES } from "./delivery-list.ts";
import { DELIVERY_COLUMNS, deliveryOf, notMatchedOf, type Row, targetOf } from "./rows.ts";
import {
  type DeliveryPage,
  type DeliveryQuery,
  type DeliverySummary,
  jsonBytes,
  type PageQuery,
  STATES_IN_ORDER,
  type TargetCounts,
  targetCountsOf,
  tellDelivery,
  tellInShort,
} from "./told-delivery.ts";

export interface DeliveryReader {
  recent(query: DeliveryQuery): Promise<LogList>;
  /** Undefined where no delivery has the id; throws `InputError` for a token that no page said. */
  page(query: PageQuery): DeliveryPage | undefined;
}

/** Targets of one delivery in a list, and as many Warehouses that did not match. */
const MAX_NAMED = 10;
const MAX_PAGE_TARGETS = 500;
/** Of a page's targets; one that is longer by itself is a page. */
const MAX_PAGE_BYTES = 1024 * 1024;
const DELIVERIES_AT_ONCE = 200;

/** The first and the last one; no namespace has a character beyond "z". */
type Namespaces = readonly [first: string, last: string];

const ALL_NAMESPACES: Namespaces = ["", "~"];

function namespacesOf(namespace: string | undefined): Namespaces {
  return namespace === undefined ? ALL_NAMESPACES : [namespace, namespace];
}

/** `replica` is whose log it is. */
export function createDeliveryReader(database: Database, replica: string): DeliveryReader {
  return new SqliteReader(database.read(prepare), replica);
}

class SqliteReader implements DeliveryReader {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #replica: string;

  constructor(statements: ReturnType<typeof prepare>, replica: string) {
    this.#statements = statements;
    this.#replica = replica;
  }

  async recent(query: DeliveryQuery): Promise<LogList> {
    const openCount = await this.#openCount(query);
    const { limit, namespace } = query;
    const namespaces = namespacesOf(namespace);
    const summaries: DeliverySummary[] = [];
    let namedBytes = 0;
    for await (const id of this.#newest(query)) {
      if (summaries.length === limit) return { deliveries: summaries, hasMore: true, openCount };
      const row = this.#statements.byId.get(id);
      // It may have been evicted meanwhile.
      if (!row) continue;
      const { targets, notMatched, ...counted } = this.#summary(deliveryOf(row), namespaces);
      namedBytes += jsonBytes([targets, notMatched]);
      // Where the bound is reached, the deliveries after that have numbers alone.
      const named = namedBytes <= MAX_NAMED_BYTES ? { targets, notMatched } : { targets: [], notMatched: [] };
      summaries.push({ ...counted, ...named });
    }
    return { deliveries: summaries, hasMore: false, openCount };
  }

  page({ id, continueToken }: PageQuery): DeliveryPage | undefined {
    const after = continueToken === undefined ? ["", "", "", ""] : parsePlace(continueToken);
    const { byId, targetsAfter, notMatched } = this.#statements;
    const row = byId.get(id);
    if (!row) return undefined;
    const { targets, isLast } = onePage(targetsAfter.iterate(id, ...after, MAX_PAGE_TARGETS + 1));
    const last = targets.at(-1);
    return {
      ...tellDelivery(deliveryOf(row), this.#replica),
      targets,
      notMatched: notMatched.all(id, ...ALL_NAMESPACES, Number.MAX_SAFE_INTEGER).map(notMatchedOf),
      ...(last && !isLast && { continue: placeText(last) }),
    };
  }

  async #openCount({ namespace }: DeliveryQuery): Promise<number> {
    if (namespace === undefined) return Number(this.#statements.openCount.get()?.["count"]);
    let count = 0;
    for await (const _ of this.#newest({ namespace, state: "open" })) count += 1;
    return count;
  }

  /** The ids of those of the namespace and the state, newest first, with a turn for others before each. */
  async *#newest({ namespace, state }: Omit<DeliveryQuery, "limit">): AsyncGenerator<string> {
    const { before, openBefore, refusedBefore } = this.#statements;
    const statement = state === "open" ? openBefore : state === "refused" ? refusedBefore : before;
    let sequence = Number.MAX_SAFE_INTEGER;
    while (true) {
      const rows = statement.all(sequence, DELIVERIES_AT_ONCE);
      await setImmediate();
      for (const row of rows) {
        const id = String(row["id"]);
        if (state !== undefined && row["verdict"] !== state && !this.#hasTarget(id, namespace, state)) continue;
        if (namespace !== undefined && row["project"] !== namespace && !this.#concerns(id, namespace)) continue;
        yield id;
        await setImmediate();
      }
      if (rows.length < DELIVERIES_AT_ONCE) return;
      sequence = Number(rows.at(-1)?.["sequence"]);
    }
  }

  /** It has a target in the namespace, or did not match there. */
  #concerns(id: string, namespace: string): boolean {
    const { anyTarget, anyNotMatched } = this.#statements;
    return Boolean(anyTarget.get(id, namespace) ?? anyNotMatched.get(id, namespace));
  }

  #hasTarget(id: string, namespace: string | undefined, state: string): boolean {
    return Boolean(this.#statements.anyInState.get(id, ...namespacesOf(namespace), state));
  }

  #summary(delivery: Delivery, namespaces: Namespaces): DeliverySummary {
    const { targetCounts, notMatchedCount, notMatched } = this.#statements;
    const { id } = delivery;
    const rows = targetCounts.all(id, ...namespaces);
    const counts = targetCountsOf(new Map(rows.map(({ state, count }) => [String(state), Number(count)])));
    return {
      ...tellInShort(delivery, this.#replica),
      targetCounts: counts,
      targets: this.#firstTargets(id, counts, namespaces),
      notMatchedCount: Number(notMatchedCount.get(id, ...namespaces)?.["count"]),
      notMatched: notMatched.all(id, ...namespaces, MAX_NAMED).map(notMatchedOf),
    };
  }

  /** By state. Each of the two scans ends with the last one it is for: of thousands that are done, ten are read. */
  #firstTargets(id: string, counts: TargetCounts, namespaces: Namespaces): readonly Target[] {
    const { wholeStates, wholeCount, nextState } = namedStates(counts);
    const inStates = (states: readonly TargetState[], limit: number) =>
      this.#statements.targetsInStates.all(id, ...namespaces, JSON.stringify(states), limit).map(targetOf);
    const ofState = Map.groupBy(inStates(wholeStates, wholeCount), ({ state }) => state);
    const whole = wholeStates.flatMap((state) => ofState.get(state) ?? []);
    return nextState ? [...whole, ...inStates([nextState], MAX_NAMED - wholeCount)] : whole;
  }
}

/** The states whose targets are all named, how many those are, and the state that takes what room is left. */
function namedStates(counts: TargetCounts) {
  const wholeStates: TargetState[] = [];
  let wholeCount = 0;
  for (const state of STATES_IN_ORDER) {
    const count = counts[state] ?? 0;
    if (wholeCount + count > MAX_NAMED) return { wholeStates, wholeCount, nextState: state };
    if (count > 0) wholeStates.push(state);
    wholeCount += count;
  }
  return { wholeStates, wholeCount, nextState: undefined };
}

function onePage(rows: Iterable<Row>): { readonly targets: readonly Target[]; readonly isLast: boolean } {
  const targets: Target[] = [];
  let bytes = 0;
  for (const row of rows) {
    const target = targetOf(row);
    bytes += jsonBytes(target);
    const isFull = targets.length === MAX_PAGE_TARGETS || bytes > MAX_PAGE_BYTES;
    if (isFull && targets.length > 0) return { targets, isLast: false };
    targets.push(target);
  }
  return { targets, isLast: true };
}

/** The last target of a page, as the token that continues after it. */
function placeText({ namespace, name, uid, tag }: Target): string {
  return Buffer.from(JSON.stringify([namespace, name, uid, tag])).toString("base64url");
}

function parsePlace(token: string): readonly string[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (Array.isArray(place) && place.length === 4 && place.every((part) => typeof part === "string")) return place;
  } catch {
    // What is no JSON is no place either.
  }
  throw new InputError("continue must be what a former page of the delivery says");
}

function prepare(db: DatabaseSync) {
  const ofNamespaces = "WHERE delivery = ? AND namespace BETWEEN ? AND ?";
  const inOrder = "ORDER BY namespace, name, uid, tag LIMIT ?";
  const before = (verdicts: string) =>
    db.prepare(
      `SELECT sequence, id, project, verdict FROM delivery WHERE ${verdicts} AND sequence < ? ORDER BY sequence DESC LIMIT ?`,
    );
  return {
    before: before("true"),
    // In words that their indexes are made by.
    openBefore: before("verdict = 'open'"),
    refusedBefore: before("verdict = 'refused'"),
    openCount: db.prepare("SELECT count(*) AS count FROM delivery WHERE verdict = 'open'"),
    anyInState: db.prepare(`SELECT 1 FROM target ${ofNamespaces} AND state = ? LIMIT 1`),
    anyTarget: db.prepare("SELECT 1 FROM target WHERE delivery = ? AND namespace = ? LIMIT 1"),
    anyNotMatched: db.prepare("SELECT 1 FROM not_matched WHERE delivery = ? AND namespace = ? LIMIT 1"),
    byId: db.prepare(`SELECT ${DELIVERY_COLUMNS} FROM delivery WHERE id = ?`),
    targetCounts: db.prepare(`SELECT state, count(*) AS count FROM target ${ofNamespaces} GROUP BY state`),
    targetsInStates: db.prepare(
      `SELECT * FROM target ${ofNamespaces} AND state IN (SELECT value FROM json_each(?)) ${inOrder}`,
    ),
    targetsAfter: db.prepare(
      `SELECT * FROM target WHERE delivery = ? AND (namespace, name, uid, tag) > (?, ?, ?, ?) ${inOrder}`,
    ),
    notMatchedCount: db.prepare(`SELECT count(*) AS count FROM not_matched ${ofNamespaces}`),
    notMatched: db.prepare(`SELECT * FROM not_matched ${ofNamespaces} ORDER BY namespace, name, tag LIMIT ?`),
  };
}
