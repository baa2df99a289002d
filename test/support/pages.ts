// The fenced blocks of a Markdown page.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const ROOT = dirname(dirname(import.meta.dirname));

/** Pages of docs/ for a cluster: the tests test/e2e/chart-*.test.ts walk them on a real API server. */
export const CLUSTER_PAGES = ["beside-kargo.md", "kubernetes.md", "uninstall.md"];

export interface Block {
  /** Empty where the fence names none. */
  readonly language: string;
  readonly text: string;
}

/** `page` is a path from the root of the repository, `section` a heading of it. */
export function blocksOf(page: string, section?: string): readonly Block[] {
  const whole = readFileSync(join(ROOT, page), "utf8");
  const text = section === undefined ? whole : sectionOf(whole, section);
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", body = ""]) => ({
    language,
    text: body,
  }));
}

function sectionOf(text: string, heading: string): string {
  const [, section] = text.split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`no section ${heading}`);
  return section.split("\n## ")[0] ?? "";
}
