// Kargo's kinds (kargo.akuity.io/v1alpha1), field names as Kargo spells them: kargo-behaviour.md, section 1.
import type { Condition, KubeObject, Resource } from "./kubernetes.ts";

const GROUP = "kargo.akuity.io";
const VERSION = "v1alpha1";

function kargoResource(kind: string, plural: string, isNamespaced: boolean): Resource {
  return { group: GROUP, version: VERSION, plural, kind, isNamespaced };
}

export const PROJECTS = kargoResource("Project", "projects", false);
export const PROJECT_CONFIGS = kargoResource("ProjectConfig", "projectconfigs", true);
export const CLUSTER_CONFIGS = kargoResource("ClusterConfig", "clusterconfigs", false);
export const WAREHOUSES = kargoResource("Warehouse", "warehouses", true);
export const FREIGHTS = kargoResource("Freight", "freights", true);

/** Opaque refresh token on a Warehouse or ProjectConfig; section 6. Users and other controllers depend on this key. */
export const REFRESH_ANNOTATION = "kargo.akuity.io/refresh";
export const ALIAS_LABEL = "kargo.akuity.io/alias";
export const PROJECT_LABEL = "kargo.akuity.io/project";

export interface WebhookReceiverConfig {
  readonly name: string;
  readonly dockerhub?: { readonly secretRef: { readonly name: string } };
}

export interface WebhookReceiverStatus {
  readonly name?: string;
  readonly path?: string;
  readonly url?: string;
}

export interface ProjectConfig extends KubeObject {
  readonly spec?: { readonly webhookReceivers?: readonly WebhookReceiverConfig[] };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly observedGeneration?: number;
    readonly lastHandledRefresh?: string;
    readonly webhookReceivers?: readonly WebhookReceiverStatus[];
  };
}

export interface ImageSubscription {
  readonly repoURL: string;
  readonly imageSelectionStrategy?: "Digest" | "Lexical" | "NewestBuild" | "SemVer";
  readonly constraint?: string;
  readonly strictSemvers?: boolean;
  readonly allowTagsRegexes?: readonly string[];
  readonly ignoreTagsRegexes?: readonly string[];
  readonly platform?: string;
  readonly discoveryLimit?: number;
  readonly insecureSkipTLSVerify?: boolean;
}

export interface ChartSubscription {
  readonly repoURL: string;
  readonly name?: string;
  readonly semverConstraint?: string;
  readonly discoveryLimit?: number;
}

export interface GitSubscription {
  readonly repoURL: string;
}

/** Raw as the API stores it: `decodeSubscription` says which kind it is, or why it is none. */
export type RawSubscription = Readonly<Record<string, unknown>>;

export interface DiscoveredImageReference {
  readonly tag: string;
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly createdAt?: string;
}

export interface ImageDiscoveryResult {
  readonly repoURL: string;
  readonly platform?: string;
  readonly references: readonly DiscoveredImageReference[];
  readonly subscriptionName?: string;
}

export interface DiscoveredArtifacts {
  readonly discoveredAt?: string;
  readonly images?: readonly ImageDiscoveryResult[];
}

export interface WarehouseStatus {
  readonly conditions?: readonly Condition[];
  readonly lastHandledRefresh?: string;
  readonly observedGeneration?: number;
  readonly lastFreightID?: string;
  readonly discoveredArtifacts?: DiscoveredArtifacts;
}

export interface Warehouse extends KubeObject {
  readonly spec: {
    readonly interval?: string;
    readonly freightCreationPolicy?: "Automatic" | "Manual" | "";
    readonly subscriptions?: readonly RawSubscription[];
  };
  readonly status?: WarehouseStatus;
}

export interface FreightImage {
  readonly repoURL: string;
  readonly tag: string;
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subscriptionName?: string;
}

export interface Freight extends KubeObject {
  readonly alias?: string;
  readonly discoveredAt?: string;
  readonly origin: { readonly kind: "Warehouse"; readonly name: string };
  readonly images?: readonly FreightImage[];
}
