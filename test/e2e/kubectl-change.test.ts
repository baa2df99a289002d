// `annotate`, `label`, `patch` and `edit`: changes to objects that are there.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { useBothApis } from "../support/both-apis.ts";
import { namespace, projectConfig, secret, warehouse } from "../support/manifests.ts";

const { same } = useBothApis();
const NS = "change-test";

describe("an object that is there", () => {
  const editors = mkdtempSync(join(tmpdir(), "dockbell-editor-"));
  after(() => rmSync(editors, { recursive: true }));
  before(async () => {
    await same("create -f -", { input: namespace(NS) });
    await same(`create -n ${NS} -f -`, { input: `${secret("s", "a")}${projectConfig(NS)}${warehouse("w")}` });
  });

  /** A program that edits the file it is given, as `$EDITOR`. */
  function editor(name: string, sed: string): Readonly<Record<string, string>> {
    const path = join(editors, name);
    writeFileSync(path, `#!/bin/sh\nexec sed -i '${sed}' "$1"\n`);
    chmodSync(path, 0o755);
    return { EDITOR: path, KUBE_EDITOR: path };
  }

  for (const target of ["warehouse w", "secret s", `projectconfig ${NS}`, `namespace ${NS}`]) {
    test(`${target} is annotated and labelled`, async () => {
      await same(`annotate ${target} -n ${NS} example.com/a=b`);
      await same(`annotate ${target} -n ${NS} example.com/a=b`);
      await same(`annotate ${target} -n ${NS} example.com/a=c`);
      await same(`annotate ${target} -n ${NS} example.com/a=c --overwrite`);
      await same(`annotate ${target} -n ${NS} --list`);
      await same(`label ${target} -n ${NS} tier=one stage=two`);
      await same(`label ${target} -n ${NS} tier=two`);
      await same(`label ${target} -n ${NS} tier=two --overwrite`);
      await same(`label ${target} -n ${NS} tier- none-`);
      await same(`label ${target} -n ${NS} --dry-run=server dry=yes`);
      await same(`annotate ${target} -n ${NS} example.com/a-`);
      await same(`get ${target} -n ${NS} -o jsonpath={.metadata.labels}{.metadata.annotations}`);
    });
  }

  test("labels that are none are refused", async () => {
    await same(`label warehouse w -n ${NS} bad=va/lue`);
    await same(`patch warehouse w -n ${NS} --type=merge -p {"metadata":{"labels":{"bad":"va/lue"}}}`);
    await same(`patch secret s -n ${NS} -p {"metadata":{"labels":{"bad":"va/lue"}}}`);
    await same(`patch secret s -n ${NS} -p {"metadata":{"annotations":{"bad/key/x":"v"}}}`);
  });

  test("a merge patch changes, adds and takes away", async () => {
    await same(`patch warehouse w -n ${NS} --type=merge -p {"spec":{"interval":"7m0s"}}`);
    await same(`patch warehouse w -n ${NS} --type=merge -p {"spec":{"interval":"7m0s"}}`);
    await same(`patch warehouse w -n ${NS} --type=merge -p {"spec":{"interval":null}}`);
    await same(`patch secret s -n ${NS} --type=merge -p {"data":{"added":"YQ=="}}`);
    await same(`patch warehouse w -n ${NS} --type=merge -p {"spec":{"shardd":"west"}}`);
    await same(`patch warehouse w -n ${NS} --type=merge -p {"spec":{"interval":"soon"}}`);
    await same(`patch warehouse nowhere -n ${NS} --type=merge -p {"spec":{"interval":"7m0s"}}`);

    const { stdout } = await same(`get warehouse w -n ${NS} -o jsonpath={.metadata.generation}`);

    assert.equal(stdout, "3");
  });

  test("a JSON patch does its operations or none", async () => {
    await same(`patch warehouse w -n ${NS} --type=json -p [{"op":"add","path":"/spec/interval","value":"8m0s"}]`);
    await same(`patch warehouse w -n ${NS} --type=json -p [{"op":"test","path":"/spec/interval","value":"9m0s"}]`);
    await same(`patch warehouse w -n ${NS} --type=json -p [{"op":"remove","path":"/spec/none"}]`);
    await same(`patch secret s -n ${NS} --type=json -p [{"op":"remove","path":"/data/added"}]`);
  });

  test("a strategic merge patch is for built-in kinds", async () => {
    await same(`patch secret s -n ${NS} -p {"metadata":{"finalizers":["example.com/a"]}}`);
    await same(`patch secret s -n ${NS} -p {"metadata":{"finalizers":["example.com/b"]}}`);
    await same(`get secret s -n ${NS} -o jsonpath={.metadata.finalizers}`);
    await same(
      `patch secret s -n ${NS} -p {"metadata":{"$deleteFromPrimitiveList/finalizers":["example.com/a","example.com/b"]}}`,
    );
    await same(`get secret s -n ${NS} -o jsonpath={.metadata.finalizers}`);
    await same(`patch warehouse w -n ${NS} -p {"spec":{"interval":"9m0s"}}`);
  });

  test("a status is patched through its subresource alone", async () => {
    await same(`patch warehouse w -n ${NS} --subresource=status --type=merge -p {"status":{"lastFreightID":"f"}}`);
    await same(`patch warehouse w -n ${NS} --type=merge -p {"status":{"lastFreightID":"ignored"}}`);
    await same(`get warehouse w -n ${NS} --subresource=status -o jsonpath={.status}`);
  });

  test("edit changes what the editor changed, and nothing else", async () => {
    await same(`edit warehouse w -n ${NS}`, { env: editor("interval", "s/interval: .*/interval: 11m0s/") });
    await same(`edit secret s -n ${NS}`, { env: editor("label", "s/app: demo/app: edited/") });
    await same(`edit warehouse w -n ${NS}`, { env: editor("nothing", "s/a/a/") });

    const { stdout } = await same(`get warehouse w -n ${NS} -o jsonpath={.spec.interval}`);

    assert.equal(stdout, "11m0s");
  });
});
