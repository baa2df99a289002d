import assert from "node:assert/strict";
import { test } from "node:test";
import type { Condition } from "../resources/condition.ts";
import { REFRESH_ANNOTATION } from "../resources/kargo.ts";
import {
  formatAnswer,
  PUSHES_DISCOVERED,
  type PushEntry,
  type PushesAnswer,
  pushesAnnotation,
} from "../resources/pushes.ts";
import type { Warehouse } from "../resources/warehouse.ts";
import { type Progress, readAnswers } from "./progress.ts";

interface State {
  /** The refresh annotation. */
  readonly present?: string;
  readonly handled?: string;
  readonly ours?: readonly PushEntry[];
  readonly theirs?: readonly PushEntry[];
  readonly said?: Partial<Omit<PushesAnswer, "read">> & { readonly upTo: string };
  readonly found?: readonly string[];
  readonly charts?: readonly string[];
}

const PUSH = { token: "t2", repoURL: "example/app", tag: "1.0.0" };
const entry = (token: string, tag = "1.0.0"): PushEntry => ({ token, repoURL: "example/app", tag });
const scan = (token: string): PushEntry => ({ token, "full-scan": true });

function warehouseIn({ present = "t2", handled, ours = [entry("t2")], theirs, said, found, charts }: State): Warehouse {
  const annotations = {
    ...(present !== "" && { [REFRESH_ANNOTATION]: present }),
    [pushesAnnotation("a")]: JSON.stringify(ours),
    ...(theirs && { [pushesAnnotation("b")]: JSON.stringify(theirs) }),
  };
  const answer = said && {
    read: new Map([["a", said.upTo]]),
    failed: [],
    unusable: [],
    notVisible: [],
    notWanted: [],
    unchanged: [],
    ...said,
  };
  const conditions = [
    { type: "Ready", message: "the registry is away" },
    ...(answer ? [{ type: PUSHES_DISCOVERED, message: formatAnswer(answer) }] : []),
  ];
  const discoveredArtifacts = {
    images: [
      { repoURL: "docker.io/example/app", references: (found ?? []).map((tag) => ({ tag, digest: "sha256:0" })) },
    ],
    charts: [{ repoURL: "oci://docker.io/example/app", versions: charts ?? [] }],
  };
  const status = { conditions, lastHandledRefresh: handled, discoveredArtifacts };
  return { metadata: { name: "w", annotations }, status } as unknown as Warehouse;
}

/** Tokens t1, t2, … in the order in which they were written. */
const covers = (entryToken: string, token: string) => /^t\d$/.test(entryToken) && entryToken >= token;

