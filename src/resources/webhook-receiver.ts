// A receiver of webhooks in a ProjectConfig or ClusterConfig, and where it is reached: docs/compatibility.md, section 1.5.
import { DNS_SUBDOMAIN_PATTERN, LabelSelector } from "./object-selectors.ts";
import { array, mapOf, object, oneOf, optional, type Shape, string } from "./schema.ts";

/** A Secret by name; the namespace is the object's own, or the designated one for a ClusterConfig. */
export const SecretReference = object(
  { name: optional(string({ default: "", description: "Name of the Secret." })) },
  { description: "The Secret to read.", "x-kubernetes-map-type": "atomic" },
);

function receiver(sender: string, secretKey: string) {
  return optional(
    object({ secretRef: secretReference(secretKey) }, { description: `Receives webhooks from ${sender}.` }),
  );
}

function secretReference(secretKey: string) {
  const description = `The Secret whose data key "${secretKey}" makes the receiver's URL hard to guess.`;
  return { ...SecretReference, description };
}

const IndexSelector = object(
  {
    matchIndices: optional(
      array(
        object(
          {
            key: oneOf(["subscribedURLs", "receiverPaths"], { description: "The index to look in." }),
            operator: string({ description: "Equals or NotEquals." }),
            value: string({ description: "What to look for; may hold templates." }),
          },
          { description: "One condition on an index." },
        ),
        { minItems: 1, description: "Conditions that must all hold." },
      ),
    ),
  },
  { description: "Selects by an index that the controller keeps." },
);

const TargetSelectionCriteria = object(
  {
    kind: oneOf(["Warehouse"], { description: "Kind of the targets." }),
    name: optional(string({ description: "Name of the target; may hold templates." })),
    labelSelector: optional(LabelSelector),
    indexSelector: optional(IndexSelector),
  },
  { description: "Which objects an action is for; what is given must all match." },
);

const GenericAction = object(
  {
    action: oneOf(["Refresh"], { description: "What to do with the targets." }),
    whenExpression: optional(string({ description: "Expression over the request; the action runs when it is true." })),
    parameters: optional(mapOf(string(), { description: "Values that the expressions can use." })),
    targetSelectionCriteria: optional(
      array(TargetSelectionCriteria, {
        minItems: 1,
        description: "The targets; one that several name counts once.",
      }),
    ),
  },
  { description: "Something to do when a request arrives." },
);

export const WebhookReceiverConfig = object(
  {
    name: string({
      minLength: 1,
      maxLength: 253,
      pattern: DNS_SUBDOMAIN_PATTERN,
      description: "Name of the receiver, unique in the list. It is part of what makes the URL.",
    }),
    artifactory: optional(
      object(
        {
          secretRef: secretReference("secret-token"),
          virtualRepoName: optional(
            string({ description: "Name of the virtual repository to take for the local one in the payload." }),
          ),
        },
        { description: "Receives webhooks from Artifactory." },
      ),
    ),
    azure: receiver("Azure Container Registry and Azure DevOps", "secret"),
    bitbucket: receiver("Bitbucket", "secret"),
    dockerhub: receiver("Docker Hub", "secret"),
    generic: optional(
      object(
        {
          secretRef: secretReference("secret"),
          actions: optional(array(GenericAction, { minItems: 1, description: "What to do on a request." })),
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

export const WebhookReceiverConfigs = array(WebhookReceiverConfig, {
  description: "The receivers to publish a URL for.",
});

export const WebhookReceiverStatus = object(
  {
    name: optional(string({ description: "Name of the receiver." })),
    path: optional(string({ description: "Path of the URL. Whoever knows it can send webhooks." })),
    url: optional(string({ description: "The URL to give to the sender. Keep it secret." })),
  },
  { description: "Where a receiver is reached." },
);
export type WebhookReceiverStatus = Shape<typeof WebhookReceiverStatus>;
