// Keys that stand twice in one object of a JSON text, which `JSON.parse` passes over: the last one wins.

interface Cursor {
  readonly text: string;
  place: number;
  readonly found: string[];
}

/** Paths as Kubernetes writes them (`spec.subscriptions[0].image`). `text` must be valid JSON. */
export function duplicateKeys(text: string): readonly string[] {
  const cursor: Cursor = { text, place: 0, found: [] };
  visitValue(cursor, "");
  return cursor.found;
}

function visitValue(cursor: Cursor, path: string): void {
  skipSpace(cursor);
  const character = cursor.text[cursor.place];
  if (character === "{") visitObject(cursor, path);
  else if (character === "[") visitArray(cursor, path);
  else if (character === '"') takeString(cursor);
  else
    while (cursor.place < cursor.text.length && !",]} \t\r\n".includes(cursor.text[cursor.place] ?? "")) cursor.place++;
  skipSpace(cursor);
}

function visitObject(cursor: Cursor, path: string): void {
  const seen = new Set<string>();
  cursor.place++;
  skipSpace(cursor);
  while (cursor.text[cursor.place] !== "}") {
    const key = JSON.parse(takeString(cursor)) as string;
    const keyPath = path === "" ? key : `${path}.${key}`;
    if (seen.has(key)) cursor.found.push(keyPath);
    seen.add(key);
    skipSpace(cursor);
    cursor.place++;
    visitValue(cursor, keyPath);
    skipComma(cursor);
  }
  cursor.place++;
}

function visitArray(cursor: Cursor, path: string): void {
  cursor.place++;
  skipSpace(cursor);
  for (let index = 0; cursor.text[cursor.place] !== "]"; index++) {
    visitValue(cursor, `${path}[${index}]`);
    skipComma(cursor);
  }
  cursor.place++;
}

/** The string with its quotes; the cursor stands at its first. */
function takeString(cursor: Cursor): string {
  const start = cursor.place;
  cursor.place++;
  while (cursor.text[cursor.place] !== '"') cursor.place += cursor.text[cursor.place] === "\\" ? 2 : 1;
  cursor.place++;
  return cursor.text.slice(start, cursor.place);
}

function skipSpace(cursor: Cursor): void {
  while (" \t\r\n".includes(cursor.text[cursor.place] ?? "x")) cursor.place++;
}

function skipComma(cursor: Cursor): void {
  if (cursor.text[cursor.place] === ",") cursor.place++;
  skipSpace(cursor);
}
