// Percent-encoding in the parts of a URL, as Go's net/url has it. Bytes are one character each.

type Part = "path" | "user" | "host" | "fragment";

/** What stands for itself in each part. */
const UNESCAPED: Readonly<Record<Part, RegExp>> = {
  path: /[^A-Za-z0-9\-._~$&+,/:;=@]/g,
  user: /[^A-Za-z0-9\-._~$&+,;=]/g,
  host: /[^A-Za-z0-9\-._~!"$&'()*+,:;<=>[\]]/g,
  fragment: /[^A-Za-z0-9\-._~!$&()*+,/:;=?@]/g,
};

/** What a raw text may hold and still be printed as it is. */
const ACCEPTED: Readonly<Record<"path" | "fragment", RegExp>> = {
  path: /^[A-Za-z0-9\-._~!$&'()*+,/:;=@[\]%]*$/,
  fragment: /^[A-Za-z0-9\-._~!$&'()*+,/:;=?@[\]%]*$/,
};

const ESCAPE = /%([0-9A-Fa-f]{2})/g;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const NOT_HOST = /[^A-Za-z0-9\-._~!"$&'()*+,:;<=>[\]%\x80-\xff]/;

export function escapeBytes(bytes: string, part: Part): string {
  return bytes.replace(UNESCAPED[part], (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

/** Undefined when a percent sign is not followed by two digits. */
export function unescapeBytes(text: string): string | undefined {
  if (BROKEN_ESCAPE.test(text)) return undefined;
  return text.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** A host may escape only what is not ASCII, and the percent sign. */
export function unescapeHost(text: string): string | undefined {
  return unescapeWhere(text, (byte, sequence) => byte >= "\x80" || sequence === "%25");
}

/** A zone may escape whatever a host may hold unescaped, and the space. */
export function unescapeZone(text: string): string | undefined {
  return unescapeWhere(
    text,
    (byte, sequence) => sequence === "%25" || byte === " " || (byte < "\x80" && byte !== "%" && !NOT_HOST.test(byte)),
  );
}

export function isEscapedAs(raw: string, part: "path" | "fragment"): boolean {
  return ACCEPTED[part].test(raw);
}

function unescapeWhere(text: string, isAllowed: (byte: string, sequence: string) => boolean): string | undefined {
  if (BROKEN_ESCAPE.test(text) || NOT_HOST.test(text)) return undefined;
  const escapes = text.match(ESCAPE) ?? [];
  return escapes.every((sequence) => isAllowed(unescapeBytes(sequence) ?? "", sequence))
    ? unescapeBytes(text)
    : undefined;
}
