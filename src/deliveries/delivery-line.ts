// The line about one delivery: what came, what it refreshed, what was discovered, how long it took.
import { printable } from "../telemetry/printable.ts";
import type { Decided } from "./dispatch.ts";

/** A push may concern thousands of Warehouses, each by several tags. */
const MAX_TOLD = 10;
/** A repository has at most 255 characters and a tag 128; a sender may write anything. */
const MAX_PUSH_LENGTH = 400;
const MAX_REASON_LENGTH = 1_000;

export function deliveryLine({ delivery, targets, elapsedMs }: Decided): string {
  const { repoURLs, tags } = delivery;
  const pushed = `${repoURLs[0] ?? "(no repository)"}${tags.length === 0 ? "" : `:${tags.join(",")}`}`;
  const push = `push ${printable(pushed, MAX_PUSH_LENGTH)}`;
  if (targets.length === 0) return `${push} refreshed nothing: ${printable(delivery.reason, MAX_REASON_LENGTH)}`;
  const stories = targets.slice(0, MAX_TOLD).map(({ namespace, name, tag, state, reason }) => {
    const of = tags.length > 1 && tag !== "" ? ` ${printable(tag, MAX_PUSH_LENGTH)}` : "";
    return `${namespace}/${name}${of} ${state}${reason === "" ? "" : ` (${printable(reason, MAX_REASON_LENGTH)})`}`;
  });
  if (targets.length > MAX_TOLD) stories.push(`and ${targets.length - MAX_TOLD} more`);
  return `${push} → ${stories.join(", ")} in ${Math.round(elapsedMs)} ms`;
}
