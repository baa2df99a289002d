// Patch: a merge patch, a JSON patch, or for built-in kinds a strategic merge patch of the object as it stands.
import type { HttpResponse } from "../http/message.ts";
import { applyMergePatch } from "../resources/merge-patch.ts";
import { objectAnswer } from "./answers.ts";
import { mediaTypeOf, type RequestBody, readPatch, unsupportedMediaType } from "./body.ts";
import { type Call, type ObjectAddress, storeKey, type WriteContext, write } from "./call.ts";
import { decodePatched } from "./decode.ts";
import { isObject } from "./json-object.ts";
import { applyJsonPatch } from "./json-patch.ts";
import type { ServedKind } from "./kinds.ts";
import { type FieldValidation, writeOptionsOf } from "./request-options.ts";
import { notFound, StatusError } from "./statuses.ts";
import type { StoredObject } from "./store.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";
import { checkName, replaceObject } from "./update.ts";

type ApplyPatch = (target: unknown, patch: unknown) => unknown;

interface Patch {
  readonly apply: ApplyPatch;
  readonly body: RequestBody;
  readonly fieldValidation: FieldValidation;
}

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json";
const APPLY_PATCH = "application/apply-patch+yaml";

export async function patch(call: Call, target: ObjectAddress): Promise<HttpResponse> {
  const apply = patchTypeOf(mediaTypeOf(call.request), call.route.kind);
  const { isDryRun, fieldValidation } = writeOptionsOf(call.query, "PatchOptions");
  const body = await readPatch(call.request);
  const { object, warnings } = await write(call, isDryRun, (context) =>
    patchObject(context, target, { apply, body, fieldValidation }),
  );
  return objectAnswer(call, 200, object, warnings);
}

function patchTypeOf(mediaType: string, { isCustom }: ServedKind): ApplyPatch {
  if (mediaType === JSON_PATCH) return applyJsonPatch;
  if (mediaType === MERGE_PATCH) return (target, body) => applyMergePatch(target, objectPatch(body));
  if (mediaType === STRATEGIC_MERGE_PATCH && !isCustom) {
    return (target, body) => applyStrategicMergePatch(target, objectPatch(body));
  }
  if (mediaType === APPLY_PATCH) {
    const message =
      "server-side apply is not available on Dockbell's embedded API: use client-side apply (kubectl apply without --server-side), or a merge patch";
    throw new StatusError(415, "UnsupportedMediaType", message);
  }
  if (isCustom) throw unsupportedMediaType(`${JSON_PATCH}, ${MERGE_PATCH}`);
  throw new StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

function objectPatch(body: unknown): unknown {
  if (isObject(body)) return body;
  const given = Array.isArray(body) ? "array" : body === null ? "null" : typeof body;
  const message = `error decoding patch: json: cannot unmarshal ${given} into Go value of type map[string]interface {}`;
  throw new StatusError(400, "BadRequest", message);
}

function patchObject(
  context: WriteContext,
  target: ObjectAddress,
  { apply, body, fieldValidation }: Patch,
): { readonly object: StoredObject; readonly warnings: readonly string[] } {
  const { transaction, kind } = context;
  const current = transaction.get(kind.resource, storeKey(target.namespace, target.name));
  if (!current) throw notFound(kind.resource, target.name);
  const value = apply(current, body.value);
  const { object: next, warnings } = decodePatched(kind, { ...body, value }, fieldValidation);
  checkName(target, next);
  return { object: replaceObject(context, target, { next, current }), warnings };
}
