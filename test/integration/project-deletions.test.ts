// Projects and namespaces that are deleted while nobody leads: this process sees it, and makes it good once it leads.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NAMESPACES } from "../../src/resources/core.ts";
import { PROJECTS } from "../../src/resources/project.ts";
import { eventually } from "../support/dockbell.ts";
import { openProjectDesk, PROJECT_LABELS, type ProjectDesk } from "../support/project-desk.ts";

const KEEP = { "kargo.akuity.io/keep-namespace": "true" };

let desk: ProjectDesk;
before(async () => {
  desk = await openProjectDesk();
});
after(() => desk.dispose());

/** A namespace with its Project, both of them seen. */
async function createPair(name: string, { ofProject = {}, ofNamespace = {} } = {}): Promise<void> {
  await desk.createNamespace(name, PROJECT_LABELS, ofNamespace);
  await desk.createProject(name, ofProject);
  await heard(() => desk.projects.get(name) !== undefined && desk.namespaces.get(name) !== undefined);
}

async function deleteProject(name: string): Promise<void> {
  await desk.client.delete(PROJECTS, { name });
  await heard(() => desk.projects.get(name) === undefined);
}

async function deleteNamespace(name: string): Promise<void> {
  await desk.client.delete(NAMESPACES, { name });
  await heard(() => desk.namespaces.get(name) === undefined);
}

async function heard(claim: () => boolean): Promise<void> {
  await eventually(claim, () => "this process has not heard of it");
}

/** Leads until it has made a namespace for a Project of this name, which comes after all that was left. */
async function leadOnce(name: string): Promise<void> {
  const end = desk.lead();
  await desk.createProject(name);
  await eventually(
    async () => (await desk.project(name))?.status?.conditions?.[0]?.status === "True",
    () => "nobody leads",
  );
  await end();
}

async function namespaceStands(name: string): Promise<boolean> {
  const namespace = await desk.namespaceOf(name);
  return namespace !== undefined && namespace.metadata.deletionTimestamp === undefined;
}

test("the namespace of a Project that was deleted while nobody led goes when somebody leads", async () => {
  await createPair("gone");
  await deleteProject("gone");

  await leadOnce("first");

  await eventually(
    async () => (await desk.namespaceOf("gone")) === undefined,
    () => "it still stands",
  );
});

test("a Project whose namespace was deleted while nobody led goes when somebody leads", async () => {
  await createPair("bare");
  await deleteNamespace("bare");

  await leadOnce("second");

  await eventually(
    async () => (await desk.project("bare")) === undefined,
    () => "it still stands",
  );
});

const KEPT = [
  ["its Project says that it is kept", { ofProject: KEEP }],
  ["it says itself that it is kept", { ofNamespace: KEEP }],
] as const;
for (const [place, [why, annotations]] of KEPT.entries()) {
  test(`a namespace stays without its Project where ${why}`, async () => {
    await createPair(`kept-${place}`, annotations);
    await deleteProject(`kept-${place}`);

    await leadOnce(`third-${place}`);

    assert.ok(await namespaceStands(`kept-${place}`));
  });
}

test("a namespace stays that is to be kept, or no Project's any more, since its Project was deleted", async () => {
  for (const name of ["rescued", "freed"]) await createPair(name);
  for (const name of ["rescued", "freed"]) await deleteProject(name);
  await desk.client.mergePatch(NAMESPACES, { name: "rescued" }, { metadata: { annotations: KEEP } });
  const labels = { "kargo.akuity.io/project": null };
  await desk.client.mergePatch(NAMESPACES, { name: "freed" }, { metadata: { labels } });

  await leadOnce("fourth");

  for (const name of ["rescued", "freed"]) assert.ok(await namespaceStands(name), name);
});

test("what was made anew under a name does not follow what was deleted before it", async () => {
  for (const name of ["again", "project-again"]) await createPair(name);
  await deleteProject("again");
  await deleteNamespace("again");
  await desk.createNamespace("again", PROJECT_LABELS);
  await deleteNamespace("project-again");
  await deleteProject("project-again");
  await desk.createProject("project-again");

  await leadOnce("fifth");

  assert.ok(await namespaceStands("again"));
  assert.ok(await desk.project("project-again"));
});

test("a namespace with the label that never had a Project stays", async () => {
  await desk.createNamespace("alone", PROJECT_LABELS);

  await leadOnce("sixth");

  assert.ok(await namespaceStands("alone"));
});
