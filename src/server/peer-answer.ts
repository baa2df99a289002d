// What a peer answered, read as far as it is used: one of another version may answer something else.
import type { LogList } from "../deliveries/delivery-list.ts";
import type { DeliveryPage, DeliverySummary } from "../deliveries/told-delivery.ts";

export interface AnswerText {
  readonly status: number;
  readonly text: string;
}

/** Throws when it is no list. */
export function readList(answer: AnswerText): LogList {
  const { deliveries, hasMore, openCount } = parsed<LogList>(answer);
  const isList = Array.isArray(deliveries) && deliveries.every(isSummary);
  if (!isList || typeof hasMore !== "boolean" || typeof openCount !== "number") throw new Error(NOT_OURS);
  return { deliveries, hasMore, openCount };
}

/** Undefined where the peer has no such delivery; throws when it is no page of one. */
export function readPage(answer: AnswerText): DeliveryPage | undefined {
  if (answer.status === 404) return undefined;
  const page = parsed<DeliveryPage>(answer);
  if (!isDelivery(page)) throw new Error(NOT_OURS);
  return page;
}

const NOT_OURS = "it answered something else than deliveries";

function parsed<T extends object>({ status, text }: AnswerText): Partial<T> {
  if (status === 401) throw new Error("it has another admin token");
  if (status >= 300 && status < 400) throw new Error(`it answered ${status}, and is not followed elsewhere`);
  if (status !== 200) throw new Error([`it answered ${status}`, text.trim()].filter(Boolean).join(": "));
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** By what is read of one without being looked at first. */
function isSummary(one: Partial<DeliverySummary> | null): boolean {
  const { targetCounts, notMatchedCount } = one ?? {};
  return (
    isDelivery(one) && typeof targetCounts === "object" && targetCounts !== null && typeof notMatchedCount === "number"
  );
}

function isDelivery<T extends DeliveryPage | DeliverySummary>(one: Partial<T> | null): one is T {
  return [one?.repoURLs, one?.tags, one?.targets, one?.notMatched].every(Array.isArray);
}
