// The faults that cross module boundaries. Each has a literal name, keeps its cause, says what was asked of whom
// (never with a credential), and carries the decision whether asking again can help.

interface FaultOptions {
  readonly cause?: unknown;
  readonly isRetryable: boolean;
}

/** What every fault of ours has: a sentence for people and whether to try again. */
export abstract class Fault extends Error {
  readonly isRetryable: boolean;

  constructor(message: string, options: FaultOptions) {
    super(message, { cause: options.cause });
    this.isRetryable = options.isRetryable;
  }
}

/** What kept an answer from coming. */
export type TransportProblem =
  | "name-unknown"
  | "unreachable"
  | "reset"
  | "cut-short"
  | "silent"
  | "certificate-untrusted"
  | "certificate-expired"
  | "certificate-name"
  | "tls"
  | "not-tls"
  | "not-http"
  | "aborted"
  | "other";

interface TransportFaultOptions extends FaultOptions {
  readonly problem: TransportProblem;
  readonly waitedMs?: number;
}

/** No answer came: the connection was refused, reset, timed out, or the answer was cut short. */
export class TransportError extends Fault {
  override readonly name = "TransportError";
  readonly problem: TransportProblem;
  /** How long it was waited in vain, in milliseconds; 0 where something else went wrong than that nothing came. */
  readonly waitedMs: number;

  constructor(message: string, options: TransportFaultOptions) {
    super(message, options);
    this.problem = options.problem;
    this.waitedMs = options.waitedMs ?? 0;
  }
}

interface KubeAnswer {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
  readonly objectName?: string | undefined;
}

/** The Kubernetes API answered with an error. `status` is the HTTP status, `reason` the Status object's. */
interface LackingRight {
  /** With whose it would be, and where. */
  readonly sentence: string;
  readonly right: string;
}

/** In the words of an API server's authorizer, which does not see what is written. */
const LACKING_RIGHT =
  /User "[^"]*" (cannot \S+ resource "[^"]*") in API group "[^"]*" (?:in the namespace "[^"]*"|at the cluster scope)/;

export class KubeError extends Fault {
  override readonly name = "KubeError";
  readonly status: number;
  readonly reason: string;
  /** From `Retry-After`, when the server sent it. */
  readonly retryAfterMs: number | undefined;
  /** The name of the object that the Status object speaks of, when it speaks of one. */
  readonly objectName: string | undefined;

  constructor(message: string, answer: KubeAnswer) {
    super(message, { isRetryable: answer.status === 429 || answer.status >= 500 });
    this.status = answer.status;
    this.reason = answer.reason;
    this.retryAfterMs = answer.retryAfterMs;
    this.objectName = answer.objectName;
  }

  /** Undefined where something else was wrong. */
  get lackingRight(): LackingRight | undefined {
    const [sentence, right] = LACKING_RIGHT.exec(this.message) ?? [];
    return sentence !== undefined && right !== undefined ? { sentence, right } : undefined;
  }
}

/** No credentials for the Kubernetes API could be had: a file could not be read, or a plugin failed. */
export class CredentialsError extends Fault {
  override readonly name = "CredentialsError";

  constructor(message: string, cause?: unknown) {
    super(message, { cause, isRetryable: true });
  }
}

/** A registry refused or answered something that is not its protocol. `status` is 0 where there was no HTTP error. */
export class RegistryError extends Fault {
  override readonly name = "RegistryError";
  readonly status: number;
  /** How long the registry wants to be left alone, when it said so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: { status: number; isRetryable: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, options);
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A file of ours could not be written: the disk is full or failed, the file is damaged or gone. Told where met. */
export class StorageError extends Fault {
  override readonly name = "StorageError";
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`${path} cannot be written: ${messageOf(cause)}`, { cause, isRetryable: true });
    this.path = path;
  }
}

/** What the user wrote cannot be used; the message names the field and what to do. */
export class InputError extends Fault {
  override readonly name = "InputError";

  constructor(message: string, cause?: unknown) {
    super(message, { cause, isRetryable: false });
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
