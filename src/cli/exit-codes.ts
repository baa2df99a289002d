// What the process ends with, so that scripts can tell one failure from another.
import { InputError } from "../errors.ts";

/** As help and the command reference tell them. */
export const EXIT_CODES = `0 done
1 failed, or part of what was asked for is missing: it may work later
2 refused: a flag, an argument, a file or the place has to be another
3 what was waited for did not come in time`;

/** What was waited for did not come in time. */
export class WaitTimeoutError extends Error {
  override readonly name = "WaitTimeoutError";
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof InputError) return 2;
  return error instanceof WaitTimeoutError ? 3 : 1;
}
