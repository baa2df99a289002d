// `dockbell warehouses refresh` and `dockbell wait`: a refresh by hand, and waiting for what it or a push brings.
import type { Random } from "../clock.ts";
import { InputError } from "../errors.ts";
import type { ObjectKey } from "../kube/paths.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import { WAREHOUSES, type Warehouse } from "../resources/warehouse.ts";
import { createTokenSource } from "../warehouses/token.ts";
import { findWarehouse, idOf, type NamedWarehouse } from "./find-warehouse.ts";
import type { Progress } from "./progress.ts";
import type { Timeout } from "./timeout-option.ts";
import { Waiting } from "./waiting.ts";
import { isRefreshPending, newest, troubleOf } from "./warehouses.ts";

interface RefreshOptions extends NamedWarehouse {
  readonly random: Random;
}

interface WaitOptions extends NamedWarehouse {
  readonly progress: Progress;
  readonly timeout: Timeout;
}

/** Throws `InputError` where there is no such Warehouse. */
export async function refreshCommand(options: RefreshOptions): Promise<string> {
  const key = await findWarehouse(options);
  await options.client.mergePatch(WAREHOUSES, key, refreshPatch(newToken(options)));
  return `${idOf(key)} refresh requested\n`;
}

/** Refreshes, and waits until that was handled. Throws `InputError` or `WaitTimeoutError`. */
export async function refreshAndWaitCommand(options: RefreshOptions & WaitOptions): Promise<string> {
  const { client } = options;
  const token = newToken(options);
  const key = await waitFor(options, {
    missing: "the refresh was not handled",
    begin: (found, signal) => client.mergePatch(WAREHOUSES, found, refreshPatch(token), { signal }),
    claim: (warehouse) => warehouse.status?.lastHandledRefresh === token || !isRefreshPending(warehouse),
  });
  return `${idOf(key)} refreshed\n`;
}

/**
 * Waits until some subscription has discovered the tag, or the chart's version that it stands for. Throws `InputError`
 * or `WaitTimeoutError`.
 */
export async function waitCommand(options: WaitOptions & { readonly tag: string }): Promise<string> {
  const { tag } = options;
  const key = await waitFor(options, {
    missing: `${tag} was not discovered`,
    claim: (warehouse) => discovered(warehouse, tag),
  });
  return `${idOf(key)} discovered ${tag}\n`;
}

function newToken(options: RefreshOptions): string {
  return createTokenSource(options).next(new Set());
}

function refreshPatch(token: string) {
  return { metadata: { annotations: { [REFRESH_ANNOTATION]: token } } };
}

/** A tag cannot hold a "+": OCI charts are pushed with "_" in its place. */
function discovered({ status }: Warehouse, tag: string): boolean {
  const { images, charts } = status?.discoveredArtifacts ?? {};
  return (
    (images ?? []).some(({ references }) => references?.some((one) => one.tag === tag)) ||
    (charts ?? []).some(({ versions }) => versions?.includes(tag.replaceAll("_", "+")))
  );
}

interface Awaited {
  /** What is said when it did not come. */
  readonly missing: string;
  /** Done once, before the first look; it may be done again where nobody answered. */
  readonly begin?: (key: ObjectKey, signal: AbortSignal) => Promise<unknown>;
  readonly claim: (warehouse: Warehouse) => boolean;
}

/** Finds the Warehouse, and looks at it again and again until the claim holds. */
async function waitFor(options: WaitOptions, { missing, begin, claim }: Awaited): Promise<ObjectKey> {
  const { client, progress, name } = options;
  const waiting = new Waiting({ ...options, missing, subject: name });
  try {
    const key = await waiting.ask((signal) => findWarehouse(options, signal));
    if (begin) await waiting.ask((signal) => begin(key, signal));
    while (true) {
      const warehouse = await waiting.ask((signal) => client.get<Warehouse>(WAREHOUSES, key, { signal }));
      if (!warehouse) throw new InputError(`${idOf(key)} was deleted`);
      if (claim(warehouse)) return key;
      await waiting.lookAgain(`${idOf(key)}: ${standOf(warehouse)}`);
    }
  } finally {
    progress.end();
  }
}

/** What keeps it, or what is newest. */
function standOf(warehouse: Warehouse): string {
  const trouble = troubleOf(warehouse);
  return trouble ? `${trouble.reason}: ${trouble.message}` : `the newest is ${newest(warehouse).join(", ")}`;
}
