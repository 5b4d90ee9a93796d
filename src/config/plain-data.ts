import { isRecord, valueAt, type Path } from './schema-tree.js';

/**
 * Puts a value into plain data, with the objects and lists on the way there; only own properties count. False when the place is past
 * the end of a list; a wrong kind in between is left for the schema to tell.
 */
export function placeAt(data: Record<string, unknown>, path: Path, value: unknown): boolean {
  let container: unknown = data;
  for (const [at, key] of path.entries()) {
    if (Array.isArray(container) && typeof key === 'number') {
      if (key > container.length) return false;
    } else if (!isRecord(container) || typeof key === 'number') {
      return true;
    }
    const own = Object.hasOwn(container, key) ? (container as Record<string | number, unknown>)[key] : undefined;
    const next = at === path.length - 1 ? value : (own ?? (typeof path[at + 1] === 'number' ? [] : {}));
    putOwn(container, key, next);
    container = next;
  }
  return true;
}

/** As an assignment, but for `__proto__`, which becomes a name like any other. */
function putOwn(container: object, key: string | number, value: unknown): void {
  Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
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
