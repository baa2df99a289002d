// Bearer tokens that are kept in files: what makes one usable, and those of our own making.
import type { Random } from "../clock.ts";
import type { DataDirectory } from "./data-directory.ts";

const TOKEN_BYTES = 32;
const MIN_TOKEN_CHARACTERS = 16;
/** What a header can carry as one word; RFC 6750, section 2.1, allows less. */
const SENDABLE_TOKEN = /^[\x21-\x7e]+$/;

/** What keeps the text from being a token, for a message; undefined where nothing does. */
export function tokenFault(text: string): string | undefined {
  if (text === "") return "it is empty";
  if (!SENDABLE_TOKEN.test(text)) return "it must hold one line of ASCII without spaces";
  if (text.length >= MIN_TOKEN_CHARACTERS) return undefined;
  return `it has ${text.length} characters, and ${MIN_TOKEN_CHARACTERS} are the least`;
}

/** The one in that file of the directory; a new one where the file holds none. */
export function ownToken(directory: DataDirectory, name: string, random: Random): Promise<string> {
  const make = () => Buffer.from(random.bytes(TOKEN_BYTES)).toString("base64url");
  return directory.keep(name, make, (kept) => tokenFault(kept) !== undefined);
}
