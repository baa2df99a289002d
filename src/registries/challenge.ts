// Reads `WWW-Authenticate`: RFC 9110, section 11.6.1, and the Distribution project's "Token Authentication".

export type Challenge =
  | { readonly kind: "basic" }
  | {
      readonly kind: "bearer";
      readonly realm: string;
      /** "" where the registry names none. */
      readonly service: string;
      readonly scope: string;
    };

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(`(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, "y");
const SCHEME = new RegExp(`(${TOKEN})(?=\\s|,|$)`, "y");
const SEPARATOR = /[\s,]*/y;

/** The strongest challenge that can be answered: Bearer before Basic; undefined where there is neither. */
export function parseChallenge(header: string): Challenge | undefined {
  const challenges = readChallenges(header);
  const bearer = challenges.find(({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm"));
  if (bearer) {
    const text = (name: string) => bearer.parameters.get(name) ?? "";
    return { kind: "bearer", realm: text("realm"), service: text("service"), scope: text("scope") };
  }
  return challenges.some(({ scheme }) => scheme === "basic") ? { kind: "basic" } : undefined;
}

interface AnyChallenge {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

/** Stops at what is not a challenge: what was read before it counts. */
function readChallenges(header: string): readonly AnyChallenge[] {
  const challenges: AnyChallenge[] = [];
  const next = { at: 0 };
  for (;;) {
    take(SEPARATOR, header, next);
    const parameter = take(PARAMETER, header, next);
    if (parameter) {
      const [, name = "", quoted, plain = ""] = parameter;
      const value = quoted === undefined ? plain : quoted.replace(/\\(.)/g, "$1");
      challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
      continue;
    }
    const scheme = take(SCHEME, header, next);
    if (!scheme) return challenges;
    challenges.push({ scheme: (scheme[1] ?? "").toLowerCase(), parameters: new Map() });
  }
}

function take(pattern: RegExp, text: string, next: { at: number }): RegExpExecArray | null {
  const sticky = new RegExp(pattern.source, "y");
  sticky.lastIndex = next.at;
  const match = sticky.exec(text);
  if (match) next.at = sticky.lastIndex;
  return match;
}
