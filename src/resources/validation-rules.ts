// The rules our CRDs write in CEL (`x-kubernetes-validations`), each beside what it means in TypeScript: a cluster
// evaluates the text, the embedded API the function. There are few, so that no CEL interpreter is needed.

type Fields = Readonly<Record<string, unknown>>;

interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  readonly holds: (self: unknown) => boolean;
}

/** A promotion policy names its Stage in exactly one way. */
export const ONE_STAGE: ValidationRule = {
  message: "PromotionPolicy must have exactly one of stage or stageSelector set",
  rule: "has(self.stage) ? !has(self.stageSelector) : has(self.stageSelector)",
  holds: (self) => has(self, "stage") !== has(self, "stageSelector"),
};

export const ROLLBACK_ON_PROMOTION = outcomes("onPromotion", "Failed", "Errored");
export const ROLLBACK_ON_VERIFICATION = outcomes("onVerification", "Failed", "Error");

const RULES: readonly ValidationRule[] = [ONE_STAGE, ...ROLLBACK_ON_PROMOTION, ...ROLLBACK_ON_VERIFICATION];

/** What a rule means; throws for one that is not ours. */
export function holdsOf(rule: string): ValidationRule["holds"] {
  const known = RULES.find((one) => one.rule === rule);
  if (!known) throw new RangeError(`no meaning is known for the rule ${rule}`);
  return known.holds;
}

/** As a schema carries them. */
export function written(rules: readonly ValidationRule[]) {
  return rules.map(({ message, rule }) => ({ message, rule }));
}

/** Each item of a list of at most two is one of two outcomes. */
function outcomes(field: string, first: string, second: string): readonly ValidationRule[] {
  return [0, 1].map((index) => ({
    message: `${field}[${index}] must be ${first} or ${second}`,
    rule: `self.size() ${index === 0 ? "==" : "<="} ${index} || self[${index}] == '${first}' || self[${index}] == '${second}'`,
    holds: (self) => {
      const list = self as readonly unknown[];
      return list.length <= index || list[index] === first || list[index] === second;
    },
  }));
}

function has(self: unknown, field: string): boolean {
  return (self as Fields)[field] !== undefined;
}
