/**
 * What a registry does not show yet is looked for again after these, and what cannot be refreshed or found asked for
 * again; the last may be repeated. ARCHITECTURE.md, "What Docker Hub promises".
 */
export const LOOK_PAUSES_MS: readonly number[] = [500, 1_000, 2_000, 5_000, 15_000, 60_000, 120_000, 240_000];
