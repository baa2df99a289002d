// `npm run bench [-- SUBJECT…]`: what the goals are about, as ratios within one run where a machine's speed would show.
// All subjects one after another, or only the named ones.
import { benchClient } from "./client.ts";
import { benchDiscovery } from "./discovery.ts";
import { benchEmbeddedApi } from "./embedded-api.ts";
import { benchLookup } from "./lookup.ts";
import { benchMatching } from "./matching.ts";
import { benchMemory } from "./memory.ts";
import { benchReceiver } from "./receiver.ts";
import { benchStart } from "./start.ts";
import type { Subject } from "./subject.ts";

const SUBJECTS: Readonly<Record<string, Subject>> = {
  matching: benchMatching,
  start: benchStart,
  discovery: benchDiscovery,
  receiver: benchReceiver,
  lookup: benchLookup,
  memory: benchMemory,
  client: benchClient,
  "embedded-api": benchEmbeddedApi,
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SUBJECTS);
const unknown = names.filter((name) => !Object.hasOwn(SUBJECTS, name));
if (unknown.length > 0) {
  process.stderr.write(`unknown subject ${unknown.join(", ")}: choose from ${Object.keys(SUBJECTS).join(", ")}\n`);
  process.exit(2);
}

for (const name of names) {
  process.stdout.write(`— ${name}\n`);
  await SUBJECTS[name]?.((what, value, goal) => {
    process.stdout.write(`${what.padEnd(52)} ${value.padEnd(24)} goal ${goal}\n`);
  });
}
