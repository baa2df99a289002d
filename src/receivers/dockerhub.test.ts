// Docker Hub's webhook: docs/compatibility.md, sections 4.1 and 4.2. The payload's fields are those of
// https://docs.docker.com/docker-hub/repos/manage/webhooks/.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DOCKERHUB } from "./dockerhub.ts";

function push(name: unknown, pushData: object = { tag: "v1" }): ReturnType<typeof DOCKERHUB.parse> {
  return DOCKERHUB.parse(Buffer.from(JSON.stringify({ push_data: pushData, repository: { repo_name: name } })));
}

const CHART = ["application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip"];
const IMAGE = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
];
const UNKNOWN = [
  "",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json; charset=utf-8",
  "APPLICATION/VND.OCI.IMAGE.INDEX.V1+JSON",
];

test("the media type decides whether a name is an image's, a chart's or either", () => {
  const name = "OCI://Example/Repo";
  const candidates = (mediaType: string) => {
    const parsed = push(name, { tag: "v1", media_type: mediaType });
    return parsed.kind === "push" ? parsed.push.repoURLs : parsed;
  };

  for (const mediaType of CHART) assert.deepEqual(candidates(mediaType), ["example/repo"], mediaType);
  for (const mediaType of IMAGE) assert.deepEqual(candidates(mediaType), ["oci://example/repo"], mediaType);
  for (const mediaType of UNKNOWN) {
    assert.deepEqual(candidates(mediaType), ["example/repo", "oci://example/repo"], mediaType);
  }
});

test("a plain name has one form, whatever the media type", () => {
  for (const mediaType of [...CHART, ...IMAGE, ...UNKNOWN]) {
    const parsed = push("library/nginx", { tag: "v1", media_type: mediaType });

    assert.deepEqual(parsed, { kind: "push", push: { repoURLs: ["nginx"], tags: ["v1"], mediaType } });
  }
});

test("a push without a repository or tag is none that anybody subscribed to, and no error", () => {
  for (const body of ["null", "{}", '{"push_data":null,"repository":null}']) {
    const parsed = DOCKERHUB.parse(Buffer.from(body));

    assert.deepEqual(parsed, { kind: "push", push: { repoURLs: [], tags: [], mediaType: "" } }, body);
  }
});

test("a body that does not decode is refused with its reason", () => {
  const parsed = push(1);

  assert.deepEqual(parsed, {
    kind: "refused",
    reason: "not the JSON that was expected: a string for repository.repo_name must stand at byte 52",
  });
});
