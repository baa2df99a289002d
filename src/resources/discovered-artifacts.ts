// What a Warehouse's discovery found, newest first: kargo-behaviour.md, section 1.8. A list that found nothing may be
// absent, because Kargo writes it as null.
import { Type } from "typebox";
import { anything, mapOf, type Shape, time } from "./schema.ts";

const repoURL = { minLength: 1, description: "The subscription's repoURL, to the letter." };
const subscriptionName = Type.Optional(Type.String({ description: "Name of the subscription, when it has one." }));

export const DiscoveredCommit = Type.Object(
  {
    id: Type.Optional(Type.String({ minLength: 1, description: "The commit's hash." })),
    branch: Type.Optional(Type.String({ description: "The branch it was found on." })),
    tag: Type.Optional(Type.String({ description: "The tag it was found by." })),
    subject: Type.Optional(Type.String({ description: "First line of its message." })),
    author: Type.Optional(Type.String({ description: "Its author: Name <e-mail>." })),
    committer: Type.Optional(Type.String({ description: "Its committer: Name <e-mail>." })),
    creatorDate: Type.Optional(time({ description: "When it was committed, or its tag made." })),
  },
  { description: "One commit." },
);
export type DiscoveredCommit = Shape<typeof DiscoveredCommit>;

export const GitDiscoveryResult = Type.Object(
  {
    repoURL: Type.String({
      ...repoURL,
      pattern: String.raw`(?:^(ssh|https?)://(?:([\w-]+)(:(.+))?@)?([\w-]+(?:\.[\w-]+)*)(?::(\d{1,5}))?(/.*)$)|(?:^([\w-]+)@([\w+]+(?:\.[\w-]+)*):(/?.*))`,
    }),
    commits: Type.Optional(Type.Array(DiscoveredCommit, { description: "The commits, newest first." })),
    observedRefs: Type.Optional(
      Type.Object(
        {
          branchHead: Type.Optional(Type.String({ description: "The commit the branch stood at." })),
          tags: Type.Optional(
            Type.Array(
              Type.Object(
                {
                  name: Type.String({ minLength: 1, description: "The tag." }),
                  id: Type.String({ minLength: 1, description: "What it pointed at." }),
                },
                { description: "One tag." },
              ),
              { description: "The tags and what they pointed at." },
            ),
          ),
        },
        { description: "What the repository showed, to tell later whether it has changed." },
      ),
    ),
    subscriptionName,
  },
  { description: "The commits of one subscription." },
);
export type GitDiscoveryResult = Shape<typeof GitDiscoveryResult>;

export const DiscoveredImageReference = Type.Object(
  {
    tag: Type.String({
      minLength: 1,
      maxLength: 128,
      pattern: String.raw`^[\w.\-\_]+$`,
      description: "The tag.",
    }),
    digest: Type.String({
      minLength: 1,
      pattern: "^[a-z0-9]+:[a-f0-9]+$",
      description: "What the tag pointed at.",
    }),
    annotations: Type.Optional(mapOf(Type.String(), { description: "Annotations of the manifest or index." })),
    createdAt: Type.Optional(time({ description: "When the image was built." })),
  },
  { description: "One image." },
);
export type DiscoveredImageReference = Shape<typeof DiscoveredImageReference>;

export const ImageDiscoveryResult = Type.Object(
  {
    repoURL: Type.String(repoURL),
    platform: Type.Optional(Type.String({ description: "The platform that was asked for." })),
    references: Type.Optional(Type.Array(DiscoveredImageReference, { description: "The images, newest first." })),
    subscriptionName,
  },
  { description: "The images of one subscription." },
);
export type ImageDiscoveryResult = Shape<typeof ImageDiscoveryResult>;

export const ChartDiscoveryResult = Type.Object(
  {
    repoURL: Type.String(repoURL),
    name: Type.Optional(Type.String({ description: "Name of the chart." })),
    semverConstraint: Type.Optional(Type.String({ description: "The versions that were wanted." })),
    versions: Type.Optional(Type.Array(Type.String(), { description: "The versions, newest first." })),
    subscriptionName,
  },
  { description: "The chart versions of one subscription." },
);
export type ChartDiscoveryResult = Shape<typeof ChartDiscoveryResult>;

/** An artifact of a generic subscription; the same in a Warehouse's status and in Freight. */
export const ArtifactReference = Type.Object(
  {
    artifactType: Type.Optional(Type.String({ minLength: 1, description: "What kind of artifact it is." })),
    subscriptionName: Type.String({ minLength: 1, description: "Name of the subscription." }),
    version: Type.String({ minLength: 1, description: "Which of its versions." }),
    metadata: Type.Optional(anything({ description: "What else is known of it." })),
  },
  { description: "One artifact of a generic subscription." },
);
export type ArtifactReference = Shape<typeof ArtifactReference>;

export const DiscoveredArtifacts = Type.Object(
  {
    discoveredAt: Type.Optional(time({ description: "When the last subscription was done." })),
    git: Type.Optional(Type.Array(GitDiscoveryResult, { description: "Commits, one entry a subscription." })),
    images: Type.Optional(Type.Array(ImageDiscoveryResult, { description: "Images, one entry a subscription." })),
    charts: Type.Optional(
      Type.Array(ChartDiscoveryResult, { description: "Chart versions, one entry a subscription." }),
    ),
    results: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ minLength: 1, description: "Name of the subscription." }),
            artifactReferences: Type.Optional(
              Type.Array(ArtifactReference, { description: "The artifacts, newest first." }),
            ),
          },
          { description: "The artifacts of one generic subscription." },
        ),
        { description: "Artifacts of generic subscriptions." },
      ),
    ),
  },
  { description: "What the last discovery found." },
);
export type DiscoveredArtifacts = Shape<typeof DiscoveredArtifacts>;
