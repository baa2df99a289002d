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

/**
 * What a section quotes of the log, as patterns: every inline code of several words, in which `…` stands for anything.
 */
export function quotesOf(page: string, section: string): readonly RegExp[] {
  const text = sectionOf(readFileSync(join(ROOT, page), "utf8"), section).replace(/^```.*?^```$/gms, "");
  const codes = [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code.replaceAll(/\s+/g, " "));
  const quotes = codes.filter((code) => code.includes(" "));
  if (quotes.length === 0) throw new Error(`${section} quotes nothing`);
  return quotes.map((quote) => new RegExp(quote.split("…").map(RegExp.escape).join(".*")));
}

/** The first cells of the rows of a section's first table, without its head. */
export function firstCellsOf(page: string, section: string): readonly string[] {
  const text = sectionOf(readFileSync(join(ROOT, page), "utf8"), section);
  return [...text.matchAll(/^\| (.*?) +\|/gm)].slice(2).map(([, cell = ""]) => cell);
}

function sectionOf(text: string, heading: string): string {
  const [, section] = text.split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`no section ${heading}`);
  return section.split("\n## ")[0] ?? "";
}
