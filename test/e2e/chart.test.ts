// The chart with several sets of values: what it renders is taken by a real API server with strict field validation, and
// its pods by the strictest Pod Security Standard. Needs helm in PATH and Go, or the built server in its cache.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { CHART, installForeignCrds, type Manifest, manifestsOf, useCluster } from "../support/installing.ts";

const VALUES = join(import.meta.dirname, "chart-values");
const SETS: Readonly<Record<string, readonly string[]>> = {
  alone: [join(VALUES, "alone.yaml")],
  everything: [join(VALUES, "everything.yaml")],
  controllers: [join(VALUES, "controllers.yaml")],
  "beside-kargo": [join(CHART, "values-beside-kargo.yaml"), join(VALUES, "beside-kargo.yaml")],
};

const cluster = await useCluster();
before(() => installForeignCrds(cluster));

function flagsOf(files: readonly string[]): string {
  return files.map((file) => `--values ${file}`).join(" ");
}

async function rendered(set: string, flags = ""): Promise<readonly Manifest[]> {
  const command = `template bell ${CHART} --namespace ${set} --kube-version 1.36.0 ${flagsOf(SETS[set] ?? [])} ${flags}`;
  return manifestsOf(await cluster.helm(command));
}

function only(manifests: readonly Manifest[], kind: string): Manifest {
  const [one, ...others] = manifests.filter((manifest) => manifest.kind === kind);
  assert.ok(one && others.length === 0, `one ${kind}`);
  return one;
}

/** As a StatefulSet makes it. */
function podOf(manifests: readonly Manifest[]): Manifest {
  const { spec } = only(manifests, "StatefulSet") as unknown as {
    spec: { template: { metadata: object; spec: { volumes: object[] } } };
  };
  const { metadata, spec: pod } = spec.template;
  const volumes = [...pod.volumes, { name: "data", emptyDir: {} }];
  const named = { ...metadata, name: "bell-0" };
  // A class of the cluster's that no test cluster has.
  const { priorityClassName: _, ...portable } = pod as typeof pod & { priorityClassName?: string };
  return { apiVersion: "v1", kind: "Pod", metadata: named, spec: { ...portable, volumes } } as unknown as Manifest;
}

