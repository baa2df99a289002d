// The registries that users have, on loopback: Debian's docker-registry, CNCF distribution, and that with htpasswd over
// TLS and with a Bearer token server; and the example's own. Pushed to with crane, oras and helm. All are taken from
// PATH; `test/registries/real-registries` says where they are had.
import { type ChildProcess, spawn } from "node:child_process";
import { sign } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";
import { jsonResponse } from "../../src/http/message.ts";
import { createServingCertificate } from "../../src/localkube/certificate.ts";
import { openDirectoryStore } from "../../src/localregistry/directory-store.ts";
import { createLocalRegistry } from "../../src/localregistry/local-registry.ts";
import { eventually } from "./dockbell.ts";
import { type Certificate, type Login, listenerOf, startTestRegistry, type TestRegistry } from "./test-registry.ts";

export type RegistryKind = "debian" | "cncf" | "basic" | "bearer" | "example";

export interface RealRegistry {
  readonly kind: RegistryKind;
  /** `127.0.0.1:<port>` or `localhost:<port>`. */
  readonly host: string;
  /** What it wants; undefined where it wants nothing. */
  readonly login: Login | undefined;
  /** The authority of its certificate; undefined where it speaks plain HTTP. */
  readonly ca: string | undefined;
  /** Runs crane, oras or helm, logged in where that is needed; returns what it wrote and fails when it fails. */
  push(command: "crane" | "oras" | "helm", ...args: readonly string[]): Promise<string>;
  /** Where the commands run. */
  readonly directory: string;
  stop(): Promise<void>;
}

const LOGIN: Login = { username: "me", password: "correct-horse" };
/** bcrypt of that password, with the least cost. */
const HTPASSWD = "me:$2b$04$abcdefghijklmnopqrstuuPoaPXzWjiVz4HaNq2LJXksWbO79E.S6\n";
const SERVICE = "dockbell-test";
const PROGRAMS: Readonly<Record<Exclude<RegistryKind, "example">, string>> = {
  debian: "docker-registry",
  cncf: "registry",
  basic: "registry",
  bearer: "registry",
};

/** Resolves when it answers. */
export async function startRealRegistry(kind: RegistryKind): Promise<RealRegistry> {
  const directory = mkdtempSync(join(tmpdir(), `registry-${kind}-`));
  const ca = kind === "basic" ? writeCertificate(directory).certPem : undefined;
  const { host, stop } = kind === "example" ? await startExample(directory) : await startServer(kind, directory);
  const login = kind === "basic" || kind === "bearer" ? LOGIN : undefined;
  writeLogin(directory, host, login);
  return {
    kind,
    host,
    login,
    ca,
    directory,
    push: (command, ...args) => run(directory, command, args),
    async stop() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Running {
  readonly host: string;
  stop(): Promise<void>;
}

async function startExample(directory: string): Promise<Running> {
  const store = openDirectoryStore(join(directory, "storage"));
  const { handler } = createLocalRegistry({ store, random: SYSTEM_RANDOM });
  const { host, close } = await startTestRegistry(listenerOf(handler));
  return { host, stop: async () => close() };
}

async function startServer(kind: keyof typeof PROGRAMS, directory: string): Promise<Running> {
  const address = `127.0.0.1:${await freePort()}`;
  // crane and oras follow a registry to a token server on loopback only by the same name, which is not an address.
  const host = kind === "bearer" ? named(address) : address;
  const tokens = kind === "bearer" ? await startTokenServer(directory) : undefined;
  const config = join(directory, "config.json");
  writeFileSync(config, JSON.stringify(configurationOf(kind, { directory, address, tokens })));
  writeFileSync(join(directory, "htpasswd"), HTPASSWD);
  const server = spawn(PROGRAMS[kind], ["serve", config], { stdio: ["ignore", "ignore", "pipe"] });
  await untilItListens(server, address);
  return {
    host,
    async stop() {
      server.kill("SIGTERM");
      if (server.exitCode === null) await once(server, "exit");
      tokens?.close();
    },
  };
}

interface Surroundings {
  readonly directory: string;
  readonly address: string;
  readonly tokens: TestRegistry | undefined;
}

/** Both programs read the same file; YAML takes JSON. */
function configurationOf(kind: RegistryKind, { directory, address, tokens }: Surroundings): object {
  const token = {
    realm: `http://${named(tokens?.host ?? "")}/token`,
    service: SERVICE,
    issuer: SERVICE,
    rootcertbundle: join(directory, "token.pem"),
  };
  const htpasswd = { realm: SERVICE, path: join(directory, "htpasswd") };
  const tls = { certificate: join(directory, "tls.pem"), key: join(directory, "tls.key") };
  return {
    version: 0.1,
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: join(directory, "storage") }, delete: { enabled: true } },
    http: { addr: address, ...(kind === "basic" && { tls }) },
    ...(kind === "basic" && { auth: { htpasswd } }),
    ...(kind === "bearer" && { auth: { token } }),
  };
}

