import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Freight } from "./freight.ts";
import { freightID } from "./freight-id.ts";
import { freightChange, newFreightViolations, withFreightDefaults, withNewFreightDefaults } from "./freight-rules.ts";
import type { Warehouse } from "./warehouse.ts";

const ALIAS = "kargo.akuity.io/alias";
const DIGEST = `sha256:${"a".repeat(64)}`;
const NGINX = { repoURL: "nginx", tag: "1.27.0", digest: DIGEST };

function freight(fields: Partial<Freight>): Freight {
  const origin = { kind: "Warehouse", name: "w" } as const;
  const metadata = { name: "f", namespace: "p" };
  return { apiVersion: "kargo.akuity.io/v1alpha1", kind: "Freight", metadata, origin, ...fields };
}

function warehouse(...subscriptions: Warehouse["spec"]["subscriptions"]): Warehouse {
  const metadata = { name: "w", namespace: "p" };
  return {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "Warehouse",
    metadata,
    spec: { interval: "5m", subscriptions },
  };
}

describe("the defaults of new Freight", () => {
  const surroundings = { now: "2026-01-01T00:00:00Z", drawAlias: () => "calm-otter" };

  test("are its ID, an alias that stands in the label too, and the time", () => {
    const given = freight({ images: [NGINX] });

    const made = withNewFreightDefaults(given, surroundings);

    const metadata = { name: freightID(given), namespace: "p", labels: { [ALIAS]: "calm-otter" } };
    assert.deepEqual(made, { ...given, metadata, alias: "calm-otter", discoveredAt: "2026-01-01T00:00:00Z" });
  });

  test("leave a given alias and time as they are", () => {
    const given = freight({ images: [NGINX], alias: "mine", discoveredAt: "2020-01-01T00:00:00Z" });

    const made = withNewFreightDefaults(given, surroundings);

    assert.deepEqual([made.alias, made.metadata.labels?.[ALIAS]], ["mine", "mine"]);
    assert.equal(made.discoveredAt, "2020-01-01T00:00:00Z");
  });

  test("applied twice are applied once", () => {
    const once = withNewFreightDefaults(freight({ images: [NGINX] }), surroundings);

    assert.deepEqual(withNewFreightDefaults(once, surroundings), once);
    assert.deepEqual(withFreightDefaults(once), once);
  });
});

describe("the defaults of changed Freight", () => {
  test("take the alias for the label, and remove a label without alias", () => {
    const metadata = { name: "f", namespace: "p", labels: { [ALIAS]: "old", a: "b" } };

    const renamed = withFreightDefaults(freight({ metadata, alias: "new" }));
    const nameless = withFreightDefaults(freight({ metadata }));

    assert.deepEqual(renamed.metadata.labels, { [ALIAS]: "new", a: "b" });
    assert.deepEqual(nameless.metadata.labels, { a: "b" });
  });

  test("date it by its creation", () => {
    const metadata = { name: "f", namespace: "p", creationTimestamp: "2026-01-01T00:00:00Z" };

    const dated = withFreightDefaults(freight({ metadata }));

    assert.equal(dated.discoveredAt, "2026-01-01T00:00:00Z");
  });
});

describe("new Freight with", () => {
  const image = { image: { repoURL: "nginx" } };
  const git = { git: { repoURL: "https://github.com/a/b.git" } };
  const chart = { chart: { repoURL: "https://h/c", name: "n" } };
  const whole = {
    images: [NGINX],
    commits: [{ repoURL: "https://github.com/A/b", id: "1" }],
    charts: [{ repoURL: "https://H/c", name: "n", version: "1.0.0" }],
  };
  const rows: readonly (readonly [name: string, Partial<Freight>, Warehouse | undefined, ...violations: string[]])[] = [
    ["an artifact for each subscription", whole, warehouse(image, git, chart)],
    [
      "nothing in it",
      {},
      warehouse(),
      ": Invalid value: null: freight must contain at least one commit, image, or chart",
    ],
    ["no Warehouse", { images: [NGINX] }, undefined, 'warehouse: Invalid value: "w": warehouse does not exist'],
    [
      "an image that is not subscribed to by that name",
      { images: [{ repoURL: "docker.io/library/nginx" }] },
      warehouse(image),
      'images: Invalid value: {"repoURL":"docker.io/library/nginx"}: no subscription found for image repository in Warehouse "w"',
      'images: Invalid value: null: no artifact found for subscription "nginx" of Warehouse "w"',
    ],
    [
      "a commit too many",
      {
        commits: [
          { repoURL: "https://github.com/a/b", id: "1" },
          { repoURL: "https://github.com/a/b", id: "2" },
        ],
      },
      warehouse(git),
      'commits: Invalid value: null: multiple artifacts found for subscription "https://github.com/a/b" of Warehouse "w"',
    ],
    [
      "a chart of another name",
      { charts: [{ repoURL: "https://h/c", name: "m", version: "1" }] },
      warehouse(chart),
      'charts: Invalid value: {"repoURL":"https://h/c","name":"m","version":"1"}: no subscription found for Helm chart in Warehouse "w"',
      'charts: Invalid value: null: no artifact found for subscription "https:/h/c/n" of Warehouse "w"',
    ],
  ];

  for (const [name, fields, origin, ...expected] of rows) {
    test(name, () => {
      const violations = newFreightViolations(freight(fields), { warehouse: origin, isAliasTaken: false });

      assert.deepEqual(
        violations.map(({ field, message }) => `${field}: ${message}`),
        expected,
      );
    });
  }

  test("an alias that is taken", () => {
    const named = freight({ images: [NGINX], alias: "calm-otter" });

    const violations = newFreightViolations(named, { warehouse: warehouse(image), isAliasTaken: true });

    assert.deepEqual(
      violations.map(({ field, message }) => `${field}: ${message}`),
      ['alias: Invalid value: "calm-otter": alias already used by another piece of Freight in namespace "p"'],
    );
  });
});

describe("Freight that changes", () => {
  const before = freight({ images: [{ ...NGINX, annotations: { a: "b" } }], alias: "x" });
  const rows: readonly (readonly [name: string, Partial<Freight>, field: string | undefined])[] = [
    ["only its alias and status", { images: before.images, alias: "y", status: {} }, undefined],
    ["its origin", { images: before.images, origin: { kind: "Warehouse", name: "z" } }, "origin"],
    ["the number of its images", { images: [] }, "images"],
    ["an annotation", { images: [{ ...NGINX, annotations: { a: "c" } }] }, "images[0]"],
    ["another list", { images: before.images, charts: [{ version: "1" }] }, "charts"],
  ];

  for (const [name, fields, field] of rows) {
    test(name, () => {
      const change = freightChange(before, freight(fields));

      assert.equal(change?.field, field);
      assert.match(change?.message ?? "Freight is immutable", /Freight is immutable$/);
    });
  }
});
