/** A query string as PHP reads it: `a[0]=x&a[1]=y` is one list, in the order it was written. */
export type PhpValue = string | PhpMap;
export type PhpMap = Map<string, PhpValue>;

const decode = (text: string): string => {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    // PHP leaves a broken escape as it stands.
    return spaced;
  }
};

function put(target: PhpMap, [key, ...rest]: readonly string[], value: string): void {
  const name = key === undefined || key === '' ? String(target.size) : key;
  if (rest.length === 0) {
    target.set(name, value);
    return;
  }
  const existing = target.get(name);
  const inner = existing instanceof Map ? existing : new Map<string, PhpValue>();
  target.set(name, inner);
  put(inner, rest, value);
}

/** Parses the part after the question mark. */
export function parsePhpQuery(query: string): PhpMap {
  const result: PhpMap = new Map();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    const [head = '', tail = ''] = name.split(/\[(.*)/s);
    const inner = tail === '' ? [] : tail.replace(/\]$/, '').split('][');
    put(result, [head, ...inner], value);
  }
  return result;
}

/** A list parameter: comma or space separated text, or PHP's array notation (WordPress's wp_parse_list). */
export function parseList(value: PhpValue | undefined): string[] {
  if (value === undefined) return [];
  if (value instanceof Map) return [...value.values()].filter((item) => typeof item === 'string');
  return value.split(/[\s,]+/).filter((item) => item !== '');
}
