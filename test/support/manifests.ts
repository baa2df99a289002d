// Objects for kubectl to apply. Every field that Kargo's admission would default is given: the real API server of these
// tests has the CRDs' defaults only.

/** Kargo's objects may be in it. */
export function namespace(name: string): string {
  const labels = '{ kargo.akuity.io/project: "true" }';
  return `---\napiVersion: v1\nkind: Namespace\nmetadata: { name: ${name}, labels: ${labels} }\n`;
}

export function secret(name: string, value: string): string {
  return `---
apiVersion: v1
kind: Secret
metadata: { name: ${name}, labels: { app: demo } }
data: { secret: ${Buffer.from(value).toString("base64")} }
`;
}

/** Of the namespace it is applied to. */
export function projectConfig(name: string): string {
  return `---
apiVersion: kargo.akuity.io/v1alpha1
kind: ProjectConfig
metadata: { name: ${name} }
spec:
  webhookReceivers:
    - name: dh-wh-receiver
      dockerhub: { secretRef: { name: dh-wh-secret } }
`;
}

/** `spec` begins with the interval; what stands behind it is added. */
export function warehouse(name: string, spec: string = "interval: 5m0s"): string {
  return `---
apiVersion: kargo.akuity.io/v1alpha1
kind: Warehouse
metadata: { name: ${name}, labels: { app: demo } }
spec:
  ${spec}
  freightCreationPolicy: Automatic
  subscriptions:
    - image:
        repoURL: localhost:5000/demo/guestbook
        imageSelectionStrategy: SemVer
        constraint: ^1.0.0
        strictSemvers: true
        discoveryLimit: 20
`;
}
