// The parts that ProjectConfig and ClusterConfig have in common.
import { Type } from "typebox";
import { Conditions } from "./condition.ts";
import { DNS_SUBDOMAIN_PATTERN, NameSelector } from "./object-selectors.ts";
import { int64, oneOf } from "./schema.ts";
import { WebhookReceiverConfigs, WebhookReceiverStatus } from "./webhook-receiver.ts";

const Link = Type.Object(
  {
    title: Type.String({ minLength: 1, description: "Text of the link." }),
    url: Type.String({ minLength: 1, description: "Where it leads; may hold templates." }),
    description: Type.Optional(Type.String({ description: "What is found there." })),
    if: Type.Optional(Type.String({ description: "Expression; the link is shown when it is true." })),
  },
  { description: "A link that user interfaces show." },
);

const PromotionWindow = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 253,
      pattern: DNS_SUBDOMAIN_PATTERN,
      description: "Name of the window, unique in the list.",
    }),
    kind: oneOf(["Allow", "Deny"], { description: "Whether promotions are allowed or denied inside the window." }),
    dtstart: Type.Optional(Type.String({ description: "When the window first opens." })),
    dtend: Type.Optional(Type.String({ description: "When the window first closes." })),
    rrule: Type.Optional(Type.String({ description: "How it recurs (RFC 5545)." })),
    projectSelector: Type.Optional(NameSelector),
    stageSelector: Type.Optional(NameSelector),
  },
  { description: "A time in which promotions may, or may not, run by themselves." },
);

/** Fields of `spec` in both kinds. */
export const configSpecFields = {
  webhookReceivers: Type.Optional(WebhookReceiverConfigs),
  freightLinks: Type.Optional(Type.Array(Link, { description: "Links shown with each piece of Freight." })),
  stageLinks: Type.Optional(Type.Array(Link, { description: "Links shown with each Stage." })),
  promotionWindows: Type.Optional(
    Type.Array(PromotionWindow, {
      description: "When promotions may run.",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    }),
  ),
};

/** `status` of both kinds. */
export const ConfigStatus = Type.Object(
  {
    conditions: Type.Optional(Conditions),
    observedGeneration: Type.Optional(int64({ description: "The generation that was last put into effect." })),
    lastHandledRefresh: Type.Optional(Type.String({ description: "The refresh annotation that was last acted upon." })),
    webhookReceivers: Type.Optional(
      Type.Array(WebhookReceiverStatus, { description: "The receivers that can be reached." }),
    ),
  },
  { description: "What is in effect." },
);
