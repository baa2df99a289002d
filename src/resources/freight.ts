// Freight: artifacts that travel together, by exact version. kargo-behaviour.md, section 1.9.
import { type TProperties, Type } from "typebox";
import { ArtifactReference } from "./discovered-artifacts.ts";
import { kargoResource } from "./kargo.ts";
import { kindSchema, type ObjectOf } from "./kube-object.ts";
import { anything, mapOf, oneOf, type Shape, time } from "./schema.ts";

export const FREIGHTS = kargoResource("Freight", "freights", true);

const subscriptionName = Type.Optional(
  Type.String({ description: "Name of the subscription it came from, when it has one." }),
);

export const FreightCommit = Type.Object(
  {
    repoURL: Type.Optional(Type.String({ description: "The repository." })),
    id: Type.Optional(Type.String({ description: "The commit's hash." })),
    branch: Type.Optional(Type.String({ description: "The branch it was found on." })),
    tag: Type.Optional(Type.String({ description: "The tag it was found by." })),
    message: Type.Optional(Type.String({ description: "First line of its message." })),
    author: Type.Optional(Type.String({ description: "Its author: Name <e-mail>." })),
    committer: Type.Optional(Type.String({ description: "Its committer: Name <e-mail>." })),
    subscriptionName,
  },
  { description: "One commit." },
);
export type FreightCommit = Shape<typeof FreightCommit>;

export const FreightImage = Type.Object(
  {
    repoURL: Type.Optional(Type.String({ description: "The repository." })),
    tag: Type.Optional(Type.String({ description: "The tag it was found by." })),
    digest: Type.Optional(Type.String({ description: "The image itself." })),
    annotations: Type.Optional(mapOf(Type.String(), { description: "Annotations of its manifest or index." })),
    subscriptionName,
  },
  { description: "One image." },
);
export type FreightImage = Shape<typeof FreightImage>;

export const FreightChart = Type.Object(
  {
    repoURL: Type.Optional(Type.String({ description: "The chart repository (http, https), or the chart (oci)." })),
    name: Type.Optional(Type.String({ description: "Name of the chart in an http(s) repository." })),
    version: Type.Optional(Type.String({ description: "The version." })),
    subscriptionName,
  },
  { description: "One chart." },
);
export type FreightChart = Shape<typeof FreightChart>;

function byStage<Facts extends TProperties>(description: string, facts: Facts) {
  return Type.Optional(mapOf(Type.Object(facts, { description: "In one Stage." }), { description }));
}

const FreightStatus = Type.Object(
  {
    currentlyIn: byStage("The Stages it is in.", { since: Type.Optional(time({ description: "Since when." })) }),
    verifiedIn: byStage("The Stages it was verified in.", {
      verifiedAt: Type.Optional(time({ description: "When it was verified." })),
      longestSoak: Type.Optional(Type.String({ description: "The longest it stayed." })),
    }),
    approvedFor: byStage("The Stages it was approved for by hand.", {
      approvedAt: Type.Optional(time({ description: "When it was approved." })),
    }),
    metadata: Type.Optional(mapOf(anything(), { description: "Values that promotions attached." })),
  },
  { description: "Where it has been." },
);

export const FreightOrigin = Type.Object(
  {
    kind: oneOf(["Warehouse"], { description: "Kind of the origin." }),
    name: Type.String({ description: "Name of the origin." }),
  },
  { description: "What made it." },
);
export type FreightOrigin = Shape<typeof FreightOrigin>;

export const Freight = kindSchema("Artifacts that are promoted together. Its content never changes.", {
  alias: Type.Optional(Type.String({ description: "A name for people, unique in the Project." })),
  discoveredAt: Type.Optional(time({ description: "When its artifacts were discovered." })),
  origin: FreightOrigin,
  commits: Type.Optional(Type.Array(FreightCommit, { description: "Commits." })),
  images: Type.Optional(Type.Array(FreightImage, { description: "Images." })),
  charts: Type.Optional(Type.Array(FreightChart, { description: "Charts." })),
  artifacts: Type.Optional(Type.Array(ArtifactReference, { description: "Artifacts of other types." })),
  status: Type.Optional(FreightStatus),
});
export type Freight = ObjectOf<typeof Freight>;
