// What `dockbell up` prints once it is ready. The only place besides status and `receivers url` that shows a URL.

interface WelcomeOptions {
  readonly version: string;
  readonly kubeconfigPath: string;
  readonly listen: string;
  /** What the user types to send to this Dockbell. */
  readonly sendCommand: string;
  /** With the example only. */
  readonly exampleURL: string | undefined;
}

export function welcome({ version, kubeconfigPath, listen, sendCommand, exampleURL }: WelcomeOptions): string {
  const head = [`Dockbell ${version} is ready. Webhooks arrive on ${listen}.`, ""];
  const kubectl = `  export KUBECONFIG=${kubeconfigPath}`;
  if (exampleURL === undefined) return [...head, "To use kubectl with it:", kubectl, "", ""].join("\n");
  return [
    ...head,
    "The example's receiver, as you would register it with Docker Hub:",
    `  ${exampleURL}`,
    "",
    "Push a new tag to the example's registry and send the webhook Docker Hub would send (in another terminal):",
    `  ${sendCommand}`,
    "",
    "Then look at what was discovered:",
    kubectl,
    "  kubectl get warehouse app -n kargo-demo -o yaml",
    "  kubectl get freight -n kargo-demo",
    "",
    "",
  ].join("\n");
}
