// Stands before an API server and notes what is asked of it, as RBAC sees it. Everything else passes through.
import { once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { request as ask, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";
import { createServingCertificate } from "../../src/localkube/certificate.ts";
import type { Api } from "./installed-serve.ts";

export interface RecordingApi extends Api {
  /** `patch warehouses/status`, each once, sorted. */
  used(): readonly string[];
  /** `403 list secrets`: what was refused for want of a right, each once. */
  forbidden(): readonly string[];
  /** Awaited before a request passes: `patch warehouses` and the request's path. */
  before: (used: string, path: string) => Promise<void>;
  close(): Promise<void>;
}

export async function startRecordingApi(target: Api): Promise<RecordingApi> {
  const { certPem, keyPem } = createServingCertificate({ clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM });
  const [used, forbidden] = [new Set<string>(), new Set<string>()];
  const pass: RequestListener = async (incoming, outgoing) => {
    const access = accessOf(incoming.method ?? "", incoming.url ?? "");
    used.add(access);
    await recording.before(access, incoming.url ?? "");
    forward(target, incoming, outgoing, (status) => {
      if (status === 403) forbidden.add(`403 ${access}`);
    });
  };
  const server = createServer({ cert: certPem, key: keyPem }, pass).listen(0, "127.0.0.1");
  await once(server, "listening");
  const recording: RecordingApi = {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authority: certPem,
    used: () => [...used].toSorted(),
    forbidden: () => [...forbidden].toSorted(),
    before: async () => {},
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return recording;
}

const VERBS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

/** https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb */
function accessOf(method: string, target: string): string {
  const url = new URL(target, "https://api");
  const path =
    /^\/apis?(?:\/[^/]+)?\/v[^/]+\/(?:namespaces\/[^/]+\/(?=[^/]))?(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<sub>.+))?$/;
  const { resource = url.pathname, name, sub } = path.exec(url.pathname)?.groups ?? {};
  const isWatch = ["1", "true"].includes(url.searchParams.get("watch") ?? "");
  const read = name === undefined ? "list" : "get";
  const verb = VERBS[method] ?? (isWatch ? "watch" : read);
  return `${verb} ${resource}${sub === undefined ? "" : `/${sub}`}`;
}

function forward(
  { server, authority }: Api,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  onStatus: (status: number) => void,
): void {
  const { method, url, headers } = incoming;
  const request = ask(`${server}${url}`, { method, headers, ca: authority }, (answer) => {
    onStatus(answer.statusCode ?? 0);
    outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
    answer.pipe(outgoing);
    answer.on("error", () => outgoing.destroy());
  });
  request.on("error", () => outgoing.destroy());
  outgoing.on("close", () => request.destroy());
  incoming.pipe(request);
}
