// What an operator reads in the log while Events cannot be written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HOST } from "../../test/support/image-registry.ts";
import { openWarehouseDesk } from "../../test/support/warehouse-desk.ts";
import { jsonResponse } from "../http/message.ts";

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
