import type { z } from 'zod';
import { nearest } from './nearest.js';
import {
  isRecord,
  isSecret,
  knownKeys,
  nodeAt,
  pathText,
  settingPaths,
  valueAt,
  type Path,
  type SchemaNode,
} from './schema-tree.js';
import { withoutLogins } from './without-logins.js';

/** One thing that is wrong with the configuration. No part of it holds a secret's value. */
export interface Fault {
  /** Dotted, e.g. `reengagement.inactivity_threshold`, or the name of an environment variable. */
  readonly path: string;
  readonly found: string;
  readonly wanted: string;
}

type Issue = z.core.$ZodIssue;

/**
 * zod's issues as faults. `data` is what was validated; `sources` names the environment variable that a value came from, by its
 * path.
 */
export function explainIssues(
  issues: readonly Issue[],
  data: unknown,
  sources: ReadonlyMap<string, string> = new Map(),
): Fault[] {
  return issues.flatMap((issue) => explainIssue(issue, [], data, sources));
}

/** All faults as one block: the first line says where, then one line a fault. */
export function formatFaults(where: string, faults: readonly Fault[]): string {
  const lines = faults.map((fault) => `  ${fault.path}: found ${fault.found}; wanted ${fault.wanted}`);
  return [`${where} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:`, ...lines].join('\n');
}

function explainIssue(issue: Issue, prefix: Path, data: unknown, sources: ReadonlyMap<string, string>): Fault[] {
  const path = [...prefix, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
  const text = pathText(path) || 'the whole file';
  const node = nodeAt(path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...path, key]),
      found: 'a setting that does not exist',
      wanted: wantedKey(key, node),
    }));
  }
  if (issue.code === 'invalid_key') {
    const parent = nodeAt(path.slice(0, -1));
    return [
      { path: text, found: 'this name', wanted: parent?.propertyNames ? describe(parent.propertyNames) : 'another' },
    ];
  }
  if (issue.code === 'invalid_union') {
    // The branch of the right kind (list, object) knows better where the fault is; there is at most one.
    const inner = issue.errors.find((branch) => branch.every((each) => each.path.length > 0));
    if (inner !== undefined) return inner.flatMap((each) => explainIssue(each, path, data, sources));
  }
  const source = sources.get(pathText(path));
  const found = describeFound(valueAt(data, path), node) + (source === undefined ? '' : `, from ${source}`);
  return [
    { path: text, found, wanted: node === undefined || issue.code === 'custom' ? issue.message : describe(node) },
  ];
}

function wantedKey(key: string, node: SchemaNode | undefined): string {
  const known = node === undefined ? [] : knownKeys(node);
  const neighbour = nearest(key, known);
  if (neighbour !== undefined) return `another name: did you mean ${neighbour}?`;
  const elsewhere = settingPaths().find((setting) => setting.at(-1) === key);
  if (elsewhere !== undefined) return `it elsewhere: did you mean ${pathText(elsewhere)}?`;
  return `one of ${known.join(', ')}`;
}

/** A value as it may be shown: no secret, nothing out of the inside of lists and objects, no login in an address. */
function describeFound(value: unknown, node: SchemaNode | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'an object';
  const kind = typeof value;
  const shown = node !== undefined && node.type !== 'object' && !isSecret(node);
  if (!shown) return `a ${kind}`;
  const text = JSON.stringify(typeof value === 'string' ? withoutLogins(value) : value);
  return `${text.length > 80 ? `${text.slice(0, 80)}...` : text} (${kind})`;
}

/** What a setting wants, in words. */
export function describe(node: SchemaNode): string {
  if (isSecret(node)) return 'a secret: "env:NAME", "file:PATH" or the text itself';
  if (node.wanted !== undefined) return node.wanted;
  if (node.anyOf !== undefined) return node.anyOf.map(describe).join(', or ');
  if (node.enum !== undefined) return `one of ${node.enum.map((each) => JSON.stringify(each)).join(', ')}`;
  if (node.type === undefined || node.type === 'object') return describeObject(node);
  switch (node.type) {
    case 'integer':
    case 'number':
      return describeNumber(node);
    case 'boolean':
      return 'true or false';
    case 'string':
      return `text${describeLength(node)}`;
    case 'array':
      return `a list${(node.minItems ?? 0) > 0 ? `, not empty,` : ''} of: ${node.items ? describe(node.items) : 'anything'}`;
  }
}

function describeNumber(node: SchemaNode): string {
  const what = `a${node.type === 'integer' ? ' whole' : ''} number${node.unit === undefined ? '' : ` of ${node.unit}`}`;
  // zod bounds whole numbers by what a double can hold; nobody needs to read that.
  const maximum = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum;
  if (node.exclusiveMinimum !== undefined) {
    return `${what}, more than ${node.exclusiveMinimum}${maximum === undefined ? '' : `, at most ${maximum}`}`;
  }
  if (node.minimum === undefined) return maximum === undefined ? what : `${what}, at most ${maximum}`;
  return maximum === undefined ? `${what}, ${node.minimum} or more` : `${what}, ${node.minimum} to ${maximum}`;
}

function describeLength({ minLength = 0, maxLength }: SchemaNode): string {
  if (maxLength !== undefined) return ` of ${minLength} to ${maxLength} characters`;
  return minLength > 0 ? ', not empty' : '';
}

function describeObject(node: SchemaNode): string {
  if (node.required !== undefined && node.required.length > 0) return `an object with ${node.required.join(', ')}`;
  return 'an object';
}
