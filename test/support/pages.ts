// The fenced blocks of a Markdown page.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const ROOT = dirname(dirname(import.meta.dirname));

export interface Block {
  /** Empty where the fence names none. */
  readonly language: string;
  readonly text: string;
}

/** `page` is a path from the root of the repository. */
export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", body = ""]) => ({
    language,
    text: body,
  }));
}
