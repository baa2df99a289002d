// One pass over a Warehouse: discover, answer the pushes, make Freight, and write it all down in one status patch.
// A refresh whose discovery failed is not handled. docs/compatibility.md, sections 7.3 and 7.5.
import { toKubeTime } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { KubeClient } from "../kube/client.ts";
import type { DiscoveredArtifacts } from "../resources/discovered-artifacts.ts";
import type { Freight } from "../resources/freight.ts";
import { type PushEntry, pushName } from "../resources/pushes.ts";
import { keyOf } from "../resources/resource.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import type { PushOutcome } from "./awaited-pushes.ts";
import type { DiscoverWarehouse } from "./discover.ts";
import { isDiscovered } from "./discovered-tag.ts";
import { intervalMs, requestOf, type Schedule } from "./due.ts";
import { type Findings, failedOutcome } from "./findings.ts";
import { ensureFreight, newestFreight } from "./freight.ts";
import { isAsWritten, type Memory } from "./memory.ts";
import { type OpenPushes, readOpenPushes, tagsByRepoURL, wantEverything } from "./open-pushes.ts";
import { type Conclusion, findIncomplete } from "./status.ts";
import { tokenAgeMs } from "./token.ts";
import { writeStatus } from "./write-status.ts";

export interface Pass {
  readonly warehouse: Warehouse;
  readonly memory: Memory;
  readonly client: KubeClient;
  readonly discover: DiscoverWarehouse;
  readonly schedule: Schedule;
  readonly log: (line: string) => void;
  readonly recordEvent: (freight: Freight) => void;
  readonly signal: AbortSignal;
}

/**
 * The Warehouse as its status patch returned it; undefined when it is gone. Throws, after the patch, when discovery or
 * the creation of Freight failed in a way that may pass.
 */
export async function discoverOnce(pass: Pass): Promise<Warehouse | undefined> {
  const { warehouse, memory, schedule, signal } = pass;
  const { clock } = schedule;
  const begunAt = clock.monotonicMs();
  const seen = memory.refreshes.snapshot();
  const pushes = readOpenPushes(warehouse);
  memory.awaited.resume(pushes, ({ token }) => tokenAgeMs(token, clock), begunAt);
  const isTrusted = mayTrustLastPass(pass, pushes);
  memory.isUnfinished = true;
  memory.unusable = undefined;
  const pushed = tagsByRepoURL(pushes.entries.filter((entry) => !memory.awaited.isLeftAlone(entry)));
  const findings = await pass.discover({ warehouse, pushed, scan: memory.scan, isTrusted, signal });
  const answer = memory.awaited.answer(pushes, (entry) => outcomeOf(entry, findings, memory), clock.monotonicMs());
  const artifacts = stamp(findings, warehouse, toKubeTime(clock.now()));
  const conclusion = await judge(pass, findings, artifacts);
  const isComplete = findings.failures.length === 0;
  const after = await writeStatus(pass, { conclusion, pushes: answer, artifacts, isComplete });
  if (!after) return undefined;

  memory.written = after;
  memory.scan = findings.scan;
  if (!isTrusted) memory.fullScanAt = begunAt;
  memory.isUnfinished = !isComplete;
  if (isComplete) memory.refreshes.forget(seen);
  if (!isComplete && failedOutcome(findings.failures) === "unusable") postpone(pass, conclusion);
  else throwIfFailed(conclusion);
  return after;
}

/** Only the Freight is missing: a pass before this one discovered everything. */
export async function makeFreightOnce(pass: Pass): Promise<Warehouse | undefined> {
  const { warehouse, memory } = pass;
  const conclusion = await makeFreight(pass, newestFreight(warehouse, warehouse.status?.discoveredArtifacts ?? {}));
  const after = await writeStatus(pass, { conclusion, isComplete: false });
  memory.written = after;
  throwIfFailed(conclusion);
  return after;
}

