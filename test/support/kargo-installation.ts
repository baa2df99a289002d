// What Kargo's chart puts into a cluster, as far as Dockbell meets it: CRDs, the account of its webhook server with
// exactly the rights of docs/compatibility.md, section 3.1, and a Project's namespace with its role binding (section 1.4).
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import { findClusterAccess } from "../../src/app/cluster.ts";
import { SYSTEM_CLOCK } from "../../src/app/system.ts";
import type { Transport } from "../../src/http/message.ts";
import { createKubeClient, type KubeClient } from "../../src/kube/client.ts";
import { connectCluster } from "../../src/kube/connection.ts";
import { crdFileName, customResourceDefinition } from "../../src/resources/crd.ts";
import { KARGO_KINDS } from "../../src/resources/kinds.ts";
import { type Account, writeAccountKubeconfig } from "./kubeconfig.ts";
import type { Kubectl } from "./kubectl.ts";
import { binding, clusterRole, rule } from "./rbac.ts";

/** Where Kargo's own CRDs are at hand. */
const KARGO_CRDS = join(import.meta.dirname, "../../../shared/data/kargo-crds");
/** What runs kubectl as an administrator. */
type Runner = Pick<Kubectl, "run">;

const ACCOUNT: Account = { name: "kargo-external-webhooks-server", namespace: "kargo" };

/** Kargo's CRDs; where those are not at hand ours without their label, which differ in nothing else that counts. */
export function kargoCrds(): string {
  if (existsSync(KARGO_CRDS)) return KARGO_CRDS;
  const directory = mkdtempSync(join(tmpdir(), "dockbell-kargo-crds-"));
  for (const kind of KARGO_KINDS) {
    const crd = customResourceDefinition(kind);
    writeFileSync(join(directory, crdFileName(kind)), dump({ ...crd, metadata: { name: crd.metadata.name } }));
  }
  return directory;
}

/** A client for Kargo's controllers: what it writes is not taken for Dockbell's. */
export function connectAsKargo(kubeconfig: string): { readonly client: KubeClient; close(): void } {
  const access = findClusterAccess({ env: {}, kubeconfig });
  const readFile = (path: string) => readFileSync(path, "utf8");
  const runPlugin = () => Promise.reject(new Error("no plugin is used here"));
  const { open, close } = connectCluster(access, { clock: SYSTEM_CLOCK, readFile, runPlugin, log: () => {} });
  const transport = open();
  const asKargo: Transport = (request) =>
    transport({ ...request, url: request.url.replace("fieldManager=dockbell", "fieldManager=kargo") });
  return { client: createKubeClient({ transport: asKargo, server: access.server, userAgent: "kargo" }), close };
}

/** Writes a kubeconfig for the account of Kargo's webhook server beside the administrator's, and returns its path. */
export async function installKargo(kubectl: Runner, adminKubeconfig: string): Promise<string> {
  await apply(kubectl, [
    namespaceOf("kargo"),
    { apiVersion: "v1", kind: "ServiceAccount", metadata: ACCOUNT },
    clusterRole(ACCOUNT.name, [
      rule("kargo.akuity.io", ["clusterconfigs", "projectconfigs"], ["get", "list", "watch"]),
      rule("kargo.akuity.io", ["promotions", "warehouses"], ["get", "list", "patch", "watch"]),
    ]),
    clusterRole("kargo-project-secrets-reader", [rule("", ["secrets"], ["get"])]),
    binding(ACCOUNT.name, ACCOUNT),
  ]);
  return writeAccountKubeconfig(kubectl, adminKubeconfig, ACCOUNT);
}

/** The namespace of a Project, with the binding by which Kargo's webhook server may read Secrets there. */
export async function createProject(kubectl: Runner, name: string): Promise<void> {
  await apply(kubectl, [namespaceOf(name, { "kargo.akuity.io/project": "true" })]);
  await grantSecrets(kubectl, name);
}

export async function grantSecrets(kubectl: Runner, namespace: string): Promise<void> {
  await apply(kubectl, [binding("kargo-project-secrets-reader", ACCOUNT, namespace)]);
}

/** Fails when kubectl does. */
export async function apply(kubectl: Runner, objects: readonly object[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  const { code, stderr } = await kubectl.run(["apply", "-f", "-"], { input: JSON.stringify(list) });
  if (code !== 0) throw new Error(stderr);
}

function namespaceOf(name: string, labels: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}
