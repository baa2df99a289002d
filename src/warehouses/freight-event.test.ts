// What an operator reads in the log while Events cannot be written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HOST } from "../../test/support/image-registry.ts";
import { createTestClock } from "../../test/support/test-clock.ts";
import { openWarehouseDesk } from "../../test/support/warehouse-desk.ts";
import { jsonResponse } from "../http/message.ts";
import { inProcessTransport } from "../http/transport.ts";
import { createKubeClient } from "../kube/client.ts";
import type { Freight } from "../resources/freight.ts";
import { createTroubles } from "../telemetry/troubles.ts";
import { createEventRecorder } from "./freight-event.ts";

const RIGHT = 'User "u" cannot create resource "events" in API group "" in the namespace "project"';

test("a missing right to create Events is told of once for all Freight, and once when it was given", async () => {
  const desk = await openWarehouseDesk();
  const makeFreight = async (tag: string) => {
    await desk.registry.pushImage("app", tag);
    await desk.refreshByHand(tag);
    await desk.pass();
    await desk.clock.advance(1_000);
  };
  await desk.apply({ subscriptions: [{ image: { repoURL: `${HOST}/app` } }] });
  const refusal = { kind: "Status", code: 403, reason: "Forbidden", message: `events is forbidden: ${RIGHT}` };
  desk.apiInstead = ({ url }) => (url.includes("/events") ? jsonResponse(403, refusal) : undefined);

  for (const tag of ["1.0.0", "1.1.0", "1.2.0"]) await makeFreight(tag);
  const whileRefused = [...desk.log];
  desk.apiInstead = () => undefined;
  await makeFreight("1.3.0");

  assert.equal(whileRefused.length, 1, whileRefused.join("\n"));
  assert.match(whileRefused.join(), new RegExp(`^recording Events of Freight fails: .*${RIGHT}; trying again$`));
  assert.match(desk.log.slice(1).join("\n"), /^recording Events of Freight works again after [\d.]+ s$/);
  desk.dispose();
});

test("a right that lacks in one namespace is told of once, whatever Freight another makes meanwhile", async () => {
  const clock = createTestClock();
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const refusal = { kind: "Status", code: 403, reason: "Forbidden", message: `events is forbidden: ${RIGHT}` };
  const transport = inProcessTransport(async ({ url }) =>
    url.includes("/project/") ? jsonResponse(403, refusal) : jsonResponse(201, {}),
  );
  const client = createKubeClient({ transport, server: "http://kube", token: () => "t", userAgent: "test" });
  const stop = new AbortController();
  const { signal } = stop;
  const troubles = createTroubles({ clock, log, signal, meanwhile: () => "" });
  const recordEvent = createEventRecorder({ client, clock, log, troubles, signal });

  for (let time = 0; time < 3; time++) {
    for (const namespace of ["project", "another"]) {
      recordEvent({ metadata: { namespace, name: "f" }, origin: { name: "w" } } as Freight);
      await clock.advance(60_000);
    }
  }

  assert.equal(lines.length, 1, lines.join("\n"));
  stop.abort();
});
