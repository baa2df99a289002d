// The values of the Helm chart in deploy/chart: the one table from which its values.yaml, values.schema.json and README
// come.

import { settingsSchema } from "../src/app/setting-names.ts";
import { ROLES } from "../src/app/setting-values.ts";
import { SENDERS } from "../src/receivers/senders.ts";

/** A JSON Schema that describes and defaults every value. */
export interface Value {
  readonly description: string;
  readonly type: string | readonly string[];
  /** Absent where `properties` say it. */
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Value>>;
  readonly additionalProperties?: unknown;
  readonly [keyword: string]: unknown;
}

/** Settings that follow from the pod: its ports, its volumes, its service account. */
const SET_BY_THE_CHART = [
  "dataDir",
  "listen",
  "tlsCertificate",
  "tlsKey",
  "adminListen",
  "adminTokenFile",
  "roles",
  "kubeconfig",
  "context",
  "replica",
  "peers",
  "leaseNamespace",
  "secretNamespaces",
];

export function chartValues(): Readonly<Record<string, Value>> {
  return { ...product(), ...workload(), ...exposure(), ...pod() };
}

function product() {
  return {
    roles: {
      ...list("What this installation does. Beside Kargo: receiver alone.", ROLES),
      items: { type: "string", enum: ROLES },
      minItems: 1,
      uniqueItems: true,
    },
    config: {
      description:
        "The configuration file; docs/configuration.md says what each key means. What follows from the pod is not among them.",
      type: "object",
      default: { baseURL: "" },
      properties: settings(),
      additionalProperties: false,
    },
    crds: group("Custom resource definitions of Kargo's kinds.", {
      install: flag(
        "Install and upgrade them. Refused over those of somebody else; uninstalling leaves them, and all objects, where they are.",
        true,
      ),
    }),
    rbac: group("What the service account may do; docs/kubernetes.md says what each verb is for.", {
      create: flag("Make the roles and bind them. Without, somebody else has to.", true),
      secretNamespaces: list(
        "Namespaces whose Secrets may be read; empty for every namespace, those to come included.",
        [],
      ),
    }),
    serviceAccount: group("Who the pods are in the cluster.", {
      create: flag("Make one.", true),
      name: text("Its name; default: that of the installation, or `default` when none is made."),
      annotations: map("For its metadata, such as a cloud's workload identity."),
    }),
    admin: group("The API behind the admin port: deliveries and metrics.", {
      existingSecret: text(
        "A Secret with its bearer token, of 16 characters or more; without, one is made with a random token.",
      ),
      key: text("The key of the token in that Secret.", "token"),
    }),
    tls: group("HTTPS from the ingress to the pods.", {
      existingSecret: text(
        "A Secret of type kubernetes.io/tls with the webhook listener's certificate, followed when it is renewed; without, the pods speak HTTP.",
      ),
    }),
    deliveryLog: group("The volume of each replica. A recorded delivery is on it before its sender gets an answer.", {
      size: text("Its size. Bodies take at most 1 GiB, what is remembered of registries 256 MiB.", "2Gi"),
      storageClass: text("Its StorageClass; default: the cluster's."),
      accessModes: list("Its access modes.", ["ReadWriteOnce"]),
    }),
  };
}

function workload() {
  return {
    replicas: {
      ...number("Each takes webhooks on its own and keeps its own delivery log; one of them runs the controllers.", 1),
      minimum: 0,
    },
    image: group("The container image, built from deploy/Dockerfile.", {
      repository: text("Where it was pushed.", "dockbell"),
      tag: text("Default: the chart's appVersion."),
      digest: { ...text("Pins it, like `sha256:…`."), pattern: "^(sha256:[0-9a-f]{64})?$" },
      pullPolicy: { ...text("When nodes ask for it anew.", "IfNotPresent"), enum: ["Always", "IfNotPresent", "Never"] },
      pullSecrets: list("References to Secrets like `{name: my-registry}`.", [], "object"),
    }),
    service: group("Where webhooks arrive within the cluster.", {
      type: { ...text("Its type.", "ClusterIP"), enum: ["ClusterIP", "NodePort", "LoadBalancer"] },
      port: { ...number("Its port.", 80), minimum: 1, maximum: 65_535 },
      nodePort: { ...number("The nodes' port, for types that have one; 0 lets the cluster choose.", 0), minimum: 0 },
      annotations: map("For its metadata."),
    }),
  };
}

