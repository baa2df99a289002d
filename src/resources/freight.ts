// Freight: artifacts that travel together, by exact version. docs/compatibility.md, section 1.9.
import { ArtifactReference } from "./discovered-artifacts.ts";
import { kargoResource } from "./kargo.ts";
import { kindSchema, type ObjectOf } from "./kube-object.ts";
import { anything, array, type Fields, mapOf, object, oneOf, optional, type Shape, string, time } from "./schema.ts";

export const FREIGHTS = kargoResource("Freight", "freights", true);

const subscriptionName = optional(string({ description: "Name of the subscription it came from, when it has one." }));

export const FreightCommit = object(
  {
    repoURL: optional(string({ description: "The repository." })),
    id: optional(string({ description: "The commit's hash." })),
    branch: optional(string({ description: "The branch it was found on." })),
    tag: optional(string({ description: "The tag it was found by." })),
    message: optional(string({ description: "First line of its message." })),
    author: optional(string({ description: "Its author: Name <e-mail>." })),
    committer: optional(string({ description: "Its committer: Name <e-mail>." })),
    subscriptionName,
  },
  { description: "One commit." },
);
export type FreightCommit = Shape<typeof FreightCommit>;

export const FreightImage = object(
  {
    repoURL: optional(string({ description: "The repository." })),
    tag: optional(string({ description: "The tag it was found by." })),
    digest: optional(string({ description: "The image itself." })),
    annotations: optional(mapOf(string(), { description: "Annotations of its manifest or index." })),
    subscriptionName,
  },
  { description: "One image." },
);
export type FreightImage = Shape<typeof FreightImage>;

export const FreightChart = object(
  {
    repoURL: optional(string({ description: "The chart repository (http, https), or the chart (oci)." })),
    name: optional(string({ description: "Name of the chart in an http(s) repository." })),
    version: optional(string({ description: "The version." })),
    subscriptionName,
  },
  { description: "One chart." },
);
export type FreightChart = Shape<typeof FreightChart>;

function byStage<Facts extends Fields>(description: string, facts: Facts) {
  return optional(mapOf(object(facts, { description: "In one Stage." }), { description }));
}

const FreightStatus = object(
  {
    currentlyIn: byStage("The Stages it is in.", { since: optional(time({ description: "Since when." })) }),
    verifiedIn: byStage("The Stages it was verified in.", {
      verifiedAt: optional(time({ description: "When it was verified." })),
      longestSoak: optional(string({ description: "The longest it stayed." })),
    }),
    approvedFor: byStage("The Stages it was approved for by hand.", {
      approvedAt: optional(time({ description: "When it was approved." })),
    }),
    metadata: optional(mapOf(anything(), { description: "Values that promotions attached." })),
  },
  { description: "Where it has been." },
);

export const FreightOrigin = object(
  {
    kind: oneOf(["Warehouse"], { description: "Kind of the origin." }),
    name: string({ description: "Name of the origin." }),
  },
  { description: "What made it." },
);
export type FreightOrigin = Shape<typeof FreightOrigin>;

export const Freight = kindSchema("Artifacts that are promoted together. Its content never changes.", {
  alias: optional(string({ description: "A name for people, unique in the Project." })),
  discoveredAt: optional(time({ description: "When its artifacts were discovered." })),
  origin: FreightOrigin,
  commits: optional(array(FreightCommit, { description: "Commits." })),
  images: optional(array(FreightImage, { description: "Images." })),
  charts: optional(array(FreightChart, { description: "Charts." })),
  artifacts: optional(array(ArtifactReference, { description: "Artifacts of other types." })),
  status: optional(FreightStatus),
});
export type Freight = ObjectOf<typeof Freight>;
