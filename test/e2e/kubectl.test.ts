// The user's page, walked with stock kubectl against the embedded API. Runs where kubectl is in PATH; `.ci/run` has it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDockbell } from "../support/dockbell.ts";

const dockbell = createDockbell();
before(() => dockbell.start("--base-url", "https://dockbell.example.com/hooks"));
after(() => dockbell.dispose());

const PAGE = (secret: string) => `
apiVersion: v1
kind: Secret
metadata:
  name: dh-wh-secret
  namespace: kargo-demo
  labels:
    kargo.akuity.io/cred-type: generic
data:
  secret: ${Buffer.from(secret).toString("base64")}
---
apiVersion: kargo.akuity.io/v1alpha1
kind: ProjectConfig
metadata:
  name: kargo-demo
  namespace: kargo-demo
spec:
  webhookReceivers:
    - name: dh-wh-receiver
      dockerhub:
        secretRef:
          name: dh-wh-secret
`;
const NAMESPACE =
  "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: kargo-demo\n  labels: { kargo.akuity.io/project: 'true' }\n";

function kubectl(args: readonly string[], input = ""): string {
  const env = { ...process.env, KUBECONFIG: join(dockbell.directory, "kubeconfig") };
  const { status, stdout, stderr } = spawnSync("kubectl", args, { env, input, encoding: "utf8" });
  assert.equal(status, 0, `kubectl ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** docs/compatibility.md, section 2.1. */
function pathFor(secret: string): string {
  return `/hooks/dockerhub/${createHash("sha256").update(`kargo-demodh-wh-receiver${secret}`).digest("hex")}`;
}

function publishedPath(): string {
  const text = kubectl("get projectconfigs kargo-demo -n kargo-demo -o=jsonpath={.status.webhookReceivers}".split(" "));
  return text === "" ? "" : ((JSON.parse(text) as readonly { path: string }[])[0]?.path ?? "");
}

test("the page's manifests give the receiver Kargo's URL", () => {
  kubectl(["apply", "-f", "-"], NAMESPACE);
  const applied = kubectl(["apply", "-f", "-"], PAGE("s3cr3t"));
  kubectl("wait --for=condition=Ready projectconfig/kargo-demo -n kargo-demo --timeout=10s".split(" "));

  assert.match(applied, /secret\/dh-wh-secret created\nprojectconfig.kargo.akuity.io\/kargo-demo created/);
  assert.equal(publishedPath(), pathFor("s3cr3t"));
});

test("applying again changes nothing", () => {
  const applied = kubectl(["apply", "-f", "-"], PAGE("s3cr3t"));

  assert.match(applied, /secret\/dh-wh-secret unchanged\nprojectconfig.kargo.akuity.io\/kargo-demo unchanged/);
});

test("a changed Secret changes the URL at once", () => {
  kubectl(["apply", "-f", "-"], PAGE("another"));
  kubectl([
    ..."wait -n kargo-demo projectconfig/kargo-demo --timeout=10s".split(" "),
    `--for=jsonpath={.status.webhookReceivers[0].path}=${pathFor("another")}`,
  ]);

  assert.equal(publishedPath(), pathFor("another"));
});

test("objects are listed, annotated, patched, watched and deleted", () => {
  const table = kubectl("get projectconfigs -A".split(" "));
  kubectl("annotate projectconfig kargo-demo -n kargo-demo example.com/a=b".split(" "));
  kubectl([
    "patch",
    "projectconfig",
    "kargo-demo",
    "-n",
    "kargo-demo",
    "--type=merge",
    "-p",
    '{"metadata":{"labels":{"a":"b"}}}',
  ]);
  const labelled = kubectl("get projectconfigs -n kargo-demo -l a=b -o name".split(" "));
  kubectl("delete projectconfig kargo-demo -n kargo-demo".split(" "));
  const gone = kubectl("get projectconfigs -n kargo-demo -o name".split(" "));

  assert.match(table, /^NAMESPACE +NAME +READY +STATUS +AGE\nkargo-demo +kargo-demo +True /);
  assert.equal(labelled, "projectconfig.kargo.akuity.io/kargo-demo\n");
  assert.equal(gone, "");
});
