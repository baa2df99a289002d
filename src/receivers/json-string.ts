// Strings and keys of a JSON text that was scanned already, read as Go reads them: whatever is no Unicode becomes U+FFFD.
import { isUtf8 } from "node:buffer";
import type { Place } from "./json-scanner.ts";

const BACKSLASH = 0x5c;

/** The string that stands there. */
export function unquote(bytes: Uint8Array, { start, end }: Place): string {
  if (start === end) return "";
  const inside = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  const text = isUtf8(inside) ? inside.toString("utf8") : decodeBroken(inside);
  if (!text.includes("\\")) return text;
  return (JSON.parse(`"${text}"`) as string).toWellFormed();
}

/** The name among those of `names` that Go takes the key for, whatever its case. They are lower-case ASCII. */
export function nameKey(bytes: Uint8Array, key: Place, names: Readonly<Record<string, unknown>>): string | undefined {
  for (const name in names) {
    if (isPlainlyNamed(bytes, key, name)) return name;
  }
  if (isPlain(bytes, key)) return undefined;
  const folded = fold(unquote(bytes, key));
  return Object.hasOwn(names, folded) ? folded : undefined;
}

/** Without building a string: most keys are of no interest, and every webhook passes here. */
function isPlainlyNamed(bytes: Uint8Array, { start, end }: Place, name: string): boolean {
  if (end - start !== name.length) return false;
  for (let place = 0; place < name.length; place++) {
    const byte = bytes[start + place] ?? 0;
    const isUpper = byte >= 0x41 && byte <= 0x5a;
    if ((isUpper ? byte | 0x20 : byte) !== name.charCodeAt(place)) return false;
  }
  return true;
}

/** ASCII without escapes. */
function isPlain(bytes: Uint8Array, { start, end }: Place): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80 || byte === BACKSLASH) return false;
  }
  return true;
}

/** Unicode's simple folding, as far as it can end in ASCII: a long s and the Kelvin sign besides the capitals. */
function fold(key: string): string {
  return key
    .replaceAll("\u017f", "s")
    .replaceAll("\u212a", "k")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** One U+FFFD for each byte that belongs to no character, where a `TextDecoder` gives one for several. */
function decodeBroken(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const character = bytes.subarray(at, at + length);
    const isWhole = character.length === length && isUtf8(character);
    text += isWhole ? character.toString("utf8") : "\ufffd";
    at += isWhole ? length : 1;
  }
  return text;
}
