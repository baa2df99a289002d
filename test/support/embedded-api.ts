// The embedded API alone, over TLS as kubectl meets it: no controller of Dockbell's runs beside it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataDirectory } from "../../src/app/data-directory.ts";
import { startEmbedded } from "../../src/app/embedded.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/app/system.ts";

export interface EmbeddedApi {
  readonly kubeconfig: string;
  /** What it could not answer. */
  readonly faults: readonly unknown[];
  dispose(): Promise<void>;
}

export async function startEmbeddedApi(): Promise<EmbeddedApi> {
  const path = mkdtempSync(join(tmpdir(), "dockbell-embedded-"));
  const directory = openDataDirectory(path);
  const faults: unknown[] = [];
  const embedded = await startEmbedded({
    directory,
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    userAgent: "test",
    onError: (error) => faults.push(error),
  });
  return {
    kubeconfig: embedded.kubeconfigPath,
    faults,
    async dispose() {
      await embedded.close(0);
      directory.release();
      rmSync(path, { recursive: true, force: true });
    },
  };
}
