// Label selectors as Kubernetes reads them, with its words for what it cannot read: the grammar of
// k8s.io/apimachinery/pkg/labels (`x`, `!x`, `=`, `==`, `!=`, `in`, `notin`, `>`, `<`).
import { labelValueFaults, qualifiedNameFaults } from "./qualified-name.ts";
import { StatusError } from "./statuses.ts";

type Labels = Readonly<Record<string, string>> | undefined;
type Token = { readonly kind: "end" | "identifier" | "symbol"; readonly text: string };

const SYMBOLS = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];
const OPERATORS = ["in", "notin", "=", "==", "!=", ">", "<"];
const OPERATOR_NAMES = "in, notin, =, ==, !=, gt, lt";

/** Throws `StatusError` (400) for a selector that cannot be read. */
export function labelMatcher(selector: string): (labels: Labels) => boolean {
  const parser = new SelectorParser(selector);
  const requirements = parser.requirements();
  return (labels) => requirements.every((matches) => matches(labels));
}

class SelectorParser {
  readonly #tokens: readonly Token[];
  #place = 0;

  constructor(selector: string) {
    this.#tokens = tokensOf(selector);
  }

  requirements(): readonly ((labels: Labels) => boolean)[] {
    const found: ((labels: Labels) => boolean)[] = [];
    if (this.#peek().kind === "end") return found;
    if (!this.#beginsRequirement())
      throw refused(`found '${this.#peek().text}', expected: !, identifier, or 'end of string'`);
    while (true) {
      found.push(this.#requirement());
      const token = this.#take();
      if (token.kind === "end") return found;
      if (token.text !== ",") throw refused(`found '${token.text}', expected: ',' or 'end of string'`);
      if (!this.#beginsRequirement()) throw refused(`found '${this.#peek().text}', expected: identifier after ','`);
    }
  }

  #requirement(): (labels: Labels) => boolean {
    const isNegated = this.#peek().text === "!";
    if (isNegated) this.#take();
    const { kind, text: key } = this.#take();
    if (kind !== "identifier") throw unreadable(`found '${key}', expected: identifier`);
    checkKey(key);
    if (isNegated) return (labels) => labels?.[key] === undefined;
    if (this.#endsRequirement()) return (labels) => labels?.[key] !== undefined;
    const operator = this.#take().text;
    if (!OPERATORS.includes(operator)) throw unreadable(`found '${operator}', expected: ${OPERATOR_NAMES}`);
    const values = operator === "in" || operator === "notin" ? this.#values() : [this.#exactValue()];
    checkValues(key, operator, values);
    return (labels) => matchesOperator(operator, labels?.[key], values);
  }

  #values(): readonly string[] {
    const open = this.#take();
    if (open.text !== "(") throw unreadable(`found '${open.text}' expected: '('`);
    const values: string[] = [];
    while (true) {
      values.push(this.#peek().kind === "identifier" ? this.#take().text : "");
      const { text } = this.#take();
      if (text === ")") return values;
      if (text !== ",") throw unreadable(`found '${text}', expected: ',' or ')'`);
    }
  }

  #exactValue(): string {
    if (this.#endsRequirement()) return "";
    const { kind, text } = this.#take();
    if (kind !== "identifier") throw unreadable(`found '${text}', expected: identifier`);
    return text;
  }

  #beginsRequirement(): boolean {
    return this.#peek().kind === "identifier" || this.#peek().text === "!";
  }

  #endsRequirement(): boolean {
    return this.#peek().kind === "end" || this.#peek().text === ",";
  }

  #peek(): Token {
    return this.#tokens[this.#place] ?? { kind: "end", text: "" };
  }

  #take(): Token {
    const token = this.#peek();
    this.#place++;
    return token;
  }
}

function tokensOf(selector: string): readonly Token[] {
  const pattern = /\s*(?:(?<symbol>==|!=|[=!(),<>])|(?<identifier>[^\s=!(),<>]+))/gy;
  return [...selector.matchAll(pattern)].map(({ groups }) => {
    const symbol = groups?.["symbol"];
    return symbol !== undefined && SYMBOLS.includes(symbol)
      ? { kind: "symbol", text: symbol }
      : { kind: "identifier", text: groups?.["identifier"] ?? "" };
  });
}

function matchesOperator(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case "=":
    case "==":
    case "in":
      return value !== undefined && values.includes(value);
    case ">":
      return isWhole(value) && Number(value) > Number(values[0]);
    case "<":
      return isWhole(value) && Number(value) < Number(values[0]);
    default:
      return value === undefined || !values.includes(value);
  }
}

function checkKey(key: string): void {
  const [fault] = qualifiedNameFaults(key);
  if (fault) throw unreadable(`key: Invalid value: "${key}": ${fault}`);
}

function checkValues(key: string, operator: string, values: readonly string[]): void {
  const isComparison = operator === ">" || operator === "<";
  if (isComparison && !isWhole(values[0])) {
    throw unreadable(
      `values[0]: Invalid value: "${values[0]}": for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  for (const [place, value] of values.entries()) {
    const [fault] = labelValueFaults(value);
    if (fault) throw unreadable(`values[${place}][${key}]: Invalid value: "${value}": ${fault}`);
  }
}

function isWhole(value: string | undefined): boolean {
  return value !== undefined && /^[-+]?\d+$/.test(value);
}

function unreadable(what: string): StatusError {
  return refused(`unable to parse requirement: ${what}`);
}

function refused(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}