for (const [set, files] of Object.entries(SETS)) {
  describe(`with the values of ${set}`, () => {
    test("helm lint has nothing to say", async () => {
      const { code, stdout, stderr } = await cluster.attempt("helm", `lint --strict ${CHART} ${flagsOf(files)}`);

      assert.equal(code, 0, stdout + stderr);
      assert.doesNotMatch(stdout + stderr, /\[(WARNING|ERROR)\]/);
    });

    test("a real API server takes every object, and knows every field", async () => {
      const manifests = await rendered(set);
      const namespaces = new Set([set, ...manifests.flatMap(({ metadata }) => metadata.namespace ?? [])]);
      for (const namespace of namespaces) await cluster.attempt("kubectl", `create namespace ${namespace}`);

      const applied = await cluster.kubectl("apply --validate=strict --filename -", JSON.stringify(listOf(manifests)));

      assert.equal(applied.trim().split("\n").length, manifests.length);
      assert.doesNotMatch(applied, /Warning/);
    });

    test("its pod keeps to the restricted Pod Security Standard", async () => {
      const namespace = `${set}-restricted`;
      await cluster.kubectl(`create namespace ${namespace}`);
      await cluster.kubectl(`label namespace ${namespace} pod-security.kubernetes.io/enforce=restricted`);
      const pod = podOf(await rendered(set));
      const laxer = structuredClone(pod) as unknown as { spec: { securityContext: { seccompProfile?: object } } };
      delete laxer.spec.securityContext.seccompProfile;
      const create = `create --validate=strict --namespace ${namespace} --filename -`;

      const refused = await cluster.attempt("kubectl", create, JSON.stringify(laxer));
      const created = await cluster.kubectl(create, JSON.stringify(pod));

      assert.match(refused.stderr, /violates PodSecurity "restricted/);
      assert.equal(created, "pod/bell-0 created\n");
    });
  });
}

function listOf(items: readonly Manifest[]) {
  return { apiVersion: "v1", kind: "List", items };
}

test("a pod has 5 s more than the delay and the timeout that are configured", async () => {
  const { spec } = podOf(await rendered("everything")) as unknown as {
    spec: { terminationGracePeriodSeconds: number };
  };

  assert.equal(spec.terminationGracePeriodSeconds, 90 + 1 + 5);
});

test("alone nothing is routed to from outside, and with everything only the receivers' paths are", async () => {
  const alone = await rendered("alone");
  const everything = await rendered("everything");

  const host = "kargo.example.com";
  const rule = { host, pathType: "Prefix", service: "team-bell" };
  const [dockerhub, quay] = ["/webhooks/dockerhub/", "/webhooks/quay/"];
  const { spec: ingress } = only(everything, "Ingress") as unknown as IngressManifest;
  const { spec: route } = only(everything, "HTTPRoute") as unknown as { spec: { hostnames: unknown; rules: unknown } };
  const paths = ingress.rules.flatMap(({ host, http }) =>
    http.paths.map(({ path, pathType, backend }) => ({ host, path, pathType, service: backend.service.name })),
  );
  assert.deepEqual(paths, [
    { ...rule, path: dockerhub },
    { ...rule, path: quay },
  ]);
  assert.deepEqual(route.hostnames, [host]);
  assert.deepEqual(route.rules, [
    {
      matches: [dockerhub, quay].map((value) => ({ path: { type: "PathPrefix", value } })),
      backendRefs: [{ name: "team-bell", port: 8000 }],
    },
  ]);
  assert.deepEqual(
    alone.filter(({ kind }) => kind === "Ingress" || kind === "HTTPRoute"),
    [],
  );
});

interface IngressManifest {
  readonly spec: {
    readonly rules: readonly {
      readonly host: string;
      readonly http: {
        readonly paths: readonly {
          readonly path: string;
          readonly pathType: string;
          readonly backend: { readonly service: { readonly name: string } };
        }[];
      };
    }[];
  };
}

test("beside Kargo there are no CRDs, no roles and no service account of ours", async () => {
  const kinds = (await rendered("beside-kargo")).map(({ kind }) => kind).toSorted();

  assert.deepEqual(kinds, [
    "ConfigMap",
    "Ingress",
    "PodDisruptionBudget",
    "Secret",
    "Service",
    "Service",
    "StatefulSet",
  ]);
});

test("each pod is told where all of them are found, and may reach them there", async () => {
  const manifests = await rendered("everything", "--set replicas=2");

  const { spec } = only(manifests, "StatefulSet") as unknown as StatefulSetManifest;
  const { spec: policy } = only(manifests, "NetworkPolicy") as unknown as { spec: PolicySpec };
  const [container] = spec.template.spec.containers;
  const isPeer = ({ podSelector }: Peer) => isDeepStrictEqual(podSelector, spec.selector);
  assert.equal(
    container.env.find(({ name }) => name === "DOCKBELL_PEERS")?.value,
    ["team-bell-0.team-bell-peers:8081", "team-bell-1.team-bell-peers:8081", "team-bell-peers:8081"].join(","),
  );
  assert.equal(spec.serviceName, "team-bell-peers");
  assert.deepEqual(
    [
      policy.ingress.find(({ from }) => from?.some(isPeer))?.ports,
      policy.egress.find(({ to }) => to?.some(isPeer))?.ports,
    ],
    [[{ port: "admin" }], [{ port: 8081 }]],
  );
});

interface StatefulSetManifest {
  readonly spec: {
    readonly serviceName: string;
    readonly selector: object;
    readonly template: {
      readonly spec: { readonly containers: readonly [{ readonly env: readonly { name: string; value?: string }[] }] };
    };
  };
}

interface Peer {
  readonly podSelector?: object;
}

interface PolicySpec {
  readonly ingress: readonly { readonly ports: object; readonly from?: readonly Peer[] }[];
  readonly egress: readonly { readonly ports: object; readonly to?: readonly Peer[] }[];
}

test("a changed configuration changes the pods, and so they are replaced", async () => {
  const before = only(await rendered("alone"), "StatefulSet");
  const same = only(await rendered("alone"), "StatefulSet");
  const after = only(await rendered("alone", "--set config.answerWithin=1s"), "StatefulSet");

  assert.deepEqual(same, before);
  assert.notDeepEqual(after.spec, before.spec);
});

const REFUSED: readonly (readonly [flags: string, why: RegExp])[] = [
  ["", /config\.baseURL is needed: how Docker Hub reaches the receivers/],
  ["--set config.baseURL=https://b.example.com --set replica=2", /additional properties? 'replica' not allowed/],
  ["--set config.baseURL=https://b.example.com --set config.listen=0.0.0.0:1", /additional properties? 'listen' not/],
  ["--set config.baseURL=https://b.example.com --set roles={sender}", /roles.*must be one of 'receiver'/s],
  ["--set config.baseURL=https://b.example.com --set replicas=two", /replicas.*got string, want integer/s],
  ["--set config.baseURL=b.example.com", /config.*baseURL.*does not match pattern/s],
  ["--set config.baseURL=https://b.example.com --set httpRoute.enabled=true", /httpRoute\.parentRefs is needed/],
];
for (const [flags, why] of REFUSED) {
  test(`refused with a reason: ${flags || "no values"}`, async () => {
    const { code, stderr } = await cluster.attempt("helm", `template bell ${CHART} --kube-version 1.36.0 ${flags}`);

    assert.notEqual(code, 0);
    assert.match(stderr, why);
  });
}
