// Reads a CPU profile of Node: how much of the time, idle time left out, was spent in which part of the program.

/** As `--cpu-prof` writes it (the Chrome DevTools Protocol's `Profiler.Profile`); times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  /** The node that was met, sample by sample. */
  readonly samples: readonly number[];
  /** From each sample to the one before it. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface PartShare {
  readonly part: string;
  /** 0 to 1. */
  readonly share: number;
}

const LEAST_SHARE = 0.01;

/** From `begunAtUs` on, on the profile's clock; the largest first, without those below a hundredth. */
export function timeByPart(profile: CpuProfile, begunAtUs: number): readonly PartShare[] {
  const partOf = partsByNode(profile.nodes);
  const times = new Map<string, number>();
  let atUs = profile.startTime;
  let busyUs = 0;
  profile.samples.forEach((node, place) => {
    const deltaUs = profile.timeDeltas[place] ?? 0;
    const part = partOf.get(node) ?? "";
    atUs += deltaUs;
    if (atUs < begunAtUs || part === "(idle)") return;
    busyUs += deltaUs;
    times.set(part, (times.get(part) ?? 0) + deltaUs);
  });
  return [...times]
    .map(([part, us]) => ({ part, share: us / busyUs }))
    .filter(({ share }) => share >= LEAST_SHARE)
    .toSorted((a, b) => b.share - a.share);
}

/** What has no file, such as a system call, belongs to who called it. */
function partsByNode(nodes: readonly ProfileNode[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parts = new Map<number, string>();
  const visit = (id: number, callerPart: string) => {
    const node = byId.get(id);
    const part = (node && partOfFrame(node.callFrame)) ?? callerPart;
    parts.set(id, part);
    for (const child of node?.children ?? []) visit(child, part);
  };
  const root = nodes[0];
  if (root) visit(root.id, root.callFrame.functionName);
  return parts;
}

function partOfFrame({ functionName, url }: ProfileNode["callFrame"]): string | undefined {
  if (functionName === "(idle)") return functionName;
  if (functionName === "(garbage collector)") return "garbage collection";
  if (functionName === "(program)") return "V8 and system calls outside of functions";
  if (url.startsWith("node:")) return "Node's own modules";
  const inSource = /\/(?:src|dist)\/([^/]+)/.exec(url)?.[1];
  if (inSource) return inSource;
  return url === "" ? undefined : "dependencies";
}
