// Whether a namespace that was asked for is there, so that a list is not empty for a reason nobody sees. It is asked for
// such a list alone: others show their namespace.
import { type Clock, within } from "../clock.ts";
import { messageOf } from "../errors.ts";
import { NAMESPACES } from "../resources/core.ts";
import type { Connection } from "./connection.ts";

export interface NamespaceState {
  readonly namespace: string;
  readonly is: "there" | "missing" | "unknown";
  /** Why it is unknown: nobody to ask, no answer, or a right that is not given. */
  readonly reason: string;
}

const ANSWERED_WITHIN_MS = 2_000;

/** Undefined where none was asked for. Answers within two seconds. */
export async function namespaceState(
  connection: Pick<Connection, "client" | "namespace">,
  clock: Clock,
): Promise<NamespaceState | undefined> {
  const { namespace } = connection;
  if (namespace === undefined) return undefined;
  return within(ANSWERED_WITHIN_MS, clock, async (signal) => {
    try {
      const found = await connection.client.get(NAMESPACES, { name: namespace }, { signal });
      return { namespace, is: found ? "there" : "missing", reason: "" };
    } catch (error) {
      const overdue = `the API server did not answer within ${ANSWERED_WITHIN_MS / 1000} s`;
      return { namespace, is: "unknown", reason: signal.aborted ? overdue : messageOf(error) };
    }
  });
}

/** What stands in the place of an empty list that would say `empty`. */
export function emptyText(empty: string, state: NamespaceState | undefined): string {
  if (state?.is === "missing") return `There is no namespace ${state.namespace}.`;
  if (state?.is !== "unknown") return empty;
  return `${empty}\nWhether there is a namespace ${state.namespace} is not known: ${state.reason}`;
}
