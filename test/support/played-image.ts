// Builds deploy/Dockerfile without a container runtime: each stage is a folder, COPY copies, RUN runs there. The base of
// the last stage is played by the libraries that the copied Node asks for. What cannot be played is refused.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, matchesGlob } from "node:path";
import { ROOT } from "./pages.ts";

export interface Image {
  /** The folder that is its root file system. */
  readonly root: string;
  readonly command: readonly string[];
  readonly user: string;
}

interface Stage {
  readonly root: string;
  workdir: string;
  readonly metadata: Map<string, string>;
}

/** Into an empty folder. Throws when an instruction names what is not there. */
export function buildImage(directory: string): Image {
  const context = join(directory, "context");
  for (const file of contextFiles()) cpSync(join(ROOT, file), join(context, file), { recursive: true });
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const [name, text] of instructions(readFileSync(join(ROOT, "deploy", "Dockerfile"), "utf8"))) {
    if (name === "ARG") continue;
    if (name === "FROM") {
      const [, stageName = "final"] = /^\S+(?: AS (\S+))?$/.exec(text) ?? [];
      stage = { root: join(directory, stageName), workdir: "/", metadata: new Map() };
      stages.set(stageName, stage);
      mkdirSync(stage.root);
    } else if (stage) play(name, text, { stage, stages, context });
  }
  const last = [...stages.values()].at(-1);
  if (!last) throw new Error("no stage");
  const { root, metadata } = last;
  const command = [...listOf(metadata, "ENTRYPOINT"), ...listOf(metadata, "CMD")];
  addLibraries(root, command[0] ?? "");
  return { root, command, user: metadata.get("USER") ?? "0:0" };
}

/** What the Docker client sends: .dockerignore's last rule that matches a file or a folder above it decides. */
function contextFiles(): readonly string[] {
  const rules = readFileSync(join(ROOT, ".dockerignore"), "utf8").split("\n");
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  const isSent = (file: string) => {
    const decisive = rules.findLast((rule) => rule !== "" && !rule.startsWith("#") && concerns(rule, file));
    return decisive === undefined || decisive.startsWith("!");
  };
  const listed = files.toString().trim().split("\n");
  return listed.filter((file) => isSent(file) && existsSync(join(ROOT, file)));
}

function concerns(rule: string, file: string): boolean {
  const pattern = rule.replace(/^!/, "");
  const parts = file.split("/");
  return parts.some((_, place) => matchesGlob(parts.slice(0, place + 1).join("/"), pattern));
}

/** Lines that end in a backslash go on. */
function instructions(dockerfile: string): readonly (readonly [name: string, text: string])[] {
  const lines = dockerfile
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n\s*/g, "")
    .split("\n");
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => [line.split(" ")[0] ?? "", line.replace(/^\S+ /, "")]);
}

function play(
  name: string,
  text: string,
  { stage, stages, context }: { stage: Stage; stages: ReadonlyMap<string, Stage>; context: string },
): void {
  const cwd = join(stage.root, stage.workdir);
  if (name === "WORKDIR") {
    stage.workdir = text;
    mkdirSync(join(stage.root, text), { recursive: true });
  } else if (name === "RUN") run(text, cwd);
  else if (name === "COPY") {
    const [, from, paths = ""] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? [];
    const source = from === undefined ? context : stages.get(from)?.root;
    if (source === undefined) throw new Error(`no stage ${from}`);
    copy(paths.split(" "), source, (target) => join(target.startsWith("/") ? stage.root : cwd, target));
  } else if (["USER", "EXPOSE", "ENTRYPOINT", "CMD"].includes(name)) stage.metadata.set(name, text);
  else throw new Error(`${name} cannot be played`);
}

/** Paths are the stage's own, so that none but its folder is written to. */
function run(command: string, cwd: string): void {
  if (/(^|\s)\//.test(command)) throw new Error(`an absolute path cannot be played: ${command}`);
  execFileSync("sh", ["-ec", command], { cwd, stdio: ["ignore", "ignore", "inherit"] });
}

function copy(paths: readonly string[], source: string, into: (target: string) => string): void {
  const target = paths.at(-1) ?? "";
  for (const path of paths.slice(0, -1)) {
    const from = join(source, path);
    if (statSync(from).isDirectory() || !target.endsWith("/")) cpSync(from, into(target), { recursive: true });
    else cpSync(from, join(into(target), basename(path)));
  }
}

function listOf(metadata: ReadonlyMap<string, string>, name: string): readonly string[] {
  return JSON.parse(metadata.get(name) ?? "[]") as readonly string[];
}

/** The libraries of glibc and C++ that the base brings. */
function addLibraries(root: string, program: string): void {
  const listed = execFileSync("ldd", [join(root, program)]).toString();
  for (const [, library = ""] of listed.matchAll(/(?:=> |^\s+)(\/\S+) \(/gm)) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(library, join(root, library));
  }
}

/** In bytes, without the base. */
export function sizeOf(folder: string): number {
  return globSync("**", { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
