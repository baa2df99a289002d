// The webhook listener's certificate and key: two files that certbot or cert-manager renews while we run.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { Clock } from "../clock.ts";
import { InputError, messageOf } from "../errors.ts";
import type { Certificate } from "../server/listener.ts";
import type { Log } from "../telemetry/log.ts";

export interface CertificateFiles {
  /** PEM, the server's own certificate first, then those between it and its authority. */
  readonly tlsCertificate: string;
  /** PEM, without a passphrase. */
  readonly tlsKey: string;
}

interface FollowOptions {
  readonly files: CertificateFiles;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What is in use now. */
  readonly current: Certificate;
  use(renewed: Certificate): void;
}

/** Renewals come weeks before the old one expires: reading seldom is soon enough, and works with every file system. */
const READ_EVERY_MS = 10_000;

/** Undefined when no files are named. Throws `InputError` that names the setting which cannot be used. */
export function readCertificate(files: CertificateFiles): Certificate | undefined {
  const { tlsCertificate, tlsKey } = files;
  if (tlsCertificate === "" && tlsKey === "") return undefined;
  if (tlsKey === "") throw new InputError("--tls-certificate needs its key: give --tls-key as well");
  if (tlsCertificate === "") throw new InputError("--tls-key needs its certificate: give --tls-certificate as well");
  const cert = read("--tls-certificate", tlsCertificate);
  const key = read("--tls-key", tlsKey);
  const certificate = parsed(() => new X509Certificate(cert), `--tls-certificate: ${tlsCertificate}`);
  const privateKey = parsed(() => createPrivateKey(key), `--tls-key: ${tlsKey}`);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new InputError(`--tls-key: ${tlsKey} is not the key of the certificate in ${tlsCertificate}`);
  }
  parsed(() => createSecureContext({ cert, key }), `--tls-certificate: ${tlsCertificate}`);
  return { cert, key };
}

/**
 * Until `signal` aborts, reads the files again and hands on each new pair. While one file is ahead of the other, or
 * either is wrong, what was in use stays so. The log says that once, and once that what is in use has expired.
 */
export async function followCertificate({ files, clock, log, signal, current, use }: FollowOptions): Promise<void> {
  let inUse = current;
  const [tellExpiry, tellFault] = [tellingOnce(log), tellingOnce(log)];
  while (!signal.aborted) {
    tellExpiry(expiryOf(inUse, clock));
    await clock.sleep(READ_EVERY_MS, signal);
    try {
      const found = readCertificate(files) ?? inUse;
      tellFault(undefined);
      if (found.cert === inUse.cert && found.key === inUse.key) continue;
      use(found);
      inUse = found;
      log(`${files.tlsCertificate} was renewed: in use, valid until ${validUntil(found)}`);
    } catch (error) {
      tellFault(`the certificate in use stays: ${messageOf(error)}`);
    }
  }
}

function read(flag: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError(`${flag}: ${path} cannot be read: ${messageOf(error)}`, error);
  }
}

function parsed<T>(parse: () => T, what: string): T {
  try {
    return parse();
  } catch (error) {
    throw new InputError(`${what} is not usable PEM: ${messageOf(error)}`, error);
  }
}

/** What is so, or undefined where nothing is amiss; not said again as long as it stays the same. */
function tellingOnce(log: Log): (what: string | undefined) => void {
  let told: string | undefined;
  return (what) => {
    if (what !== undefined && what !== told) log(what);
    told = what;
  };
}

function expiryOf(certificate: Certificate, clock: Clock): string | undefined {
  const end = validUntil(certificate);
  if (clock.now() < Date.parse(end)) return undefined;
  return `the certificate expired on ${end}: senders refuse it until it is renewed`;
}

function validUntil({ cert }: Certificate): string {
  return new X509Certificate(cert).validToDate.toISOString();
}
