// The role `projectconfig` on the embedded API, in this process; the test is the user, and says when this process leads.

import { createInstruments } from "../../src/app/instruments.ts";
import { startProjectRole } from "../../src/app/project-role.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";
import { beginWork } from "../../src/app/work.ts";
import { followProjectDeletions } from "../../src/controllers/project-deletions.ts";
import { inProcessTransport } from "../../src/http/transport.ts";
import { createKubeClient, type KubeClient } from "../../src/kube/client.ts";
import { createInformer, type Informer } from "../../src/kube/informer.ts";
import { openLocalKube } from "../../src/localkube/local-kube.ts";
import { KUBE_MIGRATIONS } from "../../src/localkube/store-schema.ts";
import { CLUSTER_CONFIGS, type ClusterConfig } from "../../src/resources/cluster-config.ts";
import { NAMESPACES, type Namespace, SECRETS, type Secret } from "../../src/resources/core.ts";
import type { KubeObject } from "../../src/resources/kube-object.ts";
import { PROJECTS, type Project } from "../../src/resources/project.ts";
import { PROJECT_CONFIGS, type ProjectConfig } from "../../src/resources/project-config.ts";
import type { Resource } from "../../src/resources/resource.ts";
import { WAREHOUSES, type Warehouse } from "../../src/resources/warehouse.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { createTroubles } from "../../src/telemetry/troubles.ts";
import { unexpected } from "./kube.ts";

export const API_VERSION = "kargo.akuity.io/v1alpha1";
export const PROJECT_LABELS = { "kargo.akuity.io/project": "true" };

type Annotations = Readonly<Record<string, string>>;

export interface ProjectDesk {
  readonly client: KubeClient;
  /** As this process has heard of them. */
  readonly projects: Informer<Project>;
  readonly namespaces: Informer<Namespace>;
  /** From now on, until what it returns is called. */
  lead(): () => Promise<void>;
  createNamespace(name: string, labels: Readonly<Record<string, string>>, annotations?: Annotations): Promise<void>;
  createProject(name: string, annotations?: Annotations): Promise<void>;
  project(name: string): Promise<Project | undefined>;
  namespaceOf(name: string): Promise<Namespace | undefined>;
  dispose(): Promise<void>;
}

export async function openProjectDesk(): Promise<ProjectDesk> {
  const [clock, random, log] = [SYSTEM_CLOCK, SYSTEM_RANDOM, () => {}];
  const running = beginWork(clock);
  const { signal } = running;
  const database = openDatabase({ path: ":memory:", migrations: KUBE_MIGRATIONS });
  const { handler } = await openLocalKube({ database, clock, random, token: "t", signal, onError: unexpected });
  const transport = inProcessTransport(handler);
  const client = createKubeClient({ transport, server: "http://kube", token: () => "t", userAgent: "test" });
  const inform = <T extends KubeObject>(resource: Resource) => {
    const informer = createInformer<T>({ client, resource, clock, random, log });
    running.follow(informer.run(signal));
    return informer;
  };
  const informers = {
    projectConfigs: inform<ProjectConfig>(PROJECT_CONFIGS),
    clusterConfigs: inform<ClusterConfig>(CLUSTER_CONFIGS),
    projects: inform<Project>(PROJECTS),
    namespaces: inform<Namespace>(NAMESPACES),
    warehouses: inform<Warehouse>(WAREHOUSES),
    secrets: inform<Secret>(SECRETS),
  };
  const deletions = followProjectDeletions(informers, signal);
  const instruments = createInstruments(clock, "test");
  const settings = { baseURL: "https://hooks.example.com", systemResourcesNamespace: "system" };
  return {
    client,
    projects: informers.projects,
    namespaces: informers.namespaces,
    lead() {
      const term = beginWork(clock);
      const troubles = createTroubles({ clock, log, signal: term.signal, meanwhile: () => "" });
      const handed = { clock, random, log, troubles, instruments, deletions };
      startProjectRole({ term: { client, running: term }, ...handed, ...settings, ...informers });
      return () => term.end(1_000);
    },
    async createNamespace(name, labels, annotations = {}) {
      const metadata = { name, labels, annotations };
      await client.create<Namespace>(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata });
    },
    async createProject(name, annotations = {}) {
      const metadata = { name, annotations };
      await client.create<Project>(PROJECTS, { apiVersion: API_VERSION, kind: "Project", metadata });
    },
    project: (name) => client.get<Project>(PROJECTS, { name }),
    namespaceOf: (name) => client.get<Namespace>(NAMESPACES, { name }),
    async dispose() {
      await running.end(1_000);
      await database.close();
    },
  };
}
