// A client whose writes are refused once its process no longer leads: a pass that was under way, or slept while the
// Lease ran out, changes nothing under the next leader's hands.
import { TransportError } from "../errors.ts";
import type { CallOptions, KubeClient } from "./client.ts";
import type { Term } from "./leader-election.ts";

/** Reads stay as they are; writes end with the term, and reject after it with a `TransportError` not worth a retry. */
export function whileLeading(client: KubeClient, term: Term): KubeClient {
  const write = <O extends CallOptions, R>(options: O | undefined, send: (options: O) => Promise<R>): Promise<R> => {
    if (!term.isLeading()) return Promise.reject(notLeading());
    const signal = options?.signal ? AbortSignal.any([options.signal, term.signal]) : term.signal;
    return send({ ...options, signal } as O);
  };
  return {
    get: (resource, key, options) => client.get(resource, key, options),
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options) => client.watch(resource, options),
    create: (resource, object, options) => write(options, (guarded) => client.create(resource, object, guarded)),
    update: (resource, object, options) => write(options, (guarded) => client.update(resource, object, guarded)),
    mergePatch: (resource, key, patch, options) =>
      write(options, (guarded) => client.mergePatch(resource, key, patch, guarded)),
    jsonPatch: (resource, key, patch, options) =>
      write(options, (guarded) => client.jsonPatch(resource, key, patch, guarded)),
    delete: (resource, key, options) => write(options, (guarded) => client.delete(resource, key, guarded)),
  };
}

function notLeading(): TransportError {
  return new TransportError("another process leads by now", { problem: "aborted", isRetryable: false });
}