const CASES: readonly (readonly [name: string, state: State, expected: string])[] = [
  ["nothing happened yet", {}, "waiting"],
  ["the condition covers it", { said: { upTo: "t2" } }, "discovered"],
  [
    "the condition covers a later entry of the list",
    { ours: [entry("t2"), entry("t3", "2.0.0")], said: { upTo: "t3" } },
    "discovered",
  ],
  ["the condition ends before it", { ours: [entry("t1", "2.0.0"), entry("t2")], said: { upTo: "t1" } }, "waiting"],
  ["the condition speaks of a token that stands nowhere", { said: { upTo: "t0" } }, "waiting"],
  ["a later push of the same tag is covered", { ours: [entry("t3")], said: { upTo: "t3" } }, "discovered"],
  [
    "an earlier push of the same tag is covered",
    { ours: [entry("t1")], said: { upTo: "t1" } },
    "refresh-again the refresh was removed",
  ],
  ["it failed", { said: { upTo: "t2", failed: ["example/app:1.0.0"] } }, "retrying the registry is away"],
  ["its spec is unusable", { said: { upTo: "t2", unusable: ["example/app:1.0.0"] } }, "failed the registry is away"],
  ["another push failed", { said: { upTo: "t2", failed: ["example/app:2.0.0"] } }, "discovered"],
  [
    "it is not visible",
    { said: { upTo: "t2", notVisible: ["example/app:1.0.0"] } },
    "not-visible the registry does not show the tag yet",
  ],
  [
    "it is not wanted",
    { said: { upTo: "t2", notWanted: ["example/app:1.0.0"] } },
    "not-wanted the tag is not among the newest it keeps",
  ],
  [
    "it is not visible, as its digest did not move so far",
    { said: { upTo: "t2", notVisible: ["example/app:1.0.0"], unchanged: ["example/app:1.0.0"] } },
    "not-visible digest unchanged so far: the registry may yet show a new one",
  ],
  [
    "its digest did not move",
    { said: { upTo: "t2", unchanged: ["example/app:1.0.0"] } },
    "discovered digest unchanged",
  ],
  ["a full scan covers it and found it", { ours: [scan("t2")], said: { upTo: "t2" }, found: ["1.0.0"] }, "discovered"],
  [
    "a full scan covers it and found it as a chart",
    { ours: [scan("t2")], said: { upTo: "t2" }, charts: ["1.0.0"] },
    "discovered",
  ],
  [
    "a full scan covers it and did not find it",
    { ours: [scan("t2")], said: { upTo: "t2" } },
    "not-found a full scan did not find the tag: it is asked for by name again",
  ],
  [
    "the full scan that covers it failed",
    { ours: [scan("t2")], said: { upTo: "t2", failed: ["full-scan"] } },
    "retrying the registry is away",
  ],
  [
    "the full scan that covers it is unusable",
    { ours: [scan("t2")], said: { upTo: "t2", unusable: ["full-scan"] } },
    "not-found a full scan did not find the tag: it is asked for by name again",
  ],
  ["the full scan that covers it is not answered", { ours: [scan("t2")] }, "waiting"],
  [
    "a full scan from before it is answered",
    { ours: [scan("t1")], said: { upTo: "t1" }, found: ["1.0.0"] },
    "refresh-again the refresh was removed",
  ],
  ["Kargo handled our token", { handled: "t2" }, "handled its controller handled the refresh"],
  [
    "Kargo handled our later token",
    { present: "t3", handled: "t3", ours: [entry("t2"), entry("t3", "2.0.0")] },
    "handled its controller handled a later refresh of ours",
  ],
  [
    "Kargo handled our later token, and a newer one stands",
    { present: "t4", handled: "t3", ours: [entry("t2"), entry("t3", "2.0.0"), entry("t4", "3.0.0")] },
    "handled its controller handled a later refresh of ours",
  ],
  [
    "Kargo handled a token that an earlier process wrote behind ours, and a newer one stands",
    { present: "t4", handled: "u3", ours: [entry("t2"), entry("u3", "2.0.0"), entry("t4", "3.0.0")] },
    "handled its controller handled a later refresh of ours",
  ],
  [
    "Kargo handled our later token, and the entries left the list since",
    { present: "t4", handled: "t3", ours: [entry("t4", "3.0.0")] },
    "handled its controller handled a later refresh of ours",
  ],
  [
    "Kargo handled our later token, and the annotation was removed",
    { present: "", handled: "t3", ours: [entry("t2"), entry("t3", "2.0.0")] },
    "handled its controller handled a later refresh of ours",
  ],
  [
    "Kargo handled our earlier token, and a newer one stands",
    { present: "t4", handled: "t1", ours: [entry("t1", "0.9.0"), entry("t2"), entry("t4", "3.0.0")] },
    "waiting",
  ],
  [
    "Kargo handled another replica's token",
    { present: "x", handled: "x", theirs: [entry("x")] },
    "handled its controller handled a later refresh",
  ],
  [
    "Kargo handled a stranger's token",
    { present: "x", handled: "x" },
    "refresh-again somebody else's refresh was handled instead",
  ],
  ["a stranger's token is not handled yet", { present: "x", handled: "t1" }, "waiting"],
  [
    "a stranger's token is handled, and the condition covers us",
    { present: "x", handled: "x", said: { upTo: "t2" } },
    "discovered",
  ],
  ["the annotation was removed", { present: "" }, "refresh-again the refresh was removed"],
  ["the annotation was removed after the condition covered us", { present: "", said: { upTo: "t2" } }, "discovered"],
  ["our entry was removed", { ours: [] }, "refresh-again the refresh was removed"],
  ["an old token is handled", { handled: "t1" }, "waiting"],
  [
    "the condition answers our token, and the entry left the list since",
    { ours: [], said: { upTo: "t2" }, found: ["1.0.0"] },
    "discovered",
  ],
  [
    "the condition answers a later token, and the entry was folded since",
    {
      present: "t4",
      ours: [scan("t3"), entry("t4", "3.0.0")],
      said: { upTo: "t3", notVisible: ["example/app:1.0.0"] },
    },
    "not-visible the registry does not show the tag yet",
  ],
  [
    "the condition answers a later token, and neither entry nor full scan is there any more",
    { present: "t4", handled: "t3", ours: [entry("t4", "3.0.0")], said: { upTo: "t3" } },
    "not-found a full scan did not find the tag: it is asked for by name again",
  ],
  [
    "the condition answers a full scan, and a later push of the tag stands by name",
    { present: "t4", handled: "t3", ours: [entry("t4")], said: { upTo: "t3" } },
    "waiting",
  ],
];

for (const [name, state, expected] of CASES) {
  test(`when ${name}: ${expected}`, () => {
    const progress: Progress = readAnswers(warehouseIn(state), "a", covers).progressOf(PUSH);

    const reason = progress.kind === "waiting" ? "" : progress.reason;
    assert.equal(`${progress.kind} ${reason}`.trim(), expected);
  });
}

test("a push without a tag is discovered by the full scan it asked for", () => {
  const warehouse = warehouseIn({ ours: [scan("t2")], said: { upTo: "t2" } });

  const progress = readAnswers(warehouse, "a", covers).progressOf({ token: "t2", repoURL: "example/app", tag: "" });

  assert.deepEqual(progress, { kind: "discovered", reason: "" });
});

for (const [repoURL, expected] of [
  ["example/app", "discovered"],
  ["", "discovered"],
  ["example/elsewhere", "failed git is not discovered"],
] as const) {
  test(`a push without a tag to "${repoURL}" is ${expected} when its full scan found example/app alone`, () => {
    const scanned = warehouseIn({ ours: [scan("t2")], said: { upTo: "t2" } });
    const ready = { type: "Ready", status: "False", reason: "DiscoveryFailure", message: "git is not discovered" };
    const conditions = [ready, ...(scanned.status?.conditions?.slice(1) ?? [])] as unknown as readonly Condition[];
    const failed: Warehouse = { ...scanned, status: { ...scanned.status, conditions } };

    const progress = readAnswers(failed, "a", covers).progressOf({ token: "t2", repoURL, tag: "" });

    assert.equal(`${progress.kind} ${"reason" in progress && progress.reason}`.trim(), expected);
  });
}

test("a list in an annotation that is no list covers nothing", () => {
  const warehouse = warehouseIn({});
  const annotations = { ...warehouse.metadata.annotations, [pushesAnnotation("a")]: "{" };

  const answers = readAnswers({ ...warehouse, metadata: { ...warehouse.metadata, annotations } }, "a", covers);

  assert.equal(answers.progressOf(PUSH).kind, "refresh-again");
});
