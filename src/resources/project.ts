// Project: a namespace of Kargo's, by the same name. docs/compatibility.md, section 1.4.
import { Conditions } from "./condition.ts";
import { kargoResource } from "./kargo.ts";
import { kindSchema, type ObjectOf } from "./kube-object.ts";
import { int64, object, optional } from "./schema.ts";

export const PROJECTS = kargoResource("Project", "projects", false);

function counts(of: string) {
  return optional(
    object(
      {
        count: optional(int64({ description: `How many ${of} there are.` })),
        health: optional(
          object(
            { healthy: optional(int64({ description: `How many ${of} are healthy.` })) },
            { description: `Health of the ${of}.` },
          ),
        ),
      },
      { description: `Figures about the ${of}.` },
    ),
  );
}

export const Project = kindSchema("A namespace for Warehouses, Freight and Stages that belong together.", {
  status: optional(
    object(
      {
        conditions: optional(Conditions),
        stats: optional(
          object(
            { warehouses: counts("Warehouses"), stages: counts("Stages") },
            { description: "Figures about what the Project holds." },
          ),
        ),
      },
      { description: "The state of the Project." },
    ),
  ),
});
export type Project = ObjectOf<typeof Project>;
