// `npm pack` runs this first: the published package holds compiled JavaScript in `dist/`, the clone none.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { bin } from "./bin.ts";

const root = dirname(import.meta.dirname);
rmSync(join(root, "dist"), { recursive: true, force: true });
const args = [bin("typescript", "tsc"), "--project", "tsconfig.build.json"];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
process.exit(status ?? 1);
