// `npm run bench:cluster [-- SUBJECT…]`: what the goals on a real API server are about, beside the bare limit in the same
// run. The server is `test/cluster`'s, started for the run; its etcd runs without fsync, so that both are faster than in
// production. Needs Go, or the built server in its cache.
import { startRealApi } from "../test/support/real-api.ts";
import { type ClusterApi, withClusterApi } from "./cluster-api.ts";
import { benchClusterDiscovery } from "./cluster-discovery.ts";
import { benchManyTargets, benchOneWarehouse } from "./cluster-fan.ts";
import { createReceiver } from "./cluster-objects.ts";
import { benchManyWarehouses, benchWebhooks } from "./cluster-webhooks.ts";
import { chosenSubjects, printReport, type Report } from "./subject.ts";

const SUBJECTS: Readonly<Record<string, (api: ClusterApi, report: Report) => Promise<void>>> = {
  webhooks: benchWebhooks,
  "one-warehouse": benchOneWarehouse,
  "many-targets": benchManyTargets,
  "many-warehouses": benchManyWarehouses,
  discovery: benchClusterDiscovery,
};

const chosen = chosenSubjects(SUBJECTS);
const server = await startRealApi();
try {
  await withClusterApi(server.kubeconfig, async (api) => {
    await createReceiver(api);
    process.stdout.write("etcd without fsync: a production store is slower, for Dockbell and for the bare limit\n");
    for (const [name, measure] of chosen) {
      process.stdout.write(`— ${name}\n`);
      await measure(api, printReport);
    }
  });
} finally {
  await server.dispose();
}
