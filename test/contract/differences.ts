// Where the embedded API is known to differ from a real API server, fact by fact, and why. The contract suite reads this
// list: a listed fact must fail on the embedded API, so that no difference stays here that is gone.

export interface Difference {
  /** The fact's name. */
  readonly fact: string;
  readonly reason: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    fact: "server-side apply writes and names the owner of each field",
    reason:
      "field ownership (managedFields) is not kept: nothing of Dockbell or kubectl's default apply needs it, and the answer (415) says what to use instead",
  },
  {
    fact: "a bare yes, on or y in YAML is a boolean",
    reason: "bodies in YAML are read as YAML 1.2, where these are texts; kubectl sends JSON",
  },
];
