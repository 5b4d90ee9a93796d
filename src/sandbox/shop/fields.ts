import { parseList, type PhpValue } from './php-query.js';

type Tree = Map<string, true | Tree>;

function fieldTree(fields: readonly string[]): Tree {
  const root: Tree = new Map();
  for (const field of fields) {
    const parts = field.split('.');
    const last = parts.pop() ?? '';
    let branch = root;
    for (const part of parts) {
      const next = branch.get(part);
      // WordPress stops reading the whole list here: `billing,billing.phone,status` loses `status`.
      if (next === true) return root;
      const inner = next ?? new Map<string, true | Tree>();
      branch.set(part, inner);
      branch = inner;
    }
    branch.set(last, true);
  }
  return root;
}

function pick(value: unknown, tree: Tree): unknown {
  if (value === null || typeof value !== 'object') return value;
  // A list has numbers for keys, so a dotted field does not reach into it: `line_items.name` answers with an empty list.
  const kept = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    const wanted = tree.get(key);
    if (wanted === undefined) return [];
    return [[key, wanted === true ? item : pick(item, wanted)]];
  });
  return kept.length === 0 ? [] : Object.fromEntries(kept);
}

/** Cuts a body, or each body of a list, to `_fields` (WordPress's rest_filter_response_fields). */
export function filterFields(body: unknown, fields: PhpValue | undefined): unknown {
  const names = parseList(fields);
  if (names.length === 0) return body;
  const tree = fieldTree(names);
  return Array.isArray(body) ? body.map((item) => pick(item, tree)) : pick(body, tree);
}
