// Selectors of objects by name and label, as ProjectConfig and ClusterConfig use them.
import { array, mapOf, object, optional, string } from "./schema.ts";

/** An RFC 1123 subdomain. */
export const DNS_SUBDOMAIN_PATTERN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

const labels = {
  matchLabels: optional(mapOf(string(), { description: "Labels that must have these values." })),
  matchExpressions: optional(
    array(
      object(
        {
          key: string({ description: "The label." }),
          operator: string({ description: "In, NotIn, Exists or DoesNotExist." }),
          values: optional(array(string(), { description: "For In and NotIn.", "x-kubernetes-list-type": "atomic" })),
        },
        { description: "One condition on a label." },
      ),
      { description: "Conditions that must all hold.", "x-kubernetes-list-type": "atomic" },
    ),
  ),
};

export const LabelSelector = object(labels, {
  description: "Selects by labels.",
  "x-kubernetes-map-type": "atomic",
});

export const NameSelector = object(
  {
    name: optional(string({ description: "The name, or a pattern that starts with glob: or regex:." })),
    ...labels,
  },
  { description: "Selects by name, by labels, or by both.", "x-kubernetes-map-type": "atomic" },
);
