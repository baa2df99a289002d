// Project: a namespace of Kargo's, by the same name. kargo-behaviour.md, section 1.4.
import { Type } from "typebox";
import { Conditions } from "./condition.ts";
import { kargoResource } from "./kargo.ts";
import { kindSchema, type ObjectOf } from "./kube-object.ts";
import { int64 } from "./schema.ts";

export const PROJECTS = kargoResource("Project", "projects", false);

function counts(of: string) {
  return Type.Optional(
    Type.Object(
      {
        count: Type.Optional(int64({ description: `How many ${of} there are.` })),
        health: Type.Optional(
          Type.Object(
            { healthy: Type.Optional(int64({ description: `How many ${of} are healthy.` })) },
            { description: `Health of the ${of}.` },
          ),
        ),
      },
      { description: `Figures about the ${of}.` },
    ),
  );
}

export const Project = kindSchema("A namespace for Warehouses, Freight and Stages that belong together.", {
  status: Type.Optional(
    Type.Object(
      {
        conditions: Type.Optional(Conditions),
        stats: Type.Optional(
          Type.Object(
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
