// The kubeconfig that lets stock kubectl talk to the embedded API.

interface Access {
  readonly server: string;
  readonly certPem: string;
  readonly token: string;
}

/** Whether a text that was made here, and perhaps added to since, leads there still. */
export function grantsAccess(text: string, { server, certPem, token }: Access): boolean {
  const lines = text.split("\n").map((line) => line.trim());
  const needed = [`server: ${server}`, `certificate-authority-data: ${base64(certPem)}`, `token: ${token}`];
  return needed.every((line) => lines.includes(line));
}

export function kubeconfigText({ server, certPem, token, name }: Access & { readonly name: string }): string {
  return `apiVersion: v1
kind: Config
current-context: ${name}
clusters:
  - name: ${name}
    cluster:
      server: ${server}
      certificate-authority-data: ${base64(certPem)}
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

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
