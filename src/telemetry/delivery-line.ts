// The line about one delivery: what came, what it refreshed, what was discovered, how long it took.

interface DeliveryStory {
  readonly delivery: { readonly repoURLs: readonly string[]; readonly tag: string; readonly reason: string };
  readonly targets: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly state: string;
    readonly reason: string;
  }[];
  readonly elapsedMs: number;
}

/** A push may concern thousands of Warehouses. */
const MAX_TOLD = 10;

export function deliveryLine({ delivery, targets, elapsedMs }: DeliveryStory): string {
  const push = `push ${delivery.repoURLs[0] ?? "(no repository)"}${delivery.tag === "" ? "" : `:${delivery.tag}`}`;
  if (targets.length === 0) return `${push} refreshed nothing: ${delivery.reason}`;
  const stories = targets.slice(0, MAX_TOLD).map(({ namespace, name, state, reason }) => {
    return `${namespace}/${name} ${state}${reason === "" ? "" : ` (${reason})`}`;
  });
  if (targets.length > MAX_TOLD) stories.push(`and ${targets.length - MAX_TOLD} more`);
  return `${push} → ${stories.join(", ")} in ${Math.round(elapsedMs)} ms`;
}
