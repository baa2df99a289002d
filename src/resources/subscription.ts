// What a Warehouse subscribes to: docs/compatibility.md, section 1.7. The API server stores a subscription as it comes;
// these schemas say what one must look like to be decoded. What else it must fulfil is in `subscription-rules.ts`.
import {
  anything,
  array,
  boolean,
  integer,
  object,
  oneOf,
  optional,
  type Schema,
  type Shape,
  string,
  time,
} from "./schema.ts";

const discoveryLimit = optional(
  integer({ default: 20, description: "How many artifacts to keep, newest first: 1 to 100." }),
);
const insecureSkipTLSVerify = optional(boolean({ description: "Accept any certificate." }));
const allowTagsRegexes = optional(array(string(), { description: "RE2 patterns; a tag must match one of them." }));
const ignoreTagsRegexes = optional(
  array(string(), { description: "RE2 patterns; a tag that matches one is left out." }),
);
const deprecatedTags = {
  allowTags: optional(string({ description: "No longer supported: use allowTagsRegexes." })),
  ignoreTags: optional(array(string(), { description: "No longer supported: use ignoreTagsRegexes." })),
};
const strictSemvers = optional(
  boolean({ default: true, description: "Whether a tag must be a full version: 1.2.3, not 1.2." }),
);

export const ImageSubscription = object(
  {
    repoURL: string({ description: "The repository, without scheme, tag or digest." }),
    imageSelectionStrategy: optional(
      oneOf(["Digest", "Lexical", "NewestBuild", "SemVer"], {
        default: "SemVer",
        description: "Which of the repository's images are newest.",
      }),
    ),
    constraint: optional(string({ description: "SemVer: the versions that are wanted. Digest: the tag to follow." })),
    strictSemvers,
    allowTagsRegexes,
    ignoreTagsRegexes,
    ...deprecatedTags,
    platform: optional(string({ description: "Only images for this platform: <os>/<arch>[/<variant>]." })),
    discoveryLimit,
    cacheByTag: optional(boolean({ description: "Trust that a tag never comes to mean another image." })),
    insecureSkipTLSVerify,
  },
  { description: "Images in a repository of a registry." },
);
export type ImageSubscription = Shape<typeof ImageSubscription>;

export const ChartSubscription = object(
  {
    repoURL: string({ description: "The chart repository (http, https), or the chart itself (oci)." }),
    name: optional(string({ description: "Name of the chart in an http(s) repository." })),
    semverConstraint: optional(string({ description: "The versions that are wanted." })),
    discoveryLimit,
    insecureSkipTLSVerify,
  },
  { description: "Versions of a Helm chart." },
);
export type ChartSubscription = Shape<typeof ChartSubscription>;

export const GitSubscription = object(
  {
    repoURL: string({ description: "The repository, as git clone takes it." }),
    commitSelectionStrategy: optional(
      oneOf(["Lexical", "NewestFromBranch", "NewestTag", "SemVer"], {
        default: "NewestFromBranch",
        description: "Which of the repository's commits are newest.",
      }),
    ),
    branch: optional(string({ description: "The branch; the repository's default when absent." })),
    semverConstraint: optional(string({ description: "SemVer: the versions that are wanted." })),
    strictSemvers,
    allowTagsRegexes,
    ignoreTagsRegexes,
    ...deprecatedTags,
    expressionFilter: optional(string({ description: "Expression over a commit or tag that must be true." })),
    includePaths: optional(array(string(), { description: "A commit must change one of these paths." })),
    excludePaths: optional(array(string(), { description: "Paths whose changes do not count." })),
    discoveryLimit,
    since: optional(time({ description: "NewestFromBranch: leave out commits before this time." })),
    blobless: optional(boolean({ description: "Clone without file contents." })),
    insecureSkipTLSVerify,
  },
  { description: "Commits of a Git repository." },
);
export type GitSubscription = Shape<typeof GitSubscription>;

export const GenericSubscription = object(
  {
    config: optional(anything({ type: "object", description: "Settings of that type of subscription." })),
    discoveryLimit,
  },
  { description: "Artifacts of another type." },
);
export type GenericSubscription = Shape<typeof GenericSubscription>;

/** Raw as the API stores it: `decodeSubscription` says which kind it is, or why it is none. */
export type RawSubscription = Readonly<Record<string, unknown>>;

/** By the key that names the type; any other key is a generic subscription's. */
export const SUBSCRIPTION_SCHEMAS: Readonly<Record<string, Schema>> = {
  image: ImageSubscription,
  chart: ChartSubscription,
  git: GitSubscription,
};
