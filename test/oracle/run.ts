// `npm run test:oracle [-- SUBJECT…] [--seed N] [--count N]`: compares our answers with Go's on fresh random cases.
// A disagreement prints the seed and the case, and fails the run: it becomes a fix, and a row of a table of tests.
import { isDeepStrictEqual, parseArgs } from "node:util";
import fc from "fast-check";
import { buildOracle, type Oracle, startOracle } from "./oracle.ts";
import { PATHS, PATTERNS } from "./patterns.ts";
import type { Case, Subject } from "./subject.ts";
import { IMAGES, URLS } from "./urls.ts";
import { CONSTRAINTS, VERSIONS } from "./versions.ts";
import { WEBHOOKS } from "./webhooks.ts";

const SUBJECTS: Readonly<Record<string, Subject>> = {
  versions: VERSIONS,
  constraints: CONSTRAINTS,
  patterns: PATTERNS,
  paths: PATHS,
  urls: URLS,
  images: IMAGES,
  webhooks: WEBHOOKS,
};
const BATCH = 2_000;
const MAX_SHOWN = 10;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string" }, count: { type: "string", default: "50000" } },
});
const seed = Number(flags.seed ?? Math.floor(Math.random() * 2 ** 31));
const names = positionals.length > 0 ? positionals : Object.keys(SUBJECTS);

interface Tally {
  disagreements: number;
  exceptions: number;
}

async function compare(oracle: Oracle, subject: Subject, count: number): Promise<Tally> {
  const tally: Tally = { disagreements: 0, exceptions: 0 };
  for (let start = 0; start < count; start += BATCH) {
    const cases = fc.sample(subject.cases, { numRuns: Math.min(BATCH, count - start), seed: seed + start });
    const answers = await oracle.ask(subject.kind, cases);
    for (const [place, asked] of cases.entries()) judge(subject, tally, { asked, theirs: answers[place] });
  }
  return tally;
}

function judge(subject: Subject, tally: Tally, { asked, theirs }: { asked: Case; theirs: unknown }): void {
  const ours = subject.answer(asked);
  if (isDeepStrictEqual(ours, theirs)) return;
  if (subject.exception?.(asked) !== undefined) {
    tally.exceptions += 1;
    return;
  }
  tally.disagreements += 1;
  if (tally.disagreements > MAX_SHOWN) return;
  const shown = { text: Buffer.from(asked.text as string).toString("latin1"), texts: asked.texts };
  process.stdout.write(
    `  ${JSON.stringify(shown)}\n    ours   ${JSON.stringify(ours)}\n    theirs ${JSON.stringify(theirs)}\n`,
  );
}

const oracle = startOracle(buildOracle());
let total = 0;
for (const name of names) {
  const subject = SUBJECTS[name];
  if (!subject) throw new Error(`unknown subject ${name}: choose from ${Object.keys(SUBJECTS).join(", ")}`);
  const { disagreements, exceptions } = await compare(oracle, subject, Number(flags.count));
  process.stdout.write(
    `${name}: ${flags.count} cases, ${disagreements} disagreements, ${exceptions} named exceptions, seed ${seed}\n`,
  );
  total += disagreements;
}
oracle.close();
process.exitCode = total === 0 ? 0 : 1;
