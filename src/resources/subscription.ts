// What a Warehouse subscribes to: kargo-behaviour.md, section 1.7. The API server stores a subscription as it comes;
// these schemas say what one must look like to be decoded. What else it must fulfil is in `subscription-rules.ts`.
import { Type } from "typebox";
import { anything, oneOf, type Schema, type Shape, structural, time } from "./schema.ts";

const discoveryLimit = Type.Optional(
  Type.Integer({ default: 20, description: "How many artifacts to keep, newest first: 1 to 100." }),
);
const insecureSkipTLSVerify = Type.Optional(Type.Boolean({ description: "Accept any certificate." }));
const allowTagsRegexes = Type.Optional(
  Type.Array(Type.String(), { description: "RE2 patterns; a tag must match one of them." }),
);
const ignoreTagsRegexes = Type.Optional(
  Type.Array(Type.String(), { description: "RE2 patterns; a tag that matches one is left out." }),
);
const deprecatedTags = {
  allowTags: Type.Optional(Type.String({ description: "No longer supported: use allowTagsRegexes." })),
  ignoreTags: Type.Optional(Type.Array(Type.String(), { description: "No longer supported: use ignoreTagsRegexes." })),
};
const strictSemvers = Type.Optional(
  Type.Boolean({ default: true, description: "Whether a tag must be a full version: 1.2.3, not 1.2." }),
);

export const ImageSubscription = Type.Object(
  {
    repoURL: Type.String({ description: "The repository, without scheme, tag or digest." }),
    imageSelectionStrategy: Type.Optional(
      oneOf(["Digest", "Lexical", "NewestBuild", "SemVer"], {
        default: "SemVer",
        description: "Which of the repository's images are newest.",
      }),
    ),
    constraint: Type.Optional(
      Type.String({ description: "SemVer: the versions that are wanted. Digest: the tag to follow." }),
    ),
    strictSemvers,
    allowTagsRegexes,
    ignoreTagsRegexes,
    ...deprecatedTags,
    platform: Type.Optional(Type.String({ description: "Only images for this platform: <os>/<arch>[/<variant>]." })),
    discoveryLimit,
    cacheByTag: Type.Optional(Type.Boolean({ description: "Trust that a tag never comes to mean another image." })),
    insecureSkipTLSVerify,
  },
  { description: "Images in a repository of a registry." },
);
export type ImageSubscription = Shape<typeof ImageSubscription>;

export const ChartSubscription = Type.Object(
  {
    repoURL: Type.String({ description: "The chart repository (http, https), or the chart itself (oci)." }),
    name: Type.Optional(Type.String({ description: "Name of the chart in an http(s) repository." })),
    semverConstraint: Type.Optional(Type.String({ description: "The versions that are wanted." })),
    discoveryLimit,
    insecureSkipTLSVerify,
  },
  { description: "Versions of a Helm chart." },
);
export type ChartSubscription = Shape<typeof ChartSubscription>;

export const GitSubscription = Type.Object(
  {
    repoURL: Type.String({ description: "The repository, as git clone takes it." }),
    commitSelectionStrategy: Type.Optional(
      oneOf(["Lexical", "NewestFromBranch", "NewestTag", "SemVer"], {
        default: "NewestFromBranch",
        description: "Which of the repository's commits are newest.",
      }),
    ),
    branch: Type.Optional(Type.String({ description: "The branch; the repository's default when absent." })),
    semverConstraint: Type.Optional(Type.String({ description: "SemVer: the versions that are wanted." })),
    strictSemvers,
    allowTagsRegexes,
    ignoreTagsRegexes,
    ...deprecatedTags,
    expressionFilter: Type.Optional(Type.String({ description: "Expression over a commit or tag that must be true." })),
    includePaths: Type.Optional(Type.Array(Type.String(), { description: "A commit must change one of these paths." })),
    excludePaths: Type.Optional(Type.Array(Type.String(), { description: "Paths whose changes do not count." })),
    discoveryLimit,
    since: Type.Optional(time({ description: "NewestFromBranch: leave out commits before this time." })),
    blobless: Type.Optional(Type.Boolean({ description: "Clone without file contents." })),
    insecureSkipTLSVerify,
  },
  { description: "Commits of a Git repository." },
);
export type GitSubscription = Shape<typeof GitSubscription>;

export const GenericSubscription = Type.Object(
  {
    config: Type.Optional(anything({ type: "object", description: "Settings of that type of subscription." })),
    discoveryLimit,
  },
  { description: "Artifacts of another type." },
);
export type GenericSubscription = Shape<typeof GenericSubscription>;

/** Raw as the API stores it: `decodeSubscription` says which kind it is, or why it is none. */
export type RawSubscription = Readonly<Record<string, unknown>>;

/** By the key that names the type; any other key is a generic subscription's. */
export const SUBSCRIPTION_SCHEMAS: Readonly<Record<string, Schema>> = {
  image: structural(ImageSubscription),
  chart: structural(ChartSubscription),
  git: structural(GitSubscription),
};
export const GENERIC_SCHEMA = structural(GenericSubscription);
