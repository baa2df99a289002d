// The JSONPath of printer columns, as far as CRDs use it: dotted keys (`\.` for a dot in a key) and one filter that
// picks the item of a list whose field equals a text: `.status.conditions[?(@.type=="Ready")].status`.

type Step = (value: unknown) => unknown;

/** How to read the value at a path; the result is undefined where an object has none. Throws on a path it cannot read. */
export function compileJsonPath(path: string): (object: unknown) => unknown {
  const steps = [...path.matchAll(/\.((?:[^.[\\]|\\.)+)|\[\?\(@\.(\w+)=="([^"]*)"\)\]|(.)/g)].map(
    ([, key, field, text, other]): Step => {
      if (key !== undefined) return at(key.replaceAll("\\", ""));
      if (field !== undefined) return itemWhere(field, text ?? "");
      throw new Error(`JSONPath ${path} cannot be read at ${other}`);
    },
  );
  return (object) => steps.reduce<unknown>((value, step) => step(value), object);
}

function at(key: string): Step {
  return (value) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined);
}

function itemWhere(field: string, text: string): Step {
  return (value) => (Array.isArray(value) ? value.find((item) => isObject(item) && item[field] === text) : undefined);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
