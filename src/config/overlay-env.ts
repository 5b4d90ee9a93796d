import type { Fault } from './explain.js';
import { nearest } from './nearest.js';
import { childOf, isRecord, knownKeys, pathText, schemaTree, settingPaths, type SchemaNode } from './schema-tree.js';

export type Env = Readonly<Record<string, string | undefined>>;

const PREFIX = 'REENGAGED_';

/**
 * Lays `REENGAGED_SECTION__KEY` over the settings, in place. A further `__` goes further down; free names (a language, a named
 * parameter) are taken as they are written; a number is a place in a list. The value is JSON where the setting is no text.
 * Variables without `__` are not settings (`REENGAGED_CONFIG`). Returns the faults, and the variable that each path came from.
 */
export function overlayEnv(data: Record<string, unknown>, env: Env): { faults: Fault[]; sources: Map<string, string> } {
  const faults: Fault[] = [];
  const sources = new Map<string, string>();
  for (const { name, segments } of settingVariables(env)) {
    const target = resolve(segments);
    if (target === undefined) {
      faults.push({ path: name, found: 'a setting that does not exist', wanted: wantedVariable(name) });
    } else if (place(data, target.path, parse(env[name] ?? '', target.node))) {
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
    const key = keyOf(node, segment);
    const child = childOf(node, key);
    if (child === undefined) return undefined;
    path.push(key);
    node = child;
  }
  return { path, node };
}

function keyOf(node: SchemaNode, segment: string): string | number {
  if (/^\d+$/.test(segment) && childOf(node, 0) !== undefined) return Number(segment);
  return knownKeys(node).find((key) => key.toUpperCase() === segment.toUpperCase()) ?? segment;
}

function parse(text: string, node: SchemaNode): unknown {
  if (wantsText(node)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // the schema says what it wants instead
  }
}

function wantsText(node: SchemaNode): boolean {
  return node.type === 'string' || (node.anyOf?.some(wantsText) ?? false);
}

/** False when the place is past the end of a list. A wrong kind in between is left for the schema to tell. */
function place(data: Record<string, unknown>, path: readonly (string | number)[], value: unknown): boolean {
  let container: unknown = data;
  for (const [at, key] of path.entries()) {
    if (Array.isArray(container) && typeof key === 'number') {
      if (key > container.length) return false;
    } else if (!isRecord(container) || typeof key === 'number') {
      return true;
    }
    const slots = container as Record<string | number, unknown>;
    if (at === path.length - 1) slots[key] = value;
    else slots[key] ??= typeof path[at + 1] === 'number' ? [] : {};
    container = slots[key];
  }
  return true;
}

function wantedVariable(name: string): string {
  const known = settingPaths().map((path) => PREFIX + path.join('__').toUpperCase());
  return `another name: did you mean ${nearest(name, known, Infinity) ?? known[0] ?? ''}?`;
}
