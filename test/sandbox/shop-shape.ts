import { readFileSync } from 'node:fs';

/** A recorded body of test/fixtures/woocommerce. */
export function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/woocommerce/${name}.json`, import.meta.url), 'utf8'));
}

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const isObject = (value: unknown): value is Record<string, unknown> => typeOf(value) === 'object';

function typeProblem(actual: unknown, samples: readonly unknown[], path: string): string[] {
  const types = new Set(samples.map(typeOf));
  const onlyNull = types.size === 1 && types.has('null');
  const actualType = typeOf(actual);
  const fits = types.has(actualType) || (onlyNull && ['string', 'number'].includes(actualType));
  return fits ? [] : [`${path}: ${actualType} instead of ${[...types].join(' or ')}`];
}

/**
 * How a body differs from recorded ones, key by key: names and JSON types, all the way down. Several samples stand for what the shop
 * may answer; a key that all of them have must be there. A list that was always recorded empty may hold anything. `ignored`: paths that
 * were trimmed in the recording.
 */
export function shapeProblems(
  actual: unknown,
  samples: readonly unknown[],
  ignored: readonly string[] = [],
  path = '',
): string[] {
  if (samples.length === 0 || ignored.includes(path)) return [];
  const problems = typeProblem(actual, samples, path);
  if (Array.isArray(actual)) {
    const items = samples.flatMap((sample): unknown[] => (Array.isArray(sample) ? sample : []));
    return [...problems, ...actual.flatMap((item) => shapeProblems(item, items, ignored, `${path}[]`))];
  }
  if (!isObject(actual)) return problems;
  const objects = samples.filter(isObject);
  if (objects.length === 0) return problems;
  const known = new Set(objects.flatMap((sample) => Object.keys(sample)));
  const missing = [...known].filter((key) => !(key in actual) && objects.every((sample) => key in sample));
  const unknown = Object.keys(actual).filter((key) => !known.has(key));
  return [
    ...problems,
    ...missing.map((key) => `${path}.${key}: missing`),
    ...unknown.map((key) => `${path}.${key}: not in the recording`),
    ...Object.entries(actual).flatMap(([key, value]) =>
      shapeProblems(
        value,
        objects.filter((sample) => key in sample).map((sample) => sample[key]),
        ignored,
        `${path}.${key}`,
      ),
    ),
  ];
}
