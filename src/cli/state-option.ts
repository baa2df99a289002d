// `--state`, of commands that list deliveries.
import { Option } from "commander";
import { LISTED_STATES } from "../deliveries/told-delivery.ts";

export function stateOption(): Option {
  return new Option("--state <state>", "those alone that are in this state, or have a Warehouse that is").choices(
    LISTED_STATES,
  );
}
