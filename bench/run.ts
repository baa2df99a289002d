// `npm run bench [-- SUBJECT…]`: what the goals are about, as ratios within one run where a machine's speed would show.
// All subjects one after another, or only the named ones.
import { benchClient } from "./client.ts";
import { benchDiscovery } from "./discovery.ts";
import { benchEmbeddedApi } from "./embedded-api.ts";
import { benchLookup } from "./lookup.ts";
import { benchMatching } from "./matching.ts";
import { benchMemory } from "./memory.ts";
import { benchProfile } from "./profile.ts";
import { benchReceiver } from "./receiver.ts";
import { benchStart } from "./start.ts";
import { chosenSubjects, printReport, type Subject } from "./subject.ts";

const SUBJECTS: Readonly<Record<string, Subject>> = {
  matching: benchMatching,
  start: benchStart,
  discovery: benchDiscovery,
  receiver: benchReceiver,
  lookup: benchLookup,
  memory: benchMemory,
  client: benchClient,
  "embedded-api": benchEmbeddedApi,
  profile: benchProfile,
};

for (const [name, measure] of chosenSubjects(SUBJECTS)) {
  process.stdout.write(`— ${name}\n`);
  await measure(printReport);
}
