// ClusterConfig: the settings of the whole installation, an only object named "cluster":
// docs/compatibility.md, section 1.6.

import { ConfigStatus, configSpecFields } from "./config-parts.ts";
import { kargoResource } from "./kargo.ts";
import { kindSchema, type ObjectOf } from "./kube-object.ts";
import { object, optional, string } from "./schema.ts";
import { SecretReference } from "./webhook-receiver.ts";

export const CLUSTER_CONFIGS = kargoResource("ClusterConfig", "clusterconfigs", false);
/** The only one there may be. */
export const CLUSTER_CONFIG_NAME = "cluster";

const GitClient = object(
  {
    name: string({ minLength: 1, description: "Name of the committer." }),
    email: string({ format: "email", minLength: 1, description: "E-mail address of the committer." }),
    signingKeySecret: optional({
      ...SecretReference,
      description: "The Secret with the key that signs commits.",
    }),
  },
  { description: "Who commits when promotions write to Git." },
);

export const ClusterConfig = kindSchema("The settings of the whole installation.", {
  spec: optional(
    object(
      { gitClient: optional(GitClient), ...configSpecFields },
      { description: "The settings. Receivers here reach the Warehouses of every Project." },
    ),
  ),
  status: optional(ConfigStatus),
});
export type ClusterConfig = ObjectOf<typeof ClusterConfig>;
