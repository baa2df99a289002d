// What a Warehouse's discovery found, newest first: docs/compatibility.md, section 1.8. A list that found nothing may be
// absent, because Kargo writes it as null.
import { anything, array, mapOf, object, optional, type Shape, string, time } from "./schema.ts";

const repoURL = { minLength: 1, description: "The subscription's repoURL, to the letter." };
const subscriptionName = optional(string({ description: "Name of the subscription, when it has one." }));

export const DiscoveredCommit = object(
  {
    id: optional(string({ minLength: 1, description: "The commit's hash." })),
    branch: optional(string({ description: "The branch it was found on." })),
    tag: optional(string({ description: "The tag it was found by." })),
    subject: optional(string({ description: "First line of its message." })),
    author: optional(string({ description: "Its author: Name <e-mail>." })),
    committer: optional(string({ description: "Its committer: Name <e-mail>." })),
    creatorDate: optional(time({ description: "When it was committed, or its tag made." })),
  },
  { description: "One commit." },
);
export type DiscoveredCommit = Shape<typeof DiscoveredCommit>;

export const GitDiscoveryResult = object(
  {
    repoURL: string({
      ...repoURL,
      pattern: String.raw`(?:^(ssh|https?)://(?:([\w-]+)(:(.+))?@)?([\w-]+(?:\.[\w-]+)*)(?::(\d{1,5}))?(/.*)$)|(?:^([\w-]+)@([\w+]+(?:\.[\w-]+)*):(/?.*))`,
    }),
    commits: optional(array(DiscoveredCommit, { description: "The commits, newest first." })),
    observedRefs: optional(
      object(
        {
          branchHead: optional(string({ description: "The commit the branch stood at." })),
          tags: optional(
            array(
              object(
                {
                  name: string({ minLength: 1, description: "The tag." }),
                  id: string({ minLength: 1, description: "What it pointed at." }),
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

export const DiscoveredImageReference = object(
  {
    tag: string({
      minLength: 1,
      maxLength: 128,
      pattern: String.raw`^[\w.\-\_]+$`,
      description: "The tag.",
    }),
    digest: string({
      minLength: 1,
      pattern: "^[a-z0-9]+:[a-f0-9]+$",
      description: "What the tag pointed at.",
    }),
    annotations: optional(mapOf(string(), { description: "Annotations of the manifest or index." })),
    createdAt: optional(time({ description: "When the image was built." })),
  },
  { description: "One image." },
);
export type DiscoveredImageReference = Shape<typeof DiscoveredImageReference>;

export const ImageDiscoveryResult = object(
  {
    repoURL: string(repoURL),
    platform: optional(string({ description: "The platform that was asked for." })),
    references: optional(array(DiscoveredImageReference, { description: "The images, newest first." })),
    subscriptionName,
  },
  { description: "The images of one subscription." },
);
export type ImageDiscoveryResult = Shape<typeof ImageDiscoveryResult>;

export const ChartDiscoveryResult = object(
  {
    repoURL: string(repoURL),
    name: optional(string({ description: "Name of the chart." })),
    semverConstraint: optional(string({ description: "The versions that were wanted." })),
    versions: optional(array(string(), { description: "The versions, newest first." })),
    subscriptionName,
  },
  { description: "The chart versions of one subscription." },
);
export type ChartDiscoveryResult = Shape<typeof ChartDiscoveryResult>;

/** An artifact of a generic subscription; the same in a Warehouse's status and in Freight. */
export const ArtifactReference = object(
  {
    artifactType: optional(string({ minLength: 1, description: "What kind of artifact it is." })),
    subscriptionName: string({ minLength: 1, description: "Name of the subscription." }),
    version: string({ minLength: 1, description: "Which of its versions." }),
    metadata: optional(anything({ description: "What else is known of it." })),
  },
  { description: "One artifact of a generic subscription." },
);
export type ArtifactReference = Shape<typeof ArtifactReference>;

export const DiscoveredArtifacts = object(
  {
    discoveredAt: optional(time({ description: "When the last subscription was done." })),
    git: optional(array(GitDiscoveryResult, { description: "Commits, one entry a subscription." })),
    images: optional(array(ImageDiscoveryResult, { description: "Images, one entry a subscription." })),
    charts: optional(array(ChartDiscoveryResult, { description: "Chart versions, one entry a subscription." })),
    results: optional(
      array(
        object(
          {
            name: string({ minLength: 1, description: "Name of the subscription." }),
            artifactReferences: optional(array(ArtifactReference, { description: "The artifacts, newest first." })),
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