function exposure() {
  const peers = "as in a NetworkPolicy";
  const senders = SENDERS.map(({ name }) => name);
  return {
    senders: {
      ...list("Whose webhooks are sent here by ingress or httpRoute. Beside Kargo: dockerhub alone.", senders),
      items: { type: "string", enum: senders },
      minItems: 1,
      uniqueItems: true,
    },
    ingress: group("Sends the receivers' paths of config.baseURL here, and nothing else.", {
      enabled: flag("Make one.", false),
      className: text("Its class; default: the cluster's."),
      tlsSecret: text(
        "The Secret with the certificate of the base URL's host; without, the Ingress says nothing of TLS.",
      ),
      annotations: map("For its metadata, such as what cert-manager reads."),
    }),
    httpRoute: group("The same with a Gateway.", {
      enabled: flag("Make one.", false),
      parentRefs: list("The Gateways it belongs to, like `{name: public, namespace: gateways}`.", [], "object"),
      annotations: map("For its metadata."),
    }),
    networkPolicy: group("Who may reach the pods, and whom they may reach.", {
      enabled: flag("Make one.", false),
      webhookFrom: list(`Who may send webhooks, ${peers}; empty for everybody.`, [], "object"),
      adminFrom: list(`Who may reach the admin port beside the other replicas, ${peers}: Prometheus.`, [], "object"),
      egress: list(
        `Whom the pods may reach, ${peers}: DNS, the API server, registries; the other replicas always. Empty for everybody.`,
        [],
        "object",
      ),
    }),
    podDisruptionBudget: group("How many replicas a drained node may take at once.", {
      enabled: flag("Make one.", true),
      maxUnavailable: { ...number("Replicas, or a share of them like `50%`.", 1), type: ["integer", "string"] },
    }),
    serviceMonitor: group("Lets a Prometheus operator scrape the metrics.", {
      enabled: flag("Make one; its CRD must be there.", false),
      interval: text("How often.", "30s"),
      labels: map("For its metadata: what the Prometheus selects by."),
    }),
  };
}

function pod() {
  return {
    resources: map("Of the container. 150 MB are what 10,000 Warehouses take.", {
      requests: { cpu: "50m", memory: "192Mi" },
      limits: { memory: "512Mi" },
    }),
    env: list("Further environment variables.", [], "object"),
    volumes: list("Further volumes, such as the ConfigMap of a registry's certificate authority.", [], "object"),
    volumeMounts: list("Where they are mounted.", [], "object"),
    podAnnotations: map("For the pods."),
    podLabels: map("For the pods."),
    nodeSelector: map("Which nodes may run the pods."),
    tolerations: list("Which taints they bear.", [], "object"),
    affinity: map("Which nodes they prefer."),
    topologySpreadConstraints: list("How they spread.", [], "object"),
    priorityClassName: text("Their PriorityClass."),
    nameOverride: text("Instead of the chart's name."),
    fullnameOverride: text("Instead of the name that release and chart come to."),
  };
}

/** Those of docs/configuration.schema.json that are the user's. Without defaults: absent keys stay the program's. */
function settings(): Readonly<Record<string, Value>> {
  const { properties } = settingsSchema() as { properties: Readonly<Record<string, Value>> };
  const own = Object.entries(properties).filter(([key]) => !SET_BY_THE_CHART.includes(key));
  const schemas = Object.fromEntries(own.map(([key, { default: _, ...schema }]) => [key, schema as unknown as Value]));
  // Empty is what values.yaml has, for the chart to say that it is needed.
  return { ...schemas, baseURL: { ...schemas["baseURL"], pattern: "^(https?://.+)?$" } as Value };
}

function group(description: string, properties: Readonly<Record<string, Value>>): Value {
  return { description, type: "object", properties, additionalProperties: false };
}

function flag(description: string, value: boolean): Value {
  return { description, type: "boolean", default: value };
}

function text(description: string, value = ""): Value {
  return { description, type: "string", default: value };
}

function number(description: string, value: number): Value {
  return { description, type: "integer", default: value };
}

function list(description: string, value: readonly unknown[], of = "string"): Value {
  return { description, type: "array", items: { type: of }, default: value };
}

function map(description: string, value: Readonly<Record<string, unknown>> = {}): Value {
  return { description, type: "object", default: value };
}
