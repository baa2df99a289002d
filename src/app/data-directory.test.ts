import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { unexpected } from "../../test/support/kube.ts";
import { openDataDirectory } from "./data-directory.ts";
import { startEmbedded } from "./embedded.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "./system.ts";

function makeDirectory(t: TestContext) {
  const path = mkdtempSync(join(tmpdir(), "dockbell-directory-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

async function start(path: string) {
  const directory = openDataDirectory(path);
  const options = { directory, clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM, userAgent: "test", onError: unexpected };
  try {
    const embedded = await startEmbedded(options);
    return { close: () => embedded.close(0).then(directory.release) };
  } catch (error) {
    directory.release();
    throw error;
  }
}

test("nothing in a data directory that was there before can be read by other users", async (t) => {
  const path = makeDirectory(t);
  chmodSync(path, 0o755);
  writeFileSync(join(path, "kube.db"), "", { mode: 0o644 });

  const embedded = await start(path);
  const modes = [path, ...readdirSync(path).map((name) => join(path, name))].map(
    (file) => [file, statSync(file).mode & 0o077] as const,
  );
  await embedded.close();

  assert.deepEqual(
    modes.filter(([, open]) => open !== 0),
    [],
  );
});

test("an embedded API whose port is taken says how to get another, and the kubeconfig then names it", async (t) => {
  const path = makeDirectory(t);
  const first = await start(path);
  await first.close();
  const kept = Number(readFileSync(join(path, "kube-port"), "utf8"));
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(kept, "127.0.0.1", resolve));
  t.after(() => other.close());

  const refusal = await start(path).then(String, String);
  rmSync(join(path, "kube-port"));
  const second = await start(path);
  await second.close();

  assert.match(
    refusal,
    /InputError: the port of the embedded API cannot be had: .* is in use: end what has it, or remove .*kube-port to get/,
  );
  const port = readFileSync(join(path, "kube-port"), "utf8");
  assert.ok(readFileSync(join(path, "kubeconfig"), "utf8").includes(`server: https://127.0.0.1:${port}\n`));
});

const BROKEN = [
  { name: "certificate.json", content: '{"keyPem":"hunter2', why: /it holds no certificate with its private key/ },
  { name: "certificate.json", content: '{"certPem":"a","keyPem":"hunter2"}', why: /it holds no certificate with its/ },
  { name: "kube-port", content: "99999", why: /it holds no port/ },
  { name: "kube-port", content: "hunter2", why: /it holds no port/ },
  { name: "kube.db", content: "hunter2".repeat(1_000), why: /file is not a database/ },
  { name: "lock.db", content: "hunter2".repeat(1_000), why: /file is not a database/ },
];

for (const { name, content, why } of BROKEN) {
  test(`${content.slice(0, 18)} in ${name} is refused with the file and what to do, and is not quoted`, async (t) => {
    const path = makeDirectory(t);
    await (await start(path)).close();
    writeFileSync(join(path, name), content);

    const refusal = await start(path).then(String, String);

    assert.match(refusal, new RegExp(`^InputError: ${join(path, name)} cannot be used \\(`));
    assert.match(refusal, why);
    assert.match(refusal, /: restore it .*, or remove it to have it made anew, which loses .*--data-dir$/);
    assert.doesNotMatch(refusal, /hunter2/);
    rmSync(join(path, name));
    await (await start(path)).close();
  });
}

test("an empty token or certificate is made anew at the start, and the kubeconfig then has it", async (t) => {
  const path = makeDirectory(t);
  await (await start(path)).close();
  const files = ["token", "certificate.json", "kube-port", "kubeconfig"].map((name) => join(path, name));
  const [token = "", certificate = ""] = files;
  for (const file of files) writeFileSync(file, "");

  await (await start(path)).close();

  const kubeconfig = readFileSync(join(path, "kubeconfig"), "utf8");
  assert.match(readFileSync(token, "utf8"), /^[\w-]{43}$/);
  assert.ok(kubeconfig.includes(`token: ${readFileSync(token, "utf8")}\n`));
  const { certPem } = JSON.parse(readFileSync(certificate, "utf8")) as { certPem: string };
  assert.ok(kubeconfig.includes(Buffer.from(certPem).toString("base64")));
});

test("a token that was made anew is in the kubeconfig of the next start", async (t) => {
  const path = makeDirectory(t);
  await (await start(path)).close();
  writeFileSync(join(path, "token"), "");

  await (await start(path)).close();

  const token = readFileSync(join(path, "token"), "utf8");
  assert.ok(readFileSync(join(path, "kubeconfig"), "utf8").includes(`token: ${token}\n`));
});

for (const path of ["/proc/dockbell/data", join(import.meta.filename, "data"), import.meta.filename]) {
  test(`${path} is refused as a data directory, with the flag`, () => {
    assert.throws(() => openDataDirectory(path), {
      name: "InputError",
      message: /^--data-dir: .* cannot be a directory of ours \(.*\): choose another$/,
    });
  });
}
