// Writes what is generated from the sources: the CRDs in `deploy/crds`. A test fails while they are stale.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { crdFileName, crdYaml } from "../src/resources/crd.ts";
import { KARGO_KINDS } from "../src/resources/kinds.ts";

const directory = join(dirname(import.meta.dirname), "deploy", "crds");
mkdirSync(directory, { recursive: true });
for (const kind of KARGO_KINDS) writeFileSync(join(directory, crdFileName(kind)), crdYaml(kind));
