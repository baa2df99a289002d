// Whether a namespace that was asked for is there, so that nothing is empty for a reason nobody sees. It is asked for
// where nothing is found in it: what is found shows that it is there.
import { type Clock, within } from "../clock.ts";
import { InputError, messageOf } from "../errors.ts";
import { NAMESPACES } from "../resources/core.ts";
import type { Connection } from "./connection.ts";

export interface KnownNamespace {
  readonly namespace: string;
  /** Why it is not known to be there: nobody to ask, no answer, or a right that is not given; empty where it is. */
  readonly doubt: string;
}

const ANSWERED_WITHIN_MS = 2_000;

/** Answers within two seconds; undefined where none was asked for. Throws `InputError` where it is not there. */
export async function findNamespace(
  connection: Pick<Connection, "client" | "namespace">,
  clock: Clock,
): Promise<KnownNamespace | undefined> {
  const { namespace } = connection;
  if (namespace === undefined) return undefined;
  return within(ANSWERED_WITHIN_MS, clock, async (signal) => {
    try {
      if (await connection.client.get(NAMESPACES, { name: namespace }, { signal })) return { namespace, doubt: "" };
    } catch (error) {
      const overdue = `the API server did not answer within ${ANSWERED_WITHIN_MS / 1000} s`;
      return { namespace, doubt: signal.aborted ? overdue : messageOf(error) };
    }
    throw new InputError(`there is no namespace ${namespace}`);
  });
}

/**
 * Where something named `name`, `namespace/name` or `/name` is looked for: undefined is everywhere. Throws `InputError`
 * where a flag names another namespace than the name does.
 */
export function namespaceOf(name: string | undefined, flag: string | undefined): string | undefined {
  const slash = name?.indexOf("/") ?? -1;
  if (slash < 0) return flag;
  const named = name?.slice(0, slash) || undefined;
  if (flag === undefined || flag === named) return named;
  throw new InputError(`"${name}" is not in the namespace ${flag}, which -n names: leave one of the two out`);
}

/** What stands in the place of an empty list that would say `empty`. */
export function emptyText(empty: string, { namespace = "", doubt = "" }: Partial<KnownNamespace> = {}): string {
  return doubt === "" ? empty : `${empty}\nWhether there is a namespace ${namespace} is not known: ${doubt}`;
}
