// Keeps each Project together with its namespace: the namespace is made where it is missing, and when one of the two is
// deleted, so is the other. docs/compatibility.md, section 1.4.
//
// Kargo does this with finalizers of its own and creates RBAC objects besides. Here is neither: a finalizer outlives
// whoever would remove it. A deletion is therefore acted upon as it is seen; one that happens while nobody runs here
// leaves the other object standing. Finalizers that Kargo left are taken off.
import { isDeepStrictEqual } from "node:util";
import { type Clock, toKubeTime } from "../clock.ts";
import { KubeError, messageOf } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Change } from "../kube/informer.ts";
import type { WorkResult } from "../queue.ts";
import { NAMESPACES, type Namespace } from "../resources/core.ts";
import { KARGO_FINALIZER, KEEP_NAMESPACE_ANNOTATION, PROJECT_LABEL } from "../resources/kargo.ts";
import type { KubeObject } from "../resources/kube-object.ts";
import { PROJECTS, type Project } from "../resources/project.ts";
import type { Resource } from "../resources/resource.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { type NamespaceOutcome, projectStatus, projectStatusFields } from "./project-status.ts";

interface ProjectOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly getProject: (name: string) => Project | undefined;
  readonly getNamespace: (name: string) => Namespace | undefined;
  readonly warehouses: () => Iterable<Warehouse>;
}

export interface ProjectReconciler {
  /** One pass over the Project, and the namespace, of this name. */
  reconcile(name: string): Promise<WorkResult>;
  /** Told of each change, before the pass it leads to; says whether one is due. */
  observeProject(change: Change<Project>): boolean;
  observeNamespace(change: Change<Namespace>): boolean;
}

const RESYNC = { afterMs: 5 * 60_000 };

export function createProjectReconciler(options: ProjectOptions): ProjectReconciler {
  return new Projects(options);
}

class Projects implements ProjectReconciler {
  readonly #options: ProjectOptions;
  /** Deleted before our eyes, and not yet followed by their namespace. */
  readonly #deletedProjects = new Map<string, Project>();
  readonly #deletedNamespaces = new Set<string>();

  constructor(options: ProjectOptions) {
    this.#options = options;
  }

  observeProject({ key, current, previous }: Change<Project>): boolean {
    if (current) this.#deletedProjects.delete(key);
    else if (previous) this.#deletedProjects.set(key, previous);
    const { uid, generation, deletionTimestamp } = current?.metadata ?? {};
    const before = previous?.metadata;
    return uid !== before?.uid || generation !== before?.generation || deletionTimestamp !== before?.deletionTimestamp;
  }

  observeNamespace({ key, current, previous }: Change<Namespace>): boolean {
    const isEnding = (namespace: Namespace | undefined) => !namespace || Boolean(namespace.metadata.deletionTimestamp);
    if (!isEnding(current)) this.#deletedNamespaces.delete(key);
    else if (isProjects(previous)) this.#deletedNamespaces.add(key);
    return isEnding(current) !== isEnding(previous) || isProjects(current) !== isProjects(previous);
  }

  async reconcile(name: string): Promise<WorkResult> {
    const project = this.#options.getProject(name);
    if (!project) await this.#followDeleted(name);
    else if (project.metadata.deletionTimestamp) await this.#release(project);
    else if (this.#deletedNamespaces.has(name)) await this.#deleteWithNamespace(project);
    else return this.#sync(project);
    return "done";
  }

  async #sync(project: Project): Promise<WorkResult> {
    const { client, clock, warehouses } = this.#options;
    const { name } = project.metadata;
    const outcome = await this.#ensureNamespace(name);
    const status = projectStatus(project, { outcome, warehouses: warehouses(), now: toKubeTime(clock.now()) });
    if (!isDeepStrictEqual(status, projectStatusFields(project.status)))
      await client.mergePatch(PROJECTS, { name }, { status }, { subresource: "status" });
    if (outcome.kind === "failed") throw outcome.error;
    return RESYNC;
  }

  async #ensureNamespace(name: string): Promise<NamespaceOutcome> {
    const { client, getNamespace } = this.#options;
    const existing = getNamespace(name);
    if (existing) return isProjects(existing) ? { kind: "ensured" } : { kind: "not-a-projects" };
    const metadata = { name, labels: { [PROJECT_LABEL]: "true" } };
    try {
      await client.create<Namespace>(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata });
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
    await this.#deleteNamespaceOf(project);
    await this.#removeFinalizer(PROJECTS, project);
  }

  /** Asked of the server itself: what a watch no longer shows may only be out of sight. */
  async #followDeleted(name: string): Promise<void> {
    const project = this.#deletedProjects.get(name);
    this.#deletedNamespaces.delete(name);
    if (!project || (await this.#options.client.get<Project>(PROJECTS, { name }))) return;
    await this.#deleteNamespaceOf(project);
    this.#deletedProjects.delete(name);
  }

  async #deleteNamespaceOf(project: Project): Promise<void> {
    const { client, getNamespace } = this.#options;
    const namespace = getNamespace(project.metadata.name);
    if (!namespace || !isProjects(namespace) || isKept(project) || isKept(namespace)) return;
    const { name, uid } = namespace.metadata;
    await client.delete(NAMESPACES, { name }, { preconditions: { ...(uid && { uid }) } }).catch(ignoreMissing);
  }

  async #deleteWithNamespace(project: Project): Promise<void> {
    const { client } = this.#options;
    const { name, uid } = project.metadata;
    await client.delete(PROJECTS, { name }, { preconditions: { ...(uid && { uid }) } }).catch(ignoreMissing);
    this.#deletedNamespaces.delete(name);
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

function isProjects(namespace: Namespace | undefined): boolean {
  return namespace?.metadata.labels?.[PROJECT_LABEL] === "true";
}

function isKept({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[KEEP_NAMESPACE_ANNOTATION] === "true";
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof KubeError && error.status === 404)) throw error;
}
