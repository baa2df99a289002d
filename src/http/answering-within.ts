// A transport for somebody who waits: an answer that does not begin in time is a silence, whatever its socket does.
import { type Clock, within } from "../clock.ts";
import type { Transport } from "./message.ts";
import { networkFault, SilenceError } from "./network-fault.ts";

/** The limits of a socket begin anew with what it writes, those of its TLS handshake too; this one does not. */
export function answeringWithin(ms: number, clock: Clock, transport: Transport): Transport {
  return (request) =>
    within(ms, clock, (overdue) => {
      const signal = AbortSignal.any([overdue, ...(request.signal ? [request.signal] : [])]);
      return transport({ ...request, signal }).catch((error: unknown) => {
        throw overdue.aborted ? networkFault(request, new SilenceError("no answer", ms)) : error;
      });
    });
}
