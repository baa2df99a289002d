// What `dockbell serve` refuses before it touches anything, each in a sentence with what to do, and exit code 2.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { createDockbell } from "../support/dockbell.ts";

const dockbell = createDockbell();
after(() => dockbell.dispose());

const KUBECONFIG = ["--kubeconfig", join(dockbell.directory, "none")];
const URL = ["--base-url", "https://dockbell.example.com"];

const REFUSALS: readonly (readonly [flags: readonly string[], message: RegExp])[] = [
  [KUBECONFIG, /^dockbell: --base-url must be set: give it the address/],
  [[...KUBECONFIG, ...URL], /^dockbell: there is no kubeconfig .*none$/m],
  [
    [...URL, "--roles", "sender"],
    /^dockbell: --roles: "sender" is not a role: there are receiver, projectconfig, warehouse/,
  ],
  [
    [...URL, "--delivery-log", "volatile", "--answer-within", "0s"],
    /^dockbell: --answer-within=0s promises what --delivery-log=volatile cannot keep/,
  ],
  [
    [...URL, "--delivery-log", "none"],
    /^dockbell: --delivery-log: "none" is not a delivery log: there are disk, volatile/,
  ],
  [["--roles", "warehouse", ...KUBECONFIG], /^dockbell: there is no kubeconfig/],
  [
    [...URL, "--admin-listen", "127.0.0.1:8080"],
    /^dockbell: --listen 0\.0\.0\.0:8080 and --admin-listen 127\.0\.0\.1:8080 need the same port: choose another/,
  ],
  [["--roles", "warehouse", "--admin-listen", "0.0.0.0:8080", ...KUBECONFIG], /^dockbell: there is no kubeconfig/],
];

test("serve is refused where it could not do what it is told, and leaves nothing behind", async () => {
  const directory = join(dockbell.directory, "data");

  const answers = await Promise.all(
    REFUSALS.map(([flags]) => dockbell.run("serve", "--data-dir", directory, ...flags)),
  );

  for (const [place, [, message]] of REFUSALS.entries()) {
    assert.match(answers[place]?.output ?? "", message);
    assert.equal(answers[place]?.code, 2);
  }
  assert.ok(!existsSync(directory));
});
