// Which groups, versions and kinds there are, in both shapes kubectl may ask for: one aggregated list, or one document
// per group version. Held to a real server by test/e2e/kubectl-discover.
import { createHash } from "node:crypto";
import { type HttpResponse, jsonResponse } from "../http/message.ts";
import { SERVED_KINDS } from "./kinds.ts";
import { REVIEW_KINDS, type ReviewKind } from "./reviews.ts";
import { StatusError } from "./statuses.ts";

/** One row of a resource list. */
interface Listed {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly isCustom: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
  readonly isStored: boolean;
}

interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
}

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const STATUS: Subresource = { name: "status", verbs: ["get", "patch", "update"] };

const LISTED: readonly Listed[] = [
  ...SERVED_KINDS.map(
    ({ resource, hasStatus, ...kind }): Listed => ({
      ...resource,
      ...kind,
      subresources: hasStatus ? [STATUS] : [],
      isStored: true,
    }),
  ),
  ...REVIEW_KINDS.map(
    (review: ReviewKind): Listed => ({
      ...review,
      isNamespaced: false,
      isCustom: false,
      verbs: ["create"],
      shortNames: [],
      categories: [],
      subresources: [],
      isStored: false,
    }),
  ),
];

/** Named groups in the order a real API server lists them: built-in ones first. */
const GROUPS = [...new Map(LISTED.filter(({ group }) => group !== "").map((one) => [one.group, one])).values()].sort(
  (a, b) => Number(a.isCustom) - Number(b.isCustom) || a.group.localeCompare(b.group),
);

/** Undefined where the path is none of discovery's. */
export function discoveryResponse(path: string, headers: Readonly<Record<string, string>>): HttpResponse | undefined {
  const [, root, group, version, ...more] = path.replace(/\/$/, "").split("/");
  if (root === "api" && group === undefined) return coreRoot(headers);
  if (root === "api" && version === undefined) return versionDocument("", group ?? "");
  if (root !== "apis" || more.length > 0) return undefined;
  if (group === undefined) return groupsRoot(headers);
  return version === undefined ? groupDocument(group) : versionDocument(group, version);
}

function coreRoot(headers: Readonly<Record<string, string>>): HttpResponse {
  if (wantsAggregated(headers)) return aggregated(headers, [{ metadata: {}, versions: [aggregatedVersion("", "v1")] }]);
  const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress: "127.0.0.1" }];
  return jsonResponse(200, { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs });
}

function groupsRoot(headers: Readonly<Record<string, string>>): HttpResponse {
  if (!wantsAggregated(headers)) {
    return jsonResponse(200, { kind: "APIGroupList", apiVersion: "v1", groups: GROUPS.map(groupOf) });
  }
  const items = GROUPS.map(({ group, version }) => ({
    metadata: { name: group },
    versions: [aggregatedVersion(group, version)],
  }));
  return aggregated(headers, items);
}

/** By the first type of the list that is served; throws `StatusError` (406) when none is. */
function wantsAggregated(headers: Readonly<Record<string, string>>): boolean {
  const parameters = ["g=apidiscovery.k8s.io", "v=v2", "as=APIGroupDiscoveryList"];
  const types = (headers["accept"] || "*/*").split(",").map((type) => type.split(";").map((part) => part.trim()));
  for (const [mediaType = "", ...given] of types) {
    if (parameters.every((parameter) => given.includes(parameter))) return true;
    const isOther = given.some((parameter) => parameter.startsWith("as="));
    if (!isOther && ["application/json", "application/*", "*/*"].includes(mediaType)) return false;
  }
  throw new StatusError(
    406,
    "NotAcceptable",
    `only the following media types are accepted: ${AGGREGATED}, application/json`,
  );
}

function aggregated(headers: Readonly<Record<string, string>>, items: readonly unknown[]): HttpResponse {
  const list = { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
  const etag = `"${createHash("sha512").update(JSON.stringify(list)).digest("hex").toUpperCase()}"`;
  const caching = { etag, vary: "Accept", "cache-control": "public" };
  if (headers["if-none-match"] === etag) return { status: 304, headers: caching, body: Buffer.alloc(0) };
  return jsonResponse(200, list, { ...caching, "content-type": AGGREGATED });
}

function aggregatedVersion(group: string, version: string) {
  const resources = listedIn(group, version).map((listed) => ({
    resource: listed.plural,
    responseKind: responseKind(listed),
    scope: listed.isNamespaced ? "Namespaced" : "Cluster",
    singularResource: listed.kind.toLowerCase(),
    verbs: listed.verbs,
    ...namesOf(listed),
    ...(listed.subresources.length > 0 && {
      subresources: listed.subresources.map(({ name, verbs }) => ({
        subresource: name,
        responseKind: responseKind(listed),
        verbs,
      })),
    }),
  }));
  return { version, resources, freshness: "Current" };
}

/** Built-in kinds leave group and version empty: the same as their list's. */
function responseKind({ group, version, kind, isCustom }: Listed) {
  return isCustom ? { group, version, kind } : { group: "", version: "", kind };
}

function namesOf({ shortNames, categories }: Listed) {
  return { ...(shortNames.length > 0 && { shortNames }), ...(categories.length > 0 && { categories }) };
}

function groupOf({ group, version }: Listed) {
  const groupVersion = { groupVersion: `${group}/${version}`, version };
  return { name: group, versions: [groupVersion], preferredVersion: groupVersion };
}

function groupDocument(name: string): HttpResponse | undefined {
  const found = GROUPS.find(({ group }) => group === name);
  return found && jsonResponse(200, { kind: "APIGroup", apiVersion: "v1", ...groupOf(found) });
}

function versionDocument(group: string, version: string): HttpResponse | undefined {
  const listed = listedIn(group, version);
  if (listed.length === 0) return undefined;
  const resources = listed.flatMap((one) => [
    resourceRow(one),
    ...one.subresources.map((sub) => subresourceRow(one, sub)),
  ]);
  return jsonResponse(200, {
    kind: "APIResourceList",
    ...(group !== "" && { apiVersion: "v1" }),
    groupVersion: group === "" ? version : `${group}/${version}`,
    resources,
  });
}

function resourceRow(listed: Listed) {
  const { plural, kind, isNamespaced, verbs, isStored } = listed;
  return {
    name: plural,
    singularName: kind.toLowerCase(),
    namespaced: isNamespaced,
    kind,
    verbs,
    ...namesOf(listed),
    ...(isStored && { storageVersionHash: storageVersionHash(listed) }),
  };
}

function subresourceRow({ plural, kind, isNamespaced }: Listed, { name, verbs }: Subresource) {
  return { name: `${plural}/${name}`, singularName: "", namespaced: isNamespaced, kind, verbs };
}

/** The same value as a real API server's: clients compare it to see that stored objects were migrated. */
function storageVersionHash({ group, version, kind }: Listed): string {
  const digest = createHash("sha256").update(`${group}/${version}/${kind}`).digest();
  return digest.subarray(0, 8).toString("base64");
}

function listedIn(group: string, version: string): readonly Listed[] {
  return LISTED.filter((one) => one.group === group && one.version === version).sort((a, b) =>
    a.plural < b.plural ? -1 : 1,
  );
}
