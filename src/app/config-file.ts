// The configuration file: YAML, read together with the line of each key, so that every error can say where.
import { constructFromEvents, EVENT_ID, type Event, getScalarValue, parseEvents, YAMLException } from "js-yaml";
import { InputError } from "../errors.ts";

export interface ConfigFile {
  /** As written; empty for an empty file. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Where a top-level key stands, like `dockbell.yaml:3`. */
  where(key: string): string;
}

/** Throws `InputError` with the line when the text is not one YAML mapping. */
export function parseConfigFile(source: string, path: string): ConfigFile {
  const { values, lines } = read(source, path);
  return { values, where: (key) => `${path}:${lines.get(key) ?? 1}` };
}

function read(source: string, path: string) {
  try {
    const events = parseEvents(source, {});
    const [value = null, ...more] = constructFromEvents(events, { source });
    if (more.length > 0) throw new InputError(`${path}: holds more than one document`);
    if (value === null) return { values: {}, lines: new Map<string, number>() };
    if (typeof value !== "object" || Array.isArray(value))
      throw new InputError(`${path}:1: must be a mapping like "listen: 127.0.0.1:8080"`);
    return { values: value as Readonly<Record<string, unknown>>, lines: topLevelLines(events, source) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new InputError(`${path}:${(error.mark?.line ?? 0) + 1}: ${error.reason}`, error);
  }
}

/** Events come in document order; within a mapping, keys and values alternate. */
function topLevelLines(events: readonly Event[], source: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let depth = 0;
  let isKey = true;
  for (const event of events.slice(2)) {
    if (depth === 0 && isKey && event.type === EVENT_ID.SCALAR) {
      lines.set(getScalarValue(source, event), source.slice(0, event.valueStart).split("\n").length);
    }
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) depth += 1;
    else if (event.type === EVENT_ID.POP) depth -= 1;
    if (depth === 0) isKey = !isKey;
  }
  return lines;
}
