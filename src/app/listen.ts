// The listeners that settings describe: where each is to listen, and what to do when it cannot.
import { InputError } from "../errors.ts";
import type { Handler } from "../http/message.ts";
import { type Certificate, type Listener, startListener } from "../server/listener.ts";
import type { Log } from "../telemetry/log.ts";
import { type CertificateFiles, followCertificate } from "./serving-certificate.ts";
import { flagOf } from "./setting-names.ts";
import { type Address, addressText } from "./setting-values.ts";
import type { SettingKey } from "./settings.ts";
import { SYSTEM_CLOCK } from "./system.ts";
import type { Work } from "./work.ts";

interface ListenOptions {
  readonly handler: Handler;
  readonly address: Address;
  /** The setting that the address comes from. */
  readonly setting: SettingKey;
  readonly tls?: Certificate | undefined;
  readonly onError: (error: unknown) => void;
}

interface WebhookListenOptions extends ListenOptions {
  readonly files: CertificateFiles;
  readonly log: Log;
  readonly running: Work;
}

/** Throws `InputError` where our second listener would find the first one in its place. */
export function refuseOnePort({ listen, adminListen }: Readonly<Record<"listen" | "adminListen", Address>>): void {
  const isFree = listen.port === 0 || listen.port !== adminListen.port;
  if (isFree || !(includes(listen, adminListen) || includes(adminListen, listen))) return;
  const [first, second] = [
    `${flagOf("listen")} ${addressText(listen)}`,
    `${flagOf("adminListen")} ${addressText(adminListen)}`,
  ];
  throw new InputError(`${first} and ${second} need the same port: choose another one for either`);
}

/** Whether who listens at the one host does so at the other. */
function includes({ host: one }: Address, { host: other }: Address): boolean {
  return one === other || one === "::" || (one === "0.0.0.0" && !other.includes(":"));
}

/** Throws `InputError` that names the setting's flag when the address cannot be had. */
export async function listenOn({ setting, address, ...options }: ListenOptions): Promise<Listener> {
  const advice = `: choose another address with ${flagOf(setting)}, or end what has it`;
  return startListener({ ...options, ...address, clock: SYSTEM_CLOCK }).catch((error) => {
    throw error instanceof InputError ? new InputError(`${flagOf(setting)}: ${error.message}${advice}`, error) : error;
  });
}

/** With TLS where a certificate is given; its files are followed until the work ends. */
export async function listenForWebhooks(options: WebhookListenOptions): Promise<Listener> {
  const listener = await listenOn(options);
  const { files, tls, log, running } = options;
  if (tls) {
    const { signal } = running;
    const use = listener.useCertificate;
    running.follow(followCertificate({ files, clock: SYSTEM_CLOCK, log, signal, current: tls, use }));
  }
  return listener;
}
