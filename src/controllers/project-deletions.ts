// Which Projects and namespaces were deleted before our eyes, so that whoever leads lets the other of the two follow. Followed
// by every replica from its start on: what happens while nobody leads is made good by the next leader.
import type { Change, Informer } from "../kube/informer.ts";
import type { Namespace } from "../resources/core.ts";
import type { Project } from "../resources/project.ts";
import { isProjectNamespace, keepsNamespace } from "../resources/project-rules.ts";

interface FollowOptions {
  readonly projects: Informer<Project>;
  readonly namespaces: Informer<Namespace>;
  /** Ends it. */
  readonly signal: AbortSignal;
}

export class ProjectDeletions {
  /** By name the uid of what still stands: what is made anew under that name must not follow what was deleted before it. */
  readonly #namespaces = new Map<string, string>();
  readonly #projects = new Map<string, string>();

  /** Whether it was to go with its Project, which is gone. */
  isNamespaceLeft({ metadata: { name, uid } }: Namespace): boolean {
    return uid !== undefined && this.#namespaces.get(name) === uid;
  }

  /** Whether it was to go with its namespace, which is gone or going. */
  isProjectLeft({ metadata: { name, uid } }: Project): boolean {
    return uid !== undefined && this.#projects.get(name) === uid;
  }

  /** Whatever was left of this name is seen to. */
  forget(name: string): void {
    this.#namespaces.delete(name);
    this.#projects.delete(name);
  }

  /** `namespace` is the one of the same name, as it stands now. */
  onProject({ key, current, previous }: Change<Project>, namespace: Namespace | undefined): void {
    if (current) this.#namespaces.delete(key);
    else this.#projects.delete(key);
    const isGone = !current && previous !== undefined;
    if (isGone && !keepsNamespace(previous) && namespace && followsProject(namespace)) {
      this.#namespaces.set(key, namespace.metadata.uid ?? "");
    }
  }

  /** `project` is the one of the same name, as it stands now. */
  onNamespace({ key, current, previous }: Change<Namespace>, project: Project | undefined): void {
    if (!current || !followsProject(current)) this.#namespaces.delete(key);
    if (current && !isEnding(current)) this.#projects.delete(key);
    else if (previous && !isEnding(previous) && isProjectNamespace(previous) && project) {
      this.#projects.set(key, project.metadata.uid ?? "");
    }
  }
}

export function followProjectDeletions({ projects, namespaces, signal }: FollowOptions): ProjectDeletions {
  const deletions = new ProjectDeletions();
  projects.subscribe((change) => deletions.onProject(change, namespaces.get(change.key)), signal);
  namespaces.subscribe((change) => deletions.onNamespace(change, projects.get(change.key)), signal);
  return deletions;
}

/** Whether it would go with its Project. */
function followsProject(namespace: Namespace): boolean {
  return isProjectNamespace(namespace) && !keepsNamespace(namespace) && !isEnding(namespace);
}

function isEnding({ metadata }: Namespace): boolean {
  return Boolean(metadata.deletionTimestamp);
}
