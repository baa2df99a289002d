// Which Projects and namespaces were deleted before our eyes, so that whoever leads lets the other of the two follow. Followed
// by every replica from its start on: what happens while nobody leads is made good by the next leader.
import type { Change, Informer } from "../kube/informer.ts";
import type { Namespace } from "../resources/core.ts";
import type { Project } from "../resources/project.ts";
import { isProjectNamespace, keepsNamespace } from "../resources/project-rules.ts";

interface Watched {
  readonly projects: Informer<Project>;
  readonly namespaces: Informer<Namespace>;
}

export class ProjectDeletions {
  readonly #watched: Watched;
  /** By name the uid of what still stands: what is made anew under that name must not follow what was deleted before it. */
  readonly #leftNamespaces = new Map<string, string>();
  readonly #leftProjects = new Map<string, string>();
  /** By name, until a watch shows them. */
  readonly #madeNamespaces = new Map<string, Namespace>();

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** Whether it was to go with its Project, which is gone. */
  isNamespaceLeft({ metadata: { name, uid } }: Namespace): boolean {
    return uid !== undefined && this.#leftNamespaces.get(name) === uid;
  }

  /** Whether it was to go with its namespace, which is gone or going. */
  isProjectLeft({ metadata: { name, uid } }: Project): boolean {
    return uid !== undefined && this.#leftProjects.get(name) === uid;
  }

  /** Whatever was left of this name is seen to. */
  forget(name: string): void {
    this.#leftNamespaces.delete(name);
    this.#leftProjects.delete(name);
  }

  /** `namespace` was made for `project`, of which a watch may tell that it is gone before one shows the namespace. */
  onMade(namespace: Namespace, project: Project): void {
    const key = namespace.metadata.name;
    this.#madeNamespaces.set(key, namespace);
    if (!this.#watched.projects.get(key)) this.onProject({ key, previous: project });
  }

  onProject({ key, current, previous }: Change<Project>): void {
    if (current) this.#leftNamespaces.delete(key);
    else this.#leftProjects.delete(key);
    const isGone = !current && previous !== undefined;
    const namespace = this.#watched.namespaces.get(key) ?? this.#madeNamespaces.get(key);
    if (isGone && !keepsNamespace(previous) && namespace && followsProject(namespace)) {
      this.#leftNamespaces.set(key, namespace.metadata.uid ?? "");
    }
  }

  onNamespace({ key, current, previous }: Change<Namespace>): void {
    this.#madeNamespaces.delete(key);
    if (!current || !followsProject(current)) this.#leftNamespaces.delete(key);
    const project = this.#watched.projects.get(key);
    if (current && !isEnding(current)) this.#leftProjects.delete(key);
    else if (previous && !isEnding(previous) && isProjectNamespace(previous) && project) {
      this.#leftProjects.set(key, project.metadata.uid ?? "");
    }
  }
}

/** Until `signal` aborts. */
export function followProjectDeletions(watched: Watched, signal: AbortSignal): ProjectDeletions {
  const deletions = new ProjectDeletions(watched);
  watched.projects.subscribe((change) => deletions.onProject(change), signal);
  watched.namespaces.subscribe((change) => deletions.onNamespace(change), signal);
  return deletions;
}

/** Whether it would go with its Project. */
function followsProject(namespace: Namespace): boolean {
  return isProjectNamespace(namespace) && !keepsNamespace(namespace) && !isEnding(namespace);
}

function isEnding({ metadata }: Namespace): boolean {
  return Boolean(metadata.deletionTimestamp);
}
