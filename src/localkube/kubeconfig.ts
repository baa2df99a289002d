// The kubeconfig that lets stock kubectl talk to the embedded API.

interface KubeconfigOptions {
  readonly server: string;
  readonly certPem: string;
  readonly token: string;
  readonly name: string;
}

export function kubeconfigText({ server, certPem, token, name }: KubeconfigOptions): string {
  return `apiVersion: v1
kind: Config
current-context: ${name}
clusters:
  - name: ${name}
    cluster:
      server: ${server}
      certificate-authority-data: ${Buffer.from(certPem).toString("base64")}
contexts:
  - name: ${name}
    context:
      cluster: ${name}
      user: ${name}
users:
  - name: ${name}
    user:
      token: ${token}
`;
}
