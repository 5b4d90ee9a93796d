import { z } from 'zod';
import { configSchema } from './schema.js';

/** What is read out of a JSON Schema here; `wanted`, `unit`, `placeholder` and `writeOnly` are our own marks (schema/kinds.ts). */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | false;
  readonly propertyNames?: SchemaNode;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly wanted?: string;
  readonly unit?: string;
  readonly placeholder?: string;
  readonly writeOnly?: boolean;
}

export type Path = readonly (string | number)[];

/** The schema as plain data: walked to know which settings exist, which are secrets, and what each one wants. */
export const schemaTree = z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode;

/** The names an object may have at this place; empty where they are free. */
export function knownKeys(node: SchemaNode): readonly string[] {
  return Object.keys(node.properties ?? {}).concat(node.propertyNames?.enum ?? []);
}

/** The node one step further down, whether by a name or by a place in a list. */
export function childOf(node: SchemaNode, key: string | number): SchemaNode | undefined {
  for (const branch of node.anyOf ?? [node]) {
    const child = typeof key === 'number' ? branch.items : propertyOf(branch, key);
    if (child !== undefined) return child;
  }
  return undefined;
}

function propertyOf(node: SchemaNode, key: string): SchemaNode | undefined {
  if (node.properties !== undefined && Object.hasOwn(node.properties, key)) return node.properties[key];
  if (key === '__proto__') return undefined; // not even where names are free: it would change every object
  const names = node.propertyNames?.enum;
  if (names !== undefined && !names.includes(key)) return undefined;
  return node.additionalProperties === false ? undefined : node.additionalProperties;
}

/** A word of a path as a place in a list where a list may stand there, otherwise as a name. */
export function keyOf(node: SchemaNode, word: string): string | number {
  return /^\d+$/.test(word) && childOf(node, 0) !== undefined ? Number(word) : word;
}

export function nodeAt(path: Path): SchemaNode | undefined {
  let node: SchemaNode | undefined = schemaTree;
  for (const key of path) node = node && childOf(node, key);
  return node;
}

export function isSecret(node: SchemaNode): boolean {
  return node.writeOnly === true || (node.anyOf?.some(isSecret) ?? false);
}

/** Every setting that has a name of its own, as paths; what stands under free names or in lists is not among them. */
export function settingPaths(node: SchemaNode = schemaTree, path: readonly string[] = []): string[][] {
  if (node.properties === undefined) return [[...path]];
  return Object.entries(node.properties).flatMap(([key, child]) => settingPaths(child, [...path, key]));
}

export function secretPaths(): string[][] {
  return settingPaths().filter((path) => {
    const node = nodeAt(path);
    return node !== undefined && isSecret(node);
  });
}

/** `['whatsapp', 'templates', 'we_miss_you', 0, 'name']` as `whatsapp.templates.we_miss_you[0].name`. */
export function pathText(path: Path): string {
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? key : `.${key}`)).join('');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at `path` in plain data, or undefined. */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
