// What SQLite says went wrong: https://www.sqlite.org/rescode.html.

/** The primary result codes that are told apart. */
export const SQLITE = {
  perm: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notDatabase: 26,
};

/** The primary code of what was thrown; undefined for what is not SQLite's. */
export function sqliteCodeOf(error: unknown): number | undefined {
  const { errcode } = error as { readonly errcode?: number };
  // What is above the lowest byte tells more of the same.
  return errcode === undefined ? undefined : errcode & 0xff;
}
