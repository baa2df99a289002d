// The parts that ProjectConfig and ClusterConfig have in common.
import { Conditions } from "./condition.ts";
import { DNS_SUBDOMAIN_PATTERN, NameSelector } from "./object-selectors.ts";
import { array, int64, object, oneOf, optional, string } from "./schema.ts";
import { WebhookReceiverConfigs, WebhookReceiverStatus } from "./webhook-receiver.ts";

const Link = object(
  {
    title: string({ minLength: 1, description: "Text of the link." }),
    url: string({ minLength: 1, description: "Where it leads; may hold templates." }),
    description: optional(string({ description: "What is found there." })),
    if: optional(string({ description: "Expression; the link is shown when it is true." })),
  },
  { description: "A link that user interfaces show." },
);

const PromotionWindow = object(
  {
    name: string({
      minLength: 1,
      maxLength: 253,
      pattern: DNS_SUBDOMAIN_PATTERN,
      description: "Name of the window, unique in the list.",
    }),
    kind: oneOf(["Allow", "Deny"], { description: "Whether promotions are allowed or denied inside the window." }),
    dtstart: optional(string({ description: "When the window first opens." })),
    dtend: optional(string({ description: "When the window first closes." })),
    rrule: optional(string({ description: "How it recurs (RFC 5545)." })),
    projectSelector: optional(NameSelector),
    stageSelector: optional(NameSelector),
  },
  { description: "A time in which promotions may, or may not, run by themselves." },
);

/** Fields of `spec` in both kinds. */
export const configSpecFields = {
  webhookReceivers: optional(WebhookReceiverConfigs),
  freightLinks: optional(array(Link, { description: "Links shown with each piece of Freight." })),
  stageLinks: optional(array(Link, { description: "Links shown with each Stage." })),
  promotionWindows: optional(
    array(PromotionWindow, {
      description: "When promotions may run.",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    }),
  ),
};

/** `status` of both kinds. */
export const ConfigStatus = object(
  {
    conditions: optional(Conditions),
    observedGeneration: optional(int64({ description: "The generation that was last put into effect." })),
    lastHandledRefresh: optional(string({ description: "The refresh annotation that was last acted upon." })),
    webhookReceivers: optional(array(WebhookReceiverStatus, { description: "The receivers that can be reached." })),
  },
  { description: "What is in effect." },
);
