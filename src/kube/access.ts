// How a cluster is reached and as whom, wherever that was written down: a kubeconfig, or a pod's service account.

/** Text, or the file that holds it and may change while we run. */
export type TextSource =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly path: string };

export interface ClusterAccess {
  /** `https://host:port`, without a trailing slash; it may have a path. */
  readonly server: string;
  /** Where objects without a namespace go. */
  readonly namespace: string;
  /** PEM; the system's authorities when undefined. */
  readonly authority: TextSource | undefined;
  readonly isUnverified: boolean;
  /** The name that the server's certificate must have, instead of the host. */
  readonly serverName: string | undefined;
  readonly user: UserCredentials;
  /** Whose credentials these are, and where they stand, as people are told. */
  readonly userText: string;
}

/** What is said where the server does not take our credentials; what to do about it is left to say. */
export function refusedText({ server, userText }: ClusterAccess): string {
  return `${server} does not let in ${userText} (401 Unauthorized)`;
}

/** Every part may be missing; a token and a certificate may come together. */
export interface UserCredentials {
  readonly token?: TextSource | undefined;
  readonly basic?: { readonly username: string; readonly password: string } | undefined;
  /** PEM. */
  readonly certificate?: { readonly cert: TextSource; readonly key: TextSource } | undefined;
  readonly plugin?: ExecPlugin | undefined;
}

/** An executable that prints credentials: API group client.authentication.k8s.io. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What to tell a user who does not have it. */
  readonly installHint: string;
  /** What it is told of the cluster; undefined when it wants nothing. */
  readonly cluster: Readonly<Record<string, unknown>> | undefined;
}

/** Where a pod finds its service account, and what is read there. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** As the pod's service account; undefined outside a cluster. */
export function inClusterAccess(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
  directory = SERVICE_ACCOUNT,
): ClusterAccess | undefined {
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"];
  if (!host || !port) return undefined;
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    namespace: readFile(`${directory}/namespace`).trim(),
    authority: { kind: "file", path: `${directory}/ca.crt` },
    isUnverified: false,
    serverName: undefined,
    user: { token: { kind: "file", path: `${directory}/token` } },
    userText: "the pod's service account",
  };
}
