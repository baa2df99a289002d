// Walks over the bytes of a JSON text and checks its grammar on the way (RFC 8259, as strict as Go's encoding/json).
// Builds nothing: a string comes back as the place where it stands.
import { InputError } from "../errors.ts";

/** Where a string stands, without its quotes. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

const MAX_DEPTH = 10_000;

const [QUOTE, BACKSLASH, COMMA, COLON, MINUS, PLUS, POINT, ZERO] = [0x22, 0x5c, 0x2c, 0x3a, 0x2d, 0x2b, 0x2e, 0x30];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
const [UPPER_E, LOWER_E, LOWER_F, LOWER_N, LOWER_T, LOWER_U] = [0x45, 0x65, 0x66, 0x6e, 0x74, 0x75];
const SIMPLE_ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));

export class JSONScanner {
  readonly bytes: Uint8Array;
  private at = 0;
  /** What closes each container that is open, the innermost last. */
  private readonly closers: number[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  isNull(): boolean {
    return this.bytes[this.at] === LOWER_N;
  }

  isObject(): boolean {
    return this.bytes[this.at] === OPEN_BRACE;
  }

  isList(): boolean {
    return this.bytes[this.at] === OPEN_BRACKET;
  }

  /** False when the list is empty, and then behind. Stops at the first value. */
  enterList(): boolean {
    return this.opens(CLOSE_BRACKET);
  }

  /** After a value: false at the end of the list, which then is behind. Stops at the next value. */
  nextItem(): boolean {
    return this.continues(CLOSE_BRACKET);
  }

  /** The first key, or undefined when the object is empty and then behind. Stops at the key's value. */
  enterObject(): Place | undefined {
    return this.opens(CLOSE_BRACE) ? this.key() : undefined;
  }

  /** The key after a value, or undefined at the end of the object, which then is behind. Stops at the key's value. */
  nextKey(): Place | undefined {
    return this.continues(CLOSE_BRACE) ? this.key() : undefined;
  }

  /** Undefined when no string stands here. */
  string(): Place | undefined {
    const start = this.at + 1;
    if (this.bytes[this.at] !== QUOTE) return undefined;
    this.skipString();
    return { start, end: this.at - 1 };
  }

  /** Passes over any value; without recursion, because 10,000 levels are legal. */
  skipValue(): void {
    const enclosing = this.closers.length;
    do this.skipFirstScalar();
    while (this.hasNextValue(enclosing));
  }

  skipSpace(): void {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.at += 1;
    }
  }

  unexpected(wanted: string): InputError {
    return new InputError(`not the JSON that was expected: ${wanted} must stand at byte ${this.at}`);
  }

  private key(): Place {
    const key = this.string();
    if (!key) throw this.unexpected("a key");
    this.skipSpace();
    if (this.bytes[this.at] !== COLON) throw this.unexpected("a colon");
    this.at += 1;
    this.skipSpace();
    return key;
  }

  /** False when the container is empty, and then behind. */
  private opens(closer: number): boolean {
    if (this.closers.length === MAX_DEPTH) throw new InputError(`JSON nested deeper than ${MAX_DEPTH} levels`);
    this.at += 1;
    this.skipSpace();
    if (this.bytes[this.at] === closer) {
      this.at += 1;
      return false;
    }
    this.closers.push(closer);
    return true;
  }

  /** After a value: false when the container ends here, and then is behind. */
  private continues(closer: number): boolean {
    this.skipSpace();
    const byte = this.bytes[this.at];
    if (byte !== COMMA && byte !== closer) throw this.unexpected("a comma or the end of the list or object");
    this.at += 1;
    if (byte === closer) this.closers.pop();
    else this.skipSpace();
    return byte === COMMA;
  }

  /** Enters containers until a scalar, or an empty container, is behind. */
  private skipFirstScalar(): void {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === OPEN_BRACE) {
        if (!this.enterObject()) return;
      } else if (byte === OPEN_BRACKET) {
        if (!this.opens(CLOSE_BRACKET)) return;
      } else {
        this.skipScalar(byte);
        return;
      }
    }
  }

  /** Closes what ends here, down to `enclosing` open containers; stops at the next value, if there is one. */
  private hasNextValue(enclosing: number): boolean {
    while (this.closers.length > enclosing) {
      const closer = this.closers.at(-1) ?? CLOSE_BRACE;
      if (!this.continues(closer)) continue;
      if (closer === CLOSE_BRACE) this.key();
      return true;
    }
    return false;
  }

  private skipScalar(byte: number | undefined): void {
    if (byte === QUOTE) this.skipString();
    else if (byte === LOWER_N) this.skipWord("null");
    else if (byte === LOWER_T) this.skipWord("true");
    else if (byte === LOWER_F) this.skipWord("false");
    else this.skipNumber();
  }

  private skipString(): void {
    const { bytes } = this;
    let at = this.at + 1;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) break;
      if (byte < 0x20) {
        this.at = at;
        throw this.unexpected("the rest of a string, without raw control characters,");
      }
      at = byte === BACKSLASH ? this.endOfEscape(at + 1) : at + 1;
    }
    this.at = at + 1;
  }

  private endOfEscape(at: number): number {
    const byte = this.bytes[at] ?? 0;
    this.at = at;
    if (byte !== LOWER_U && !SIMPLE_ESCAPES.has(byte)) throw this.unexpected("an escape");
    if (byte !== LOWER_U) return at + 1;
    while (this.at < at + 4) {
      this.at += 1;
      if (!isHex(this.bytes[this.at])) throw this.unexpected("a hexadecimal digit");
    }
    return at + 5;
  }

  private skipWord(word: string): void {
    for (let place = 0; place < word.length; place++, this.at++) {
      if (this.bytes[this.at] !== word.charCodeAt(place)) throw this.unexpected(`the rest of ${word}`);
    }
  }

  private skipNumber(): void {
    if (this.bytes[this.at] === MINUS) this.at += 1;
    if (this.bytes[this.at] === ZERO) this.at += 1;
    else this.skipDigits("a value");
    if (this.bytes[this.at] === POINT) {
      this.at += 1;
      this.skipDigits("a digit");
    }
    if (this.bytes[this.at] === LOWER_E || this.bytes[this.at] === UPPER_E) {
      this.at += 1;
      if (this.bytes[this.at] === PLUS || this.bytes[this.at] === MINUS) this.at += 1;
      this.skipDigits("a digit");
    }
  }

  private skipDigits(wanted: string): void {
    const start = this.at;
    while (isDigit(this.bytes[this.at])) this.at += 1;
    if (this.at === start) throw this.unexpected(wanted);
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
