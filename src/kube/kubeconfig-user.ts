// The `user` of a kubeconfig: a token, a certificate, or a plugin that brings them.
import type { InputError } from "../errors.ts";
import type { ExecPlugin, TextSource, UserCredentials } from "./access.ts";
import type { Fields } from "./kubeconfig-fields.ts";

const EXEC_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/** Of a cluster's `extensions`: what its exec plugin is to be told. */
const EXEC_EXTENSION = "client.authentication.k8s.io/exec";

/** What replaced the providers that Kubernetes removed in 1.26, and the one that is left. */
const SUCCESSORS: Readonly<Record<string, string>> = {
  gcp: "gke-gcloud-auth-plugin",
  azure: "kubelogin (kubelogin convert-kubeconfig)",
  oidc: "kubectl-oidc_login (kubectl oidc-login)",
  openstack: "client-keystone-auth",
};

/** `cluster` is what the plugin may be told of. */
export function userOf(user: Fields, cluster: Fields): UserCredentials {
  if (user.has("auth-provider")) throw legacyProvider(user);
  for (const name of ["as", "as-uid", "as-groups", "as-user-extra"]) {
    if (user.has(name)) throw user.wrong(name, "is not supported: give the user who acts its own credentials");
  }
  const username = user.text("username");
  return {
    token: tokenOf(user),
    basic: username === "" ? undefined : { username, password: user.text("password") },
    certificate: certificateOf(user),
    plugin: user.has("exec") ? pluginOf(user.object("exec"), cluster) : undefined,
  };
}

function legacyProvider(user: Fields): InputError {
  const name = user.object("auth-provider").text("name");
  const successor = SUCCESSORS[name] ?? "the exec plugin of your provider";
  return user.wrong("auth-provider", `"${name}" is a legacy provider: use the exec plugin ${successor} instead`);
}

function tokenOf(user: Fields): TextSource | undefined {
  if (user.text("tokenFile") !== "") return { kind: "file", path: user.path("tokenFile") };
  const token = user.text("token");
  return token === "" ? undefined : { kind: "text", text: token };
}

function certificateOf(user: Fields): UserCredentials["certificate"] {
  const cert = user.source("client-certificate");
  const key = user.source("client-key");
  if (cert && !key) throw user.wrong("client-key", "is missing beside client-certificate");
  if (key && !cert) throw user.wrong("client-certificate", "is missing beside client-key");
  return cert && key && { cert, key };
}

function pluginOf(exec: Fields, cluster: Fields): ExecPlugin {
  const apiVersion = exec.required("apiVersion");
  if (!EXEC_VERSIONS.includes(apiVersion))
    throw exec.wrong("apiVersion", `"${apiVersion}" is not supported: use ${EXEC_VERSIONS.join(" or ")}`);
  if (exec.text("interactiveMode") === "Always")
    throw exec.wrong("interactiveMode", "is Always: there is nobody to ask; use a plugin that can do without");
  const command = exec.required("command");
  const variables = exec.list("env").map((one) => [one.required("name"), one.text("value")] as const);
  return {
    apiVersion,
    // A bare name is looked for in PATH.
    command: command.includes("/") ? exec.path("command") : command,
    args: exec.texts("args"),
    env: Object.fromEntries(variables),
    installHint: exec.text("installHint"),
    cluster: exec.flag("provideClusterInfo") ? clusterInfo(cluster) : undefined,
  };
}

function clusterInfo(cluster: Fields): Readonly<Record<string, unknown>> {
  const names = ["server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data"];
  const config = cluster.list("extensions").find((one) => one.text("name") === EXEC_EXTENSION);
  return {
    ...Object.fromEntries(names.filter((name) => cluster.has(name)).map((name) => [name, cluster.raw(name)])),
    config: config?.raw("extension") ?? null,
  };
}
