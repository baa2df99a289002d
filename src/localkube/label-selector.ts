// Label selectors as Kubernetes reads them, with its words for what it cannot read: the grammar of
// k8s.io/apimachinery/pkg/labels (`x`, `!x`, `=`, `==`, `!=`, `in`, `notin`, `>`, `<`).
import { StatusError } from "./statuses.ts";

type Labels = Readonly<Record<string, string>> | undefined;
type Token = { readonly kind: "end" | "identifier" | "symbol"; readonly text: string };

const SYMBOLS = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];
const OPERATORS = ["in", "notin", "=", "==", "!=", ">", "<"];
const OPERATOR_NAMES = "in, notin, =, ==, !=, gt, lt";
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

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
    if (this.#peek().text === ")") {
      this.#take();
      return values;
    }
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
  const [name = "", prefix, ...more] = key.split("/").reverse();
  const isPrefixRight = prefix === undefined || (prefix.length <= 253 && PREFIX.test(prefix));
  if (more.length === 0 && isPrefixRight && name.length <= 63 && NAME.test(name)) return;
  const rule =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  throw unreadable(`key: Invalid value: "${key}": ${rule}`);
}

function checkValues(key: string, operator: string, values: readonly string[]): void {
  if (values.length === 0) {
    throw unreadable("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
  }
  const isComparison = operator === ">" || operator === "<";
  if (isComparison && !isWhole(values[0])) {
    throw unreadable(
      `values[0]: Invalid value: "${values[0]}": for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  const place = values.findIndex((value) => value !== "" && (value.length > 63 || !NAME.test(value)));
  if (place < 0) return;
  const rule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
  throw unreadable(`values[${place}][${key}]: Invalid value: "${values[place]}": ${rule}`);
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
