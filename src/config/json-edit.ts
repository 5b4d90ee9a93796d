import { applyEdits, parseTree, type Node } from 'jsonc-parser';
import type { Path } from './schema-tree.js';

/**
 * Changes of a JSON text that touch nothing but the value. The library's own `modify` is not used: it formats the whole line again,
 * and so the whole of a file that has one line only.
 */

/** How the file is written. */
interface Style {
  readonly eol: string;
  readonly unit: string;
  /** Between a name and its value. */
  readonly colon: string;
  /** Everything in one line. */
  readonly inline: boolean;
}

/** Sets the value at `path`; what is missing on the way there is added. `text` has to be JSON, without a byte order mark. */
export function setInJson(text: string, path: Path, value: unknown): string {
  const root = rootOf(text);
  const style = styleOf(text, root);
  let node = root;
  for (const [at, key] of path.entries()) {
    const child = childNode(node, key);
    if (child === undefined) return insert(text, node, key, nested(path.slice(at + 1), value), style);
    node = child;
  }
  const old = text.slice(node.offset, endOf(node));
  const inline = style.inline || (isCompound(node) && !old.includes('\n') && (node.children?.length ?? 0) > 0);
  const content = render(value, lineIndent(text, node.offset), { ...style, inline });
  return applyEdits(text, [{ offset: node.offset, length: node.length, content }]);
}

/** Takes the value at `path` out, with its name. A text without it stays as it is. */
export function removeFromJson(text: string, path: Path): string {
  const node = path.reduce<Node | undefined>((parent, key) => parent && childNode(parent, key), rootOf(text));
  if (node === undefined) return text;
  const member = node.parent?.type === 'property' ? node.parent : node;
  const parent = member.parent;
  if (parent?.children === undefined) return text;
  const at = parent.children.indexOf(member);
  const [before, after] = [parent.children[at - 1], parent.children[at + 1]];
  const begin = before === undefined ? (after === undefined ? parent.offset + 1 : member.offset) : endOf(before);
  const end = before === undefined ? (after === undefined ? endOf(parent) - 1 : after.offset) : endOf(member);
  const removed = applyEdits(text, [{ offset: begin, length: end - begin, content: '' }]);
  // A name may stand there twice; JSON takes the last one.
  return typeof path.at(-1) === 'string' ? removeFromJson(removed, path) : removed;
}

function insert(text: string, parent: Node, key: string | number, value: unknown, style: Style): string {
  const members = parent.children ?? [];
  const last = members.at(-1);
  const indent = lineIndent(text, last?.offset ?? parent.offset) + (last === undefined ? style.unit : '');
  const name = typeof key === 'string' ? JSON.stringify(key) + style.colon : '';
  const inline = style.inline || (last !== undefined && !text.slice(parent.offset, endOf(parent)).includes('\n'));
  const content = name + render(value, indent, { ...style, inline });
  if (last !== undefined) {
    const offset = endOf(last);
    return applyEdits(text, [{ offset, length: 0, content: separator(text, parent, members, style) + content }]);
  }
  const [before, after] = inline ? ['', ''] : [style.eol + indent, style.eol + lineIndent(text, parent.offset)];
  return applyEdits(text, [
    { offset: parent.offset + 1, length: parent.length - 2, content: before + content + after },
  ]);
}

/** What stands between the last two members; between one member and its like what stands before it, and a comma. */
function separator(text: string, parent: Node, members: readonly Node[], style: Style): string {
  const [before, last] = [members.at(-2), members.at(-1)];
  if (before !== undefined) return text.slice(endOf(before), last?.offset);
  const space = text.slice(parent.offset + 1, last?.offset);
  return `,${space === '' && style.colon !== ':' ? ' ' : space}`;
}

function render(value: unknown, indent: string, style: Style): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = indent + style.unit;
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item) => render(item, inner, style))
    : Object.entries(value).map(([name, each]) => JSON.stringify(name) + style.colon + render(each, inner, style));
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  if (items.length === 0) return open + close;
  const isFlat = isList && value.every((item) => typeof item !== 'object' || item === null);
  if (!style.inline && !isFlat)
    return `${open}${style.eol}${items.map((item) => inner + item).join(`,${style.eol}`)}${style.eol}${indent}${close}`;
  const space = style.colon === ':' ? '' : ' ';
  const edge = isList ? '' : space;
  return open + edge + items.join(`,${space}`) + edge + close;
}

function styleOf(text: string, root: Node): Style {
  const first = root.children?.[0];
  const [name, value] = first?.children ?? [];
  const unit = first === undefined ? '' : lineIndent(text, first.offset);
  return {
    eol: /\r?\n/.exec(text)?.[0] ?? '\n',
    unit: unit === '' ? '  ' : unit,
    colon: name === undefined || value === undefined ? ': ' : text.slice(endOf(name), value.offset),
    inline: !text.trim().includes('\n'),
  };
}

/** The blanks that the line of this place begins with. */
function lineIndent(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

function nested(path: Path, value: unknown): unknown {
  return path.reduceRight((inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }), value);
}

/** Where a name stands twice, the last one, as JSON.parse takes it. */
function childNode(node: Node, key: string | number): Node | undefined {
  if (typeof key === 'number') return node.type === 'array' ? node.children?.[key] : undefined;
  if (node.type !== 'object') return undefined;
  return node.children?.findLast(({ children }) => children?.[0]?.value === key)?.children?.[1];
}

function isCompound({ type }: Node): boolean {
  return type === 'object' || type === 'array';
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}

function rootOf(text: string): Node {
  const root = parseTree(text);
  if (root === undefined) throw new Error('The text is not JSON.'); // the caller has parsed it
  return root;
}
