// The files of a certificate as certbot and cert-manager leave them, and a listener that is met over TLS meanwhile.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { createTestClock } from "../../test/support/test-clock.ts";
import { EMPTY_BODY } from "../http/message.ts";
import { createServingCertificate } from "../localkube/certificate.ts";
import { startListener } from "../server/listener.ts";
import { type CertificateFiles, followCertificate, readCertificate } from "./serving-certificate.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "./system.ts";

type Pair = ReturnType<typeof createServingCertificate>;

function newPair(): Pair {
  return createServingCertificate({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM });
}

const YEARS_MS = 10 * 365 * 24 * 3_600_000;

/** One that is still valid for so long by a test's clock. */
function newPairFor(validMs: number): Pair {
  const now = () => createTestClock().now() + validMs + 60_000 - YEARS_MS;
  return createServingCertificate({ clock: { ...SYSTEM_CLOCK, now }, random: SYSTEM_RANDOM });
}

function filesFor(t: TestContext, { certPem, keyPem }: Pair): CertificateFiles {
  const directory = mkdtempSync(join(tmpdir(), "dockbell-tls-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const files = { tlsCertificate: join(directory, "tls.crt"), tlsKey: join(directory, "tls.key") };
  writeFileSync(files.tlsCertificate, certPem);
  writeFileSync(files.tlsKey, keyPem);
  return files;
}

/** The certificate that the port shows to a new connection. */
async function shownBy(port: number): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const shown = socket.getPeerX509Certificate()?.toString() ?? "";
  socket.destroy();
  return shown.replaceAll("\n", "");
}

async function follow(t: TestContext, pair: Pair) {
  const files = filesFor(t, pair);
  const current = readCertificate(files);
  assert.ok(current);
  const handler = async () => ({ status: 200, headers: {}, body: EMPTY_BODY });
  const onError = (error: unknown) => assert.fail(String(error));
  const listener = await startListener({
    handler,
    host: "127.0.0.1",
    port: 0,
    tls: current,
    clock: SYSTEM_CLOCK,
    onError,
  });
  const [clock, stop, lines] = [createTestClock(), new AbortController(), [] as string[]];
  const log = (line: string) => void lines.push(line);
  const followed = followCertificate({ files, clock, log, signal: stop.signal, current, use: listener.useCertificate });
  t.after(async () => {
    stop.abort();
    await followed;
    await listener.close(0);
  });
  return { files, clock, lines, shown: () => shownBy(listener.port) };
}

const plain = (pem: string) => pem.replaceAll("\n", "");

test("a renewed certificate is shown to the next connection", async (t) => {
  const [old, renewed] = [newPair(), newPair()];
  const { files, clock, lines, shown } = await follow(t, old);
  const before = await shown();

  writeFileSync(files.tlsCertificate, renewed.certPem);
  writeFileSync(files.tlsKey, renewed.keyPem);
  await clock.advance(10_000);

  assert.deepEqual([before, await shown()], [plain(old.certPem), plain(renewed.certPem)]);
  assert.match(lines.join("\n"), /tls\.crt was renewed: in use, valid until 20\d\d-/);
});

test("half a renewal leaves the old certificate in use, and is said once", async (t) => {
  const [old, renewed] = [newPair(), newPair()];
  const { files, clock, lines, shown } = await follow(t, old);

  writeFileSync(files.tlsCertificate, renewed.certPem);
  await clock.advance(60_000);
  const during = await shown();
  writeFileSync(files.tlsKey, renewed.keyPem);
  await clock.advance(10_000);

  assert.deepEqual([during, await shown()], [plain(old.certPem), plain(renewed.certPem)]);
  assert.equal(lines.filter((line) => line.startsWith("the certificate in use stays: --tls-key: ")).length, 1);
});

test("a certificate that expires while it is in use is told of once, and its successor as well", async (t) => {
  const [first, second] = [newPairFor(30_000), newPairFor(120_000)];
  const { files, clock, lines } = await follow(t, first);
  await clock.advance(20_000);
  const before = [...lines];

  await clock.advance(40_000);
  writeFileSync(files.tlsCertificate, second.certPem);
  writeFileSync(files.tlsKey, second.keyPem);
  await clock.advance(120_000);

  assert.deepEqual(before, []);
  assert.deepEqual(
    lines.map((line) => line.replace(files.tlsCertificate, "tls.crt")),
    [
      "the certificate expired on 2026-11-24T12:00:30.000Z: senders refuse it until it is renewed",
      "tls.crt was renewed: in use, valid until 2026-11-24T12:02:00.000Z",
      "the certificate expired on 2026-11-24T12:02:00.000Z: senders refuse it until it is renewed",
    ],
  );
});

const REFUSALS = [
  { name: "a certificate without its key", change: { tlsKey: "" }, says: /^--tls-certificate needs its key/ },
  { name: "a key without its certificate", change: { tlsCertificate: "" }, says: /^--tls-key needs its certificate/ },
  { name: "a file that is not there", change: { tlsKey: "/nowhere/tls.key" }, says: /^--tls-key: .* cannot be read/ },
  { name: "a file that is not PEM", change: { tlsCertificate: import.meta.filename }, says: /is not usable PEM/ },
];
for (const { name, change, says } of REFUSALS) {
  test(`${name} is refused with the flag`, (t) => {
    const files = { ...filesFor(t, newPair()), ...change };

    assert.throws(() => readCertificate(files), { name: "InputError", message: says });
  });
}

test("a key of another certificate is refused", (t) => {
  const files = filesFor(t, { ...newPair(), keyPem: newPair().keyPem });

  assert.throws(() => readCertificate(files), { message: /^--tls-key: .* is not the key of the certificate in / });
});

test("without files there is no TLS", () => {
  assert.equal(readCertificate({ tlsCertificate: "", tlsKey: "" }), undefined);
});
