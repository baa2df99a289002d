// The verdict on one tag, ref or list of paths, and which rule of the subscription decided.

export interface Explanation {
  readonly isAdmitted: boolean;
  /** In words for whoever wrote the subscription: the field that decided, its value, and what would change it. */
  readonly rule: string;
}

export function admitted(rule: string): Explanation {
  return { isAdmitted: true, rule };
}

export function refused(rule: string): Explanation {
  return { isAdmitted: false, rule };
}

/** Bytewise descending, as Go compares strings: for sorting. */
export function descending(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(b), Buffer.from(a));
}
