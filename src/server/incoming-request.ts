// A request on a socket as the value that handlers take.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpRequest } from "../http/message.ts";
import { IncomingBody } from "./incoming-body.ts";

export class IncomingRequest implements HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: IncomingBody;
  readonly #outgoing: ServerResponse;
  #signal: AbortSignal | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.method = incoming.method ?? "GET";
    this.url = originForm(incoming.url ?? "/");
    this.headers = incoming.headers as Readonly<Record<string, string>>;
    this.body = new IncomingBody(incoming, outgoing);
    this.#outgoing = outgoing;
  }

  /** Made only for those who ask for it: most requests are answered before anybody could leave. */
  get signal(): AbortSignal {
    this.#signal ??= closeSignal(this.#outgoing);
    return this.#signal;
  }
}

/** Path and query of a target in absolute form (RFC 9112, section 3.2.2), untouched. */
function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const absolute = /^https?:\/\/[^/?#]*(?<rest>.*)$/i.exec(target);
  if (!absolute) return target;
  const rest = absolute.groups?.["rest"] ?? "";
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function closeSignal(outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (outgoing.destroyed) controller.abort();
  outgoing.once("close", () => controller.abort());
  return controller.signal;
}