/**
 * Status holds for every tag that was not pushed when nobody but us wrote it, since then nothing but pushes asked for
 * this pass, and everything was asked for within the interval.
 */
function mayTrustLastPass({ warehouse, memory, schedule }: Pass, pushes: OpenPushes): boolean {
  const { fullScanAt, refreshes } = memory;
  return (
    isAsWritten(warehouse, memory) &&
    refreshes.arePushes(warehouse) &&
    !wantEverything(pushes) &&
    fullScanAt !== undefined &&
    schedule.clock.monotonicMs() < fullScanAt + intervalMs(warehouse, schedule)
  );
}

function outcomeOf(entry: PushEntry, findings: Findings, { awaited }: Memory): PushOutcome {
  const { outcomes, failures, artifacts, scan } = findings;
  if ("tag" in entry && awaited.isLeftAlone(entry)) return isDiscovered(artifacts, entry) ? "new" : "missing";
  if ("tag" in entry) return outcomes.get(pushName(entry)) ?? "unwanted";
  if (failures.length === 0) return "new";
  const outcome = failedOutcome(failures);
  // What was discovered is all that this spec can show.
  return outcome === "unusable" && scan.size > 0 ? "new" : outcome;
}

/** `discoveredAt` is the moment from which all of it holds: a failure leaves it where it was. */
function stamp({ artifacts, failures }: Findings, { status }: Warehouse, now: string): DiscoveredArtifacts {
  const discoveredAt = failures.length > 0 ? status?.discoveredArtifacts?.discoveredAt : now;
  return { ...artifacts, ...(discoveredAt !== undefined && { discoveredAt }) };
}

async function judge(pass: Pass, { failures }: Findings, artifacts: DiscoveredArtifacts): Promise<Conclusion> {
  const { spec } = pass.warehouse;
  if (failures.length > 0) {
    const message = `error discovering artifacts: ${failures.map((failure) => failure.message).join("; ")}`;
    return {
      kind: "discovery-failed",
      message,
      error: new AggregateError(
        failures.map(({ error }) => error),
        message,
      ),
    };
  }
  const incomplete = findIncomplete(artifacts);
  if (incomplete) return { kind: "incomplete", ...incomplete };
  if (spec.freightCreationPolicy === "Manual") return { kind: "ready", freight: undefined };
  if (spec.freightCreationCriteria?.expression?.trim()) return CRITERIA_NOT_EVALUATED;
  return makeFreight(pass, newestFreight(pass.warehouse, artifacts));
}

const CRITERIA_NOT_EVALUATED: Conclusion = {
  kind: "criteria-not-evaluated",
  message:
    "Evaluation of Freight creation criteria failed: spec.freightCreationCriteria is not evaluated yet, and no Freight was created: remove it, or create Freight by hand",
};

async function makeFreight({ client, recordEvent }: Pass, freight: Freight): Promise<Conclusion> {
  try {
    const outcome = await ensureFreight(client, freight);
    if (outcome.kind === "created") recordEvent(outcome.freight);
    return { kind: "ready", freight: outcome };
  } catch (error) {
    const { name, namespace } = freight.metadata;
    const message = `Error creating Freight "${name}" in namespace "${namespace}": ${messageOf(error)}`;
    return { kind: "freight-failed", message, error };
  }
}

/** Nothing but what this pass began with: what was asked for meanwhile, nobody has looked at. */
function postpone({ warehouse, memory, schedule, log }: Pass, conclusion: Conclusion): void {
  const untilMs = schedule.clock.monotonicMs() + intervalMs(warehouse, schedule);
  memory.unusable = { request: requestOf(warehouse), untilMs };
  if (conclusion.kind === "discovery-failed") log(`warehouse ${keyOf(warehouse.metadata)}: ${conclusion.message}`);
}

function throwIfFailed(conclusion: Conclusion): void {
  if (conclusion.kind === "discovery-failed" || conclusion.kind === "freight-failed") throw conclusion.error;
}
