import type { Fault } from './explain.js';
import { isTooDeep } from './json-text.js';
import { nearest } from './nearest.js';
import { placeAt } from './plain-data.js';
import {
  childOf,
  isRecord,
  keyOf,
  knownKeys,
  pathText,
  schemaTree,
  settingPaths,
  type SchemaNode,
} from './schema-tree.js';

export type Env = Readonly<Record<string, string | undefined>>;

const PREFIX = 'REENGAGED_';

export interface Overlay {
  readonly faults: readonly Fault[];
  /** The variable that each path came from, by `pathText`. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Lays `REENGAGED_SECTION__KEY` over the settings, in place. A further `__` goes further down; free names (a language, a named
 * parameter) are taken as they are written; a number is a place in a list. The value is JSON where the setting is no text.
 * Variables without `__` are not settings (`REENGAGED_CONFIG`).
 */
export function overlayEnv(data: unknown, env: Env): Overlay {
  const faults: Fault[] = [];
  const sources = new Map<string, string>();
  if (!isRecord(data)) return { faults, sources };
  for (const { name, segments } of settingVariables(env)) {
    const target = resolve(segments);
    if (target === undefined) {
      faults.push({ path: name, found: 'a setting that does not exist', wanted: wantedVariable(name) });
    } else if (placeAt(data, target.path, parseByNode(env[name] ?? '', target.node))) {
      sources.set(pathText(target.path), name);
    } else {
      faults.push({
        path: name,
        found: 'no such place in the list',
        wanted: 'a place in it, or the one after its end',
      });
    }
  }
  return { faults, sources };
}

/** Whole lists and objects first, then what stands in them, in the order of their places. */
function settingVariables(env: Env): { name: string; segments: string[] }[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && name.includes('__') && env[name] !== undefined)
    .map((name) => ({ name, segments: name.slice(PREFIX.length).split('__') }))
    .sort(
      (a, b) =>
        a.segments.length - b.segments.length ||
        a.name.localeCompare(b.name, 'en', { numeric: true, sensitivity: 'variant' }),
    );
}

function resolve(segments: readonly string[]): { path: (string | number)[]; node: SchemaNode } | undefined {
  let node = schemaTree;
  const path: (string | number)[] = [];
  for (const segment of segments) {
    const key = keyOf(node, knownKeys(node).find((known) => known.toUpperCase() === segment.toUpperCase()) ?? segment);
    const child = childOf(node, key);
    if (child === undefined) return undefined;
    path.push(key);
    node = child;
  }
  return { path, node };
}

/** A value out of plain text: JSON where the setting is no text. */
export function parseByNode(text: string, node: SchemaNode): unknown {
  if (wantsText(node) || isTooDeep(text)) return text; // too deep a text is no better than one that is no JSON
  try {
    return JSON.parse(text);
  } catch {
    return text; // the schema says what it wants instead
  }
}

export function wantsText(node: SchemaNode): boolean {
  return node.type === 'string' || (node.anyOf?.some(wantsText) ?? false);
}

function wantedVariable(name: string): string {
  const known = settingPaths().map(variableName);
  return `another name: did you mean ${nearest(name, known, Infinity) ?? known[0] ?? ''}?`;
}

/** The variable that wins over a setting that has a name of its own. */
export function variableName(path: readonly string[]): string {
  return PREFIX + path.join('__').toUpperCase();
}
