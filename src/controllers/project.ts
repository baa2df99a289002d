// Keeps each Project together with its namespace: the namespace is made where it is missing, and when one of the two is
// deleted, so is the other. docs/compatibility.md, section 1.4.
//
// Kargo does this with finalizers of its own and creates RBAC objects besides. Here is neither: a finalizer outlives
// whoever would remove it. A deletion is therefore acted upon as it is seen (`project-deletions`); one that happens
// while no replica runs leaves the other object standing: whether it was to go, nobody can tell any more. Finalizers
// that Kargo left are taken off.
import { isDeepStrictEqual } from "node:util";
import { type Clock, toKubeTime } from "../clock.ts";
import { KubeError, messageOf } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Change } from "../kube/informer.ts";
import type { WorkResult } from "../queue.ts";
import { NAMESPACES, type Namespace } from "../resources/core.ts";
import { KARGO_FINALIZER, PROJECT_LABEL } from "../resources/kargo.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import { PROJECTS, type Project } from "../resources/project.ts";
import { isProjectNamespace, keepsNamespace } from "../resources/project-rules.ts";
import type { Resource } from "../resources/resource.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { ProjectDeletions } from "./project-deletions.ts";
import { type NamespaceOutcome, projectStatus, projectStatusFields } from "./project-status.ts";

interface ProjectOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly getProject: (name: string) => Project | undefined;
  readonly getNamespace: (name: string) => Namespace | undefined;
  readonly deletions: ProjectDeletions;
  readonly warehouses: () => Iterable<Warehouse>;
}

const RESYNC = { afterMs: 5 * 60_000 };

/** One pass over the Project, and the namespace, of a name. */
export function createProjectReconciler(options: ProjectOptions): (name: string) => Promise<WorkResult> {
  const projects = new Projects(options);
  return (name) => projects.reconcile(name);
}

/** Whether a change of a Project makes a pass due. */
export function asksForProjectPass({ current, previous }: Change<Project>): boolean {
  const { uid, generation, deletionTimestamp } = current?.metadata ?? {};
  const before = previous?.metadata;
  return uid !== before?.uid || generation !== before?.generation || deletionTimestamp !== before?.deletionTimestamp;
}

/** Whether a change of a namespace makes a pass due. */
export function asksForNamespacePass({ current, previous }: Change<Namespace>): boolean {
  const stands = (one: Namespace | undefined) => one !== undefined && !one.metadata.deletionTimestamp;
  const isProjects = (one: Namespace | undefined) => one !== undefined && isProjectNamespace(one);
  return stands(current) !== stands(previous) || isProjects(current) !== isProjects(previous);
}

class Projects {
  readonly #options: ProjectOptions;

  constructor(options: ProjectOptions) {
    this.#options = options;
  }

  async reconcile(name: string): Promise<WorkResult> {
    const { getProject, deletions } = this.#options;
    const project = getProject(name);
    if (!project) await this.#followDeleted(name);
    else if (project.metadata.deletionTimestamp) await this.#release(project);
    else if (deletions.isProjectLeft(project)) await this.#deleteWithNamespace(project);
    else return this.#sync(project);
    return "done";
  }

  async #sync(project: Project): Promise<WorkResult> {
    const { client, clock, warehouses } = this.#options;
    const { name } = project.metadata;
    const outcome = await this.#ensureNamespace(project);
    const status = projectStatus(project, { outcome, warehouses: warehouses(), now: toKubeTime(clock.now()) });
    if (!isDeepStrictEqual(status, projectStatusFields(project.status)))
      await client.mergePatch(PROJECTS, { name }, { status }, { subresource: "status" });
    if (outcome.kind === "failed") throw outcome.error;
    return RESYNC;
  }

  async #ensureNamespace(project: Project): Promise<NamespaceOutcome> {
    const { client, getNamespace, deletions } = this.#options;
    const { name } = project.metadata;
    const existing = getNamespace(name);
    if (existing) return isProjectNamespace(existing) ? { kind: "ensured" } : { kind: "not-a-projects" };
    const metadata = { name, labels: { [PROJECT_LABEL]: "true" } };
    try {
      const made = await client.create<Namespace>(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata });
      deletions.onMade(made, project);
      return { kind: "ensured" };
    } catch (error) {
      const message = `error creating namespace "${name}": ${messageOf(error)}`;
      return { kind: "failed", error: error instanceof Error ? error : new Error(message), message };
    }
  }

  /** The Project is on its way out: whatever holds it and its namespace of Kargo's is taken off, as Kargo does it. */
  async #release(project: Project): Promise<void> {
    const namespace = this.#options.getNamespace(project.metadata.name);
    if (namespace) await this.#removeFinalizer(NAMESPACES, namespace);
    if (namespace && !keepsNamespace(project)) await this.#deleteNamespace(namespace);
    await this.#removeFinalizer(PROJECTS, project);
  }

  /** Asked of the server itself: what a watch no longer shows may only be out of sight. */
  async #followDeleted(name: string): Promise<void> {
    const { client, deletions, getNamespace } = this.#options;
    const namespace = getNamespace(name);
    if (!namespace || !deletions.isNamespaceLeft(namespace) || (await client.get<Project>(PROJECTS, { name }))) return;
    await this.#deleteNamespace(namespace);
    deletions.forget(name);
  }

  async #deleteNamespace(namespace: Namespace): Promise<void> {
    if (!isProjectNamespace(namespace) || keepsNamespace(namespace)) return;
    const { name, uid } = namespace.metadata;
    const preconditions = { ...(uid && { uid }) };
    await this.#options.client.delete(NAMESPACES, { name }, { preconditions }).catch(ignoreMissing);
  }

  /** Asked of the server too: the namespace may be there again. Then the watch is about to show it and bring a pass. */
  async #deleteWithNamespace(project: Project): Promise<void> {
    const { client, deletions } = this.#options;
    const { name, uid } = project.metadata;
    if (await this.#namespaceStands(name)) return;
    await client.delete(PROJECTS, { name }, { preconditions: { ...(uid && { uid }) } }).catch(ignoreMissing);
    deletions.forget(name);
  }

  /** By a list, since nothing else here needs the right to `get` namespaces. */
  async #namespaceStands(name: string): Promise<boolean> {
    const selected = { fieldSelector: `metadata.name=${name}` };
    const { items } = await this.#options.client.list<Namespace>(NAMESPACES, selected);
    return items.some(({ metadata }) => !metadata.deletionTimestamp);
  }

  /** Guarded by the resource version, because a merge patch replaces the whole list. */
  async #removeFinalizer(resource: Resource, { metadata }: KubeObject): Promise<void> {
    const { name, resourceVersion, finalizers = [] } = metadata;
    if (!finalizers.includes(KARGO_FINALIZER)) return;
    const left = finalizers.filter((one) => one !== KARGO_FINALIZER);
    const patch = { metadata: { resourceVersion, finalizers: left } };
    await this.#options.client.mergePatch(resource, { name }, patch).catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof KubeError && error.status === 404)) throw error;
}