function writeCertificate(directory: string): Certificate {
  const certificate = createServingCertificate({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM });
  writeFileSync(join(directory, "tls.pem"), certificate.certPem);
  writeFileSync(join(directory, "tls.key"), certificate.keyPem);
  return certificate;
}

function named(address: string): string {
  return address.replace("127.0.0.1", "localhost");
}

/** Gives whoever logs in what they ask for, and everybody else a token that allows nothing. */
async function startTokenServer(directory: string): Promise<TestRegistry> {
  const certificate = createServingCertificate({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM });
  writeFileSync(join(directory, "token.pem"), certificate.certPem);
  const expected = `Basic ${Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64")}`;
  return startTestRegistry(
    listenerOf(async ({ url, headers }) => {
      const authorization = headers["authorization"];
      if (authorization !== undefined && authorization !== expected) return jsonResponse(401, {});
      const scopes = new URL(url, "http://token").searchParams.getAll("scope");
      const access = authorization === undefined ? [] : scopes.flatMap((scope) => scope.split(" ")).map(accessOf);
      return jsonResponse(200, { token: jsonWebToken(certificate, access), expires_in: 300 });
    }),
  );
}

function accessOf(scope: string): object {
  const [type = "", name = "", actions = ""] = scope.split(":");
  return { type, name, actions: actions.split(",") };
}

/** Distribution project, "Token Authentication Implementation". */
function jsonWebToken({ certPem, keyPem }: Certificate, access: readonly object[]): string {
  const der = certPem.replace(/-----[^-]+-----|\n/g, "");
  const now = Math.floor(SYSTEM_CLOCK.now() / 1000);
  const claims = { iss: SERVICE, sub: "me", aud: SERVICE, exp: now + 300, nbf: now - 5, iat: now, jti: "1", access };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const signed = `${encode({ typ: "JWT", alg: "ES256", x5c: [der] })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), { key: keyPem, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

/** Where crane, oras and helm look for it. */
function writeLogin(directory: string, host: string, login: Login | undefined): void {
  const auth = login && Buffer.from(`${login.username}:${login.password}`).toString("base64");
  const auths = auth === undefined ? {} : { [host]: { auth } };
  mkdirSync(join(directory, "docker"));
  writeFileSync(join(directory, "docker", "config.json"), JSON.stringify({ auths }));
}

async function run(directory: string, command: string, args: readonly string[]): Promise<string> {
  const docker = join(directory, "docker");
  const env = {
    ...process.env,
    HOME: directory,
    DOCKER_CONFIG: docker,
    HELM_REGISTRY_CONFIG: join(docker, "config.json"),
    SSL_CERT_FILE: join(directory, "tls.pem"),
  };
  const child = spawn(command, args, { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${errors}${output}`);
  return output;
}

async function untilItListens(server: ChildProcess, address: string): Promise<void> {
  let errors = "";
  server.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const [host, port] = address.split(":");
  const isListening = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect({ host, port: Number(port) });
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
  await eventually(isListening, () => `the registry at ${address} listens: ${errors}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
