// A receiver of webhooks in a ProjectConfig or ClusterConfig, and where it is reached: kargo-behaviour.md, section 1.5.
import { Type } from "typebox";
import { DNS_SUBDOMAIN_PATTERN, LabelSelector } from "./object-selectors.ts";
import { mapOf, oneOf, type Shape } from "./schema.ts";

/** A Secret by name; the namespace is the object's own, or the designated one for a ClusterConfig. */
export const SecretReference = Type.Object(
  { name: Type.Optional(Type.String({ default: "", description: "Name of the Secret." })) },
  { description: "The Secret to read.", "x-kubernetes-map-type": "atomic" },
);

function receiver(sender: string, secretKey: string) {
  return Type.Optional(
    Type.Object({ secretRef: secretReference(secretKey) }, { description: `Receives webhooks from ${sender}.` }),
  );
}

function secretReference(secretKey: string) {
  const description = `The Secret whose data key "${secretKey}" makes the receiver's URL hard to guess.`;
  return { ...SecretReference, description };
}

const IndexSelector = Type.Object(
  {
    matchIndices: Type.Optional(
      Type.Array(
        Type.Object(
          {
            key: oneOf(["subscribedURLs", "receiverPaths"], { description: "The index to look in." }),
            operator: Type.String({ description: "Equals or NotEquals." }),
            value: Type.String({ description: "What to look for; may hold templates." }),
          },
          { description: "One condition on an index." },
        ),
        { minItems: 1, description: "Conditions that must all hold." },
      ),
    ),
  },
  { description: "Selects by an index that the controller keeps." },
);

const TargetSelectionCriteria = Type.Object(
  {
    kind: oneOf(["Warehouse"], { description: "Kind of the targets." }),
    name: Type.Optional(Type.String({ description: "Name of the target; may hold templates." })),
    labelSelector: Type.Optional(LabelSelector),
    indexSelector: Type.Optional(IndexSelector),
  },
  { description: "Which objects an action is for; what is given must all match." },
);

const GenericAction = Type.Object(
  {
    action: oneOf(["Refresh"], { description: "What to do with the targets." }),
    whenExpression: Type.Optional(
      Type.String({ description: "Expression over the request; the action runs when it is true." }),
    ),
    parameters: Type.Optional(mapOf(Type.String(), { description: "Values that the expressions can use." })),
    targetSelectionCriteria: Type.Optional(
      Type.Array(TargetSelectionCriteria, {
        minItems: 1,
        description: "The targets; one that several name counts once.",
      }),
    ),
  },
  { description: "Something to do when a request arrives." },
);

export const WebhookReceiverConfig = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 253,
      pattern: DNS_SUBDOMAIN_PATTERN,
      description: "Name of the receiver, unique in the list. It is part of what makes the URL.",
    }),
    artifactory: Type.Optional(
      Type.Object(
        {
          secretRef: secretReference("secret-token"),
          virtualRepoName: Type.Optional(
            Type.String({ description: "Name of the virtual repository to take for the local one in the payload." }),
          ),
        },
        { description: "Receives webhooks from Artifactory." },
      ),
    ),
    azure: receiver("Azure Container Registry and Azure DevOps", "secret"),
    bitbucket: receiver("Bitbucket", "secret"),
    dockerhub: receiver("Docker Hub", "secret"),
    generic: Type.Optional(
      Type.Object(
        {
          secretRef: secretReference("secret"),
          actions: Type.Optional(Type.Array(GenericAction, { minItems: 1, description: "What to do on a request." })),
        },
        { description: "Receives any JSON and acts on it by rules of your own." },
      ),
    ),
    gitea: receiver("Gitea", "secret"),
    github: receiver("GitHub", "secret"),
    gitlab: receiver("GitLab", "secret-token"),
    harbor: receiver("Harbor", "auth-header"),
    quay: receiver("Quay.io", "secret"),
  },
  { description: "A URL for webhooks: a name, and the one kind of sender it is for." },
);
export type WebhookReceiverConfig = Shape<typeof WebhookReceiverConfig>;

export const WebhookReceiverConfigs = Type.Array(WebhookReceiverConfig, {
  description: "The receivers to publish a URL for.",
});

export const WebhookReceiverStatus = Type.Object(
  {
    name: Type.Optional(Type.String({ description: "Name of the receiver." })),
    path: Type.Optional(Type.String({ description: "Path of the URL. Whoever knows it can send webhooks." })),
    url: Type.Optional(Type.String({ description: "The URL to give to the sender. Keep it secret." })),
  },
  { description: "Where a receiver is reached." },
);
export type WebhookReceiverStatus = Shape<typeof WebhookReceiverStatus>;
