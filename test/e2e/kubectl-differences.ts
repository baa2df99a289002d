// What kubectl shows differently on the embedded API than on a real API server, and why. The suite reads this list:
// apart from what `without` takes away both must be the same, and a difference that is gone fails.

export interface Difference {
  readonly command: string;
  readonly reason: string;
  /** The output without what differs. */
  readonly without: (output: string) => string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    command: "apply -n apply-test --server-side -f -",
    reason: "The embedded API does not keep who owns which field: it refuses server-side apply and names the way out.",
    without: () => "",
  },
  {
    command: "create --dry-run=server -f -",
    reason: "The embedded API serves fixed kinds: it refuses another CustomResourceDefinition and says so.",
    without: () => "",
  },
  {
    command: 'patch warehouse w -n change-test -p {"spec":{"interval":"9m0s"}}',
    reason: "The media types that are listed leave out server-side apply's.",
    without: replaced(", application/apply-patch+yaml", ""),
  },
  {
    command: "describe namespace describe-test",
    reason: "The embedded API has no quotas and no limits, and kubectl does not speak of what is not served.",
    without: replaced("\n\nNo resource quota.\n\nNo LimitRange resource.", ""),
  },
  {
    command: "get ev w.old -n describe-test",
    reason: "Events are served once, as v1: kubectl need not warn that events.k8s.io has the same short name.",
    without: replaced(/Warning: short name "ev" .*/, ""),
  },
  ...["auth can-i --list", "auth can-i --list -n demo"].map((command) => ({
    command,
    reason: "The administrator may do everything; a real API server also lists what everybody may do.",
    without: linesWithout(/\[(?:create|get)\]$/),
  })),
  {
    command: "version",
    reason: "The embedded API says that it is Dockbell's.",
    without: replaced("+dockbell", ""),
  },
  {
    command: "version -o json",
    reason: "The embedded API says that it is Dockbell's, and is no program built with Go.",
    without: linesWithout(/"(?:emulation|minCompatibility|git|build|go|compiler)\w*": /),
  },
];

function replaced(what: string | RegExp, by: string): Difference["without"] {
  return (output) => output.replace(what, by);
}

function linesWithout(words: RegExp): Difference["without"] {
  return (output) =>
    output
      .split("\n")
      .filter((line) => !words.test(line))
      .map((line) => line.trim())
      .join("\n");
}
