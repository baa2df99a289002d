// ClusterConfig: the settings of the whole installation, an only object named "cluster". kargo-behaviour.md, section 1.6.
import { Type } from "typebox";
import { ConfigStatus, configSpecFields } from "./config-parts.ts";
import { kargoResource } from "./kargo.ts";
import { kindSchema, type ObjectOf } from "./kube-object.ts";
import { SecretReference } from "./webhook-receiver.ts";

export const CLUSTER_CONFIGS = kargoResource("ClusterConfig", "clusterconfigs", false);

const GitClient = Type.Object(
  {
    name: Type.String({ minLength: 1, description: "Name of the committer." }),
    email: Type.String({ format: "email", minLength: 1, description: "E-mail address of the committer." }),
    signingKeySecret: Type.Optional({
      ...SecretReference,
      description: "The Secret with the key that signs commits.",
    }),
  },
  { description: "Who commits when promotions write to Git." },
);

export const ClusterConfig = kindSchema("The settings of the whole installation.", {
  spec: Type.Optional(
    Type.Object(
      { gitClient: Type.Optional(GitClient), ...configSpecFields },
      { description: "The settings. Receivers here reach the Warehouses of every Project." },
    ),
  ),
  status: Type.Optional(ConfigStatus),
});
export type ClusterConfig = ObjectOf<typeof ClusterConfig>;
