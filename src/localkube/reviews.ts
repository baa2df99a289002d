// What the administrator may do: everything. kubectl's `auth can-i`, `auth can-i --list` and `auth whoami` ask by posting
// a review, which is answered and never stored.
import { toKubeTime } from "../clock.ts";
import { StatusError } from "./statuses.ts";

export interface ReviewKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

interface Review {
  readonly metadata?: object;
  readonly spec?: {
    readonly resourceAttributes?: object;
    readonly nonResourceAttributes?: object;
    readonly namespace?: string;
  };
}

const AUTHORIZATION = { group: "authorization.k8s.io", version: "v1" };
const AUTHENTICATION = { group: "authentication.k8s.io", version: "v1" };
const ACCESS: ReviewKind = { ...AUTHORIZATION, plural: "selfsubjectaccessreviews", kind: "SelfSubjectAccessReview" };
const RULES: ReviewKind = { ...AUTHORIZATION, plural: "selfsubjectrulesreviews", kind: "SelfSubjectRulesReview" };
const SELF: ReviewKind = { ...AUTHENTICATION, plural: "selfsubjectreviews", kind: "SelfSubjectReview" };

export const REVIEW_KINDS: readonly ReviewKind[] = [SELF, ACCESS, RULES];

/** The name that stands for whoever holds the token. */
const ADMIN = { username: "admin", uid: "admin", groups: ["system:masters", "system:authenticated"] };
const EVERYTHING = {
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
  incomplete: false,
};

/** Undefined where the path is no review's. */
export function reviewKindOf(path: string): ReviewKind | undefined {
  return REVIEW_KINDS.find(({ group, version, plural }) => path === `/apis/${group}/${version}/${plural}`);
}

/** The review with its answer; throws `StatusError` for one that asks nothing. */
export function answerReview(kind: ReviewKind, review: Review, nowMs: number): object {
  const { group, version } = kind;
  const frame = { kind: kind.kind, apiVersion: `${group}/${version}`, metadata: review.metadata ?? {} };
  switch (kind) {
    case ACCESS:
      checkAttributes(review);
      return { ...frame, spec: review.spec, status: { allowed: true } };
    case RULES:
      if (!review.spec?.namespace) throw new StatusError(400, "BadRequest", "no namespace on request");
      return { ...frame, spec: {}, status: EVERYTHING };
    default:
      return { ...frame, metadata: { creationTimestamp: toKubeTime(nowMs) }, status: { userInfo: ADMIN } };
  }
}

function checkAttributes({ spec }: Review): void {
  if ((spec?.resourceAttributes === undefined) !== (spec?.nonResourceAttributes === undefined)) return;
  const field = "spec.resourceAttributes";
  const text = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified";
  const details = {
    group: AUTHORIZATION.group,
    causes: [{ reason: "FieldValueInvalid", message: text, field }],
  };
  throw new StatusError(422, "Invalid", `.${AUTHORIZATION.group} "" is invalid: ${field}: ${text}`, details);
}
