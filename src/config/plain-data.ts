import { isRecord, valueAt, type Path } from './schema-tree.js';

/**
 * Puts a value into plain data, with the objects and lists on the way there. False when the place is past the end of a list; a wrong
 * kind in between is left for the schema to tell.
 */
export function placeAt(data: Record<string, unknown>, path: Path, value: unknown): boolean {
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

/** Takes a value out of plain data; what follows it in a list moves up. */
export function removeAt(data: unknown, path: Path): void {
  const parent = valueAt(data, path.slice(0, -1));
  const key = path.at(-1);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (isRecord(parent) && key !== undefined) Reflect.deleteProperty(parent, key);
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
