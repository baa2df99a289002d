import assert from "node:assert/strict";
import { test } from "node:test";
import { answerReview, reviewKindOf } from "./reviews.ts";
import { StatusError } from "./statuses.ts";

function answer(path: string, spec: object): object {
  const kind = reviewKindOf(path);
  assert.ok(kind, `${path} is no review`);
  return answerReview(kind, { spec }, 0);
}

const ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";

test("the administrator may do whatever is asked about", () => {
  const { status } = answer(ACCESS, { resourceAttributes: { verb: "delete", resource: "secrets" } }) as {
    status: object;
  };

  assert.deepEqual(status, { allowed: true });
});

test("a review that asks about nothing, or about two things, is refused", () => {
  for (const spec of [{}, { resourceAttributes: {}, nonResourceAttributes: {} }]) {
    assert.throws(
      () => answer(ACCESS, spec),
      (error) => error instanceof StatusError && error.code === 422,
    );
  }
});

test("rules are asked for in a namespace", () => {
  assert.throws(
    () => answer(RULES, {}),
    (error) => error instanceof StatusError && error.message === "no namespace on request",
  );
});

test("another path is no review", () => {
  assert.equal(reviewKindOf("/apis/authorization.k8s.io/v1/subjectaccessreviews"), undefined);
});
