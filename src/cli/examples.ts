// What help and the command reference show of each command in use. A test parses every line.

/** By command path without the program's name; the empty one is the program's own. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  "": [
    "dockbell up --example                     # everything on this machine, with something to try",
    "dockbell status                           # in another terminal",
    "dockbell send                             # push a new tag, and send Docker Hub's webhook for it",
  ],
  up: [
    "dockbell up --example",
    "dockbell up --base-url https://dockbell.example.com",
    "dockbell up --listen 0.0.0.0:8443 --tls-certificate tls.crt --tls-key tls.key",
    "dockbell up --config /etc/dockbell/dockbell.yaml",
  ],
  serve: [
    "dockbell serve --base-url https://dockbell.example.com            # in a pod: with its service account",
    "dockbell serve --context production --base-url https://dockbell.example.com --roles receiver",
  ],
  config: ["dockbell config --config dockbell.yaml", "dockbell config --schema > dockbell.schema.json"],
  send: [
    "dockbell send                                             # to the example: pushes the next tag first",
    "dockbell send --repository example/app --tag 1.2.0",
    "dockbell send --repository example/app --tag 1.2.0 --receiver my-project/dh-wh-receiver",
    "dockbell send --repository example/app --tag 1.2.0 --multi-arch   # several webhooks at once",
    "dockbell send --repository example/app-chart --tag 0.3.0 --chart",
    "dockbell send --repository example/app --tag 1.2.0 --no-media-type  # as Docker Hub sent it for years",
    "dockbell send --file payload.json                         # this body, as it is",
  ],
  status: ["dockbell status", "dockbell status --context production -n my-project", "dockbell status -o json"],
  "receivers list": ["dockbell receivers list", "dockbell receivers list -o json"],
  "receivers url": ["dockbell receivers url", "dockbell receivers url my-project/dh-wh-receiver"],
  "warehouses list": [
    "dockbell warehouses list -o wide",
    "dockbell warehouses list --context production -n my-project",
  ],
  "warehouses refresh": [
    "dockbell warehouses refresh app",
    "dockbell warehouses refresh my-project/app --wait --timeout 5m",
  ],
  wait: ["dockbell wait app --tag 1.2.0", "dockbell wait my-project/app --tag 1.2.0 --timeout 10m"],
  "deliveries drain": [
    "dockbell deliveries drain",
    "dockbell deliveries drain --timeout 5m    # in the pod, by kubectl exec, before it is scaled away",
    "dockbell deliveries drain --cancel",
  ],
  "deliveries list": [
    "dockbell deliveries list",
    "dockbell deliveries list -o wide --limit 100",
    "dockbell deliveries list --state failed",
    "dockbell deliveries list -n my-project -o json | jq '.[] | {id, tags, targetCounts}'",
  ],
  "deliveries show": [
    "dockbell deliveries show 01933a3f-6d20-7c3e-9a51-2f6b1d0c8e47",
    "dockbell deliveries show 01933a3f-6d20-7c3e-9a51-2f6b1d0c8e47 -o json | jq '.targets[] | select(.state == \"failed\")'",
  ],
  "secret new": [
    "dockbell secret new dh-wh-secret -n my-project > secret.yaml",
    "dockbell secret new dh-wh-secret -n my-project | kubectl apply -f -",
  ],
  completion: [
    "source <(dockbell completion bash)                          # in ~/.bashrc",
    "dockbell completion zsh > ~/.dockbell-completion            # and source it in ~/.zshrc",
    "dockbell completion fish > ~/.config/fish/completions/dockbell.fish",
  ],
};

/** As help shows them; empty for a command that needs none. */
export function examplesText(path: string): string {
  const lines = EXAMPLES[path] ?? [];
  return lines.length === 0 ? "" : `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
