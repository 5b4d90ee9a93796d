import { AppError } from '../lib/errors.js';
import { findJsonFault } from './json-text.js';
import { nearest } from './nearest.js';
import { parseByNode, wantsText } from './overlay-env.js';
import { childOf, keyOf, knownKeys, schemaTree, settingPaths, type Path, type SchemaNode } from './schema-tree.js';

/** A setting, a section, or a place inside of one. */
export interface SettingPlace {
  readonly path: Path;
  readonly node: SchemaNode;
}

/**
 * Where a dotted key leads: `reengagement.enabled`, `whatsapp.templates.we_miss_you.0.name`, also with the place in a list as `[0]`.
 * @throws AppError UNKNOWN_SETTING, with the nearest neighbour
 */
export function settingPlace(key: string): SettingPlace {
  const words = key.replace(/\[(\d+)\]/g, '.$1').split('.');
  const path: (string | number)[] = [];
  let node = schemaTree;
  for (const [at, word] of words.entries()) {
    const step = keyOf(node, word);
    const child = childOf(node, step);
    if (child === undefined) throw unknownSetting(key, neighbour(words, at, node));
    path.push(step);
    node = child;
  }
  return { path, node };
}

/**
 * A typed value, by what the schema wants there: text as it stands, with or without double quotes, and JSON for everything else. What
 * is no JSON stays text, for the schema to refuse.
 * @throws AppError UNKNOWN_SETTING
 */
export function typedValue(key: string, typed: string): unknown {
  const { node } = settingPlace(key);
  const parsed = parseByNode(typed, node);
  return wantsText(node) && /^".*"$/s.test(typed) && findJsonFault(typed) === undefined ? JSON.parse(typed) : parsed;
}

/** Dotted, as it can be typed again. */
export function settingKey(path: Path): string {
  return path.join('.');
}

/** Every setting that has a name of its own; `$schema` is the editor's affair. */
export function namedSettings(): string[][] {
  return settingPaths().filter(([first]) => first !== '$schema');
}

function unknownSetting(key: string, instead: string | undefined): AppError {
  const hint = instead === undefined ? '' : `: did you mean ${instead}?`;
  return new AppError('UNKNOWN_SETTING', `There is no setting ${key}${hint}`);
}

/** First by the word that is wrong, then by a setting of another section with the same last word, then by the whole key. */
function neighbour(words: readonly string[], at: number, node: SchemaNode): string | undefined {
  const here = nearest(words[at] ?? '', knownKeys(node));
  if (here !== undefined) return settingKey([...words.slice(0, at), here]);
  const named = namedSettings();
  const elsewhere = named.find((path) => path.at(-1) === words.at(-1));
  return elsewhere === undefined ? nearest(words.join('.'), named.map(settingKey)) : settingKey(elsewhere);
}
