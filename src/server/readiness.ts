// `/readyz`: whether this process is of use, and to who has the token, what it lacks. `/healthz` is another question: it
// answers as long as the process does, since no restart brings a missing API server back.
import { EMPTY_BODY, type HttpResponse, jsonResponse } from "../http/message.ts";

export interface Check {
  readonly name: string;
  readonly isOk: boolean;
  /** Whether the process is of no use without it. */
  readonly isRequired: boolean;
  /** Why it is not, where that can be told. */
  readonly reason?: string | undefined;
}

/** 200 when everything required is there, else 503. */
export function readyzResponse(checks: readonly Check[], isTold: boolean): HttpResponse {
  const isReady = checks.every(({ isOk, isRequired }) => isOk || !isRequired);
  const status = isReady ? 200 : 503;
  return isTold ? jsonResponse(status, { ready: isReady, checks: checks.map(told) }) : bare(status);
}

export function healthzResponse(): HttpResponse {
  return bare(200);
}

function told({ name, isOk, isRequired, reason }: Check) {
  return { name, ok: isOk, required: isRequired, ...(reason !== undefined && { reason }) };
}

function bare(status: number): HttpResponse {
  return { status, headers: {}, body: EMPTY_BODY };
}
