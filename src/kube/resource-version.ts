// Resource versions of one kind order as integers (Kubernetes 1.35; what every server before it did).

/** Whether `version` is `other` or newer. One that is no integer is only ever as new as itself. */
export function isAtLeast(version: string, other: string): boolean {
  if (version === other) return true;
  if (!/^\d+$/.test(version) || !/^\d+$/.test(other)) return false;
  return version.length === other.length ? version > other : version.length > other.length;
}
