import { explainIssues, type Fault } from './explain.js';
import { configSchema, type Config } from './schema.js';
import { isRecord, pathText, type Path } from './schema-tree.js';

export interface Checked {
  /** Undefined when the schema finds a fault. */
  readonly config: Config | undefined;
  readonly faults: readonly Fault[];
}

/** Holds plain data against the schema. `sources` names the environment variable that a value came from, by its path. */
export function checkConfig(data: unknown, sources?: ReadonlyMap<string, string>): Checked {
  const { data: config, error } = configSchema.safeParse(data);
  const issues = explainIssues(error?.issues ?? [], data, sources);
  const told = new Set(issues.map(({ path }) => path));
  const faults = [...issues, ...prototypeNames(data).filter(({ path }) => !told.has(path))];
  return { config: faults.length === 0 ? config : undefined, faults };
}

/** zod drops this name in silence where names are free, and code that sets it changes every object. */
function prototypeNames(data: unknown, path: Path = []): Fault[] {
  if (Array.isArray(data)) return data.flatMap((item, at) => prototypeNames(item, [...path, at]));
  if (!isRecord(data)) return [];
  return Object.entries(data).flatMap(([name, value]) => {
    const here = [...path, name];
    if (name === '__proto__') return [{ path: pathText(here), found: 'this name', wanted: 'another name' }];
    return prototypeNames(value, here);
  });
}
