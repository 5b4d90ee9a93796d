const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const SPACE = /[ \t\r\n]*/y;

class Fault extends Error {
  constructor(
    readonly at: number,
    readonly problem: string,
  ) {
    super(problem);
  }
}

/**
 * Says where a text stops being JSON, and why. JSON.parse tells no place for most faults, and quotes the text around them, which
 * may be a secret. Returns undefined when the text is JSON.
 */
export function findJsonFault(text: string): { line: number; column: number; problem: string } | undefined {
  try {
    scan(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const before = text.slice(0, error.at).split('\n');
    return { line: before.length, column: (before.at(-1) ?? '').length + 1, problem: error.problem };
  }
}

/** Levels of lists and objects, far more than the schema has: what walks through data has a stack that ends somewhere. */
export const MAX_DEPTH = 64;

/** Whether a text, JSON or nearly, has more levels than MAX_DEPTH. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') inString = !inString;
    else if (inString) at += char === '\\' ? 1 : 0;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function scan(text: string): void {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const takeChar = (char: string): boolean => {
    take(SPACE);
    if (text[at] !== char) return false;
    at += 1;
    return true;
  };
  const fail = (wanted: string): never => {
    throw new Fault(at, problemAt(text, at, wanted));
  };
  const list = (end: string, item: () => void): void => {
    if (takeChar(end)) return;
    for (;;) {
      item();
      if (takeChar(end)) return;
      if (!takeChar(',')) fail(`a comma or ${end}`);
    }
  };
  const member = (): void => {
    take(SPACE);
    if (!take(STRING)) fail('a name in double quotes');
    if (!takeChar(':')) fail('a colon');
    value();
  };
  const value = (): void => {
    if (takeChar('{')) list('}', member);
    else if (takeChar('[')) list(']', value);
    else if (!take(STRING) && !take(SCALAR)) fail('a value');
  };
  value();
  take(SPACE);
  if (at < text.length) fail('the end of the file');
}

function problemAt(text: string, at: number, wanted: string): string {
  if (at >= text.length) return `the file ends where ${wanted} should stand`;
  if (/^(\/\/|\/\*|#)/.test(text.slice(at, at + 2))) return 'JSON knows no comments; take this one out';
  if (text[at] === "'") return 'text stands in double quotes, not in single ones';
  if (/[}\]]/.test(text[at] ?? '') && /,\s*$/.test(text.slice(0, at)))
    return 'there is a comma before this that does not belong';
  if (text[at] === '"') return `${wanted} should stand here (or this text is not ended, or holds a line break)`;
  return `${wanted} should stand here`;
}
