import { expect } from 'chai';
import fc from 'fast-check';
import { removeFromJson, setInJson } from '../../src/config/json-edit.js';
import { placeAt } from '../../src/config/plain-data.js';
import { isRecord, valueAt, type Path } from '../../src/config/schema-tree.js';

type Json = Record<string, unknown>;

interface Layout {
  readonly indent: string;
  readonly eol: string;
  readonly colon: string;
  /** From which depth on everything stands in one line. */
  readonly inlineFrom: number;
}

/** No number: objects put those first. */
const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text !== '__proto__' && /\D/.test(text));
const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
);
const section = fc.dictionary(name, fc.oneof(scalar, fc.array(scalar), fc.dictionary(name, scalar)), {
  noNullPrototype: true,
});
/** The order of keys is what fast-check makes it. */
const config = fc.dictionary(name, fc.oneof(scalar, section), { noNullPrototype: true });
const layout = fc.record<Layout>({
  indent: fc.constantFrom('  ', '    ', '\t', '   '),
  eol: fc.constantFrom('\n', '\r\n'),
  colon: fc.constantFrom(':', ': ', ' : '),
  inlineFrom: fc.constantFrom(0, 1, 2, 9),
});

function write(value: unknown, how: Layout, depth = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const items = Array.isArray(value)
    ? value.map((item) => write(item, how, depth + 1))
    : Object.entries(value).map(([key, each]) => JSON.stringify(key) + how.colon + write(each, how, depth + 1));
  const [open, close] = Array.isArray(value) ? (['[', ']'] as const) : (['{', '}'] as const);
  if (items.length === 0) return `${open}${close}`;
  if (depth >= how.inlineFrom) return `${open} ${items.join(', ')} ${close}`;
  const inner = how.eol + how.indent.repeat(depth + 1);
  return open + inner + items.join(`,${inner}`) + how.eol + how.indent.repeat(depth) + close;
}

/** How many characters at the beginning and at the end two texts share. */
function sharedEnds(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return start + end;
}

function placed(data: Json, path: Path, value: unknown): Json {
  const next = structuredClone(data);
  placeAt(next, path, value);
  return next;
}

describe('a change of a JSON text', () => {
  it('changes the one value, and no other byte', () => {
    fc.assert(
      fc.property(config, layout, fc.nat(), fc.oneof(scalar, fc.array(scalar), section), (data, how, pick, value) => {
        const paths = Object.entries(data).flatMap(([key, each]) => [
          [key],
          ...(isRecord(each) ? Object.keys(each).map((inner) => [key, inner]) : []),
        ]);
        fc.pre(paths.length > 0);
        const path = paths[pick % paths.length] ?? [];
        const text = write(data, how);
        const next = setInJson(text, path, value);
        expect(JSON.parse(next)).to.deep.equal(placed(data, path, value));
        const old = write(valueAt(data, path), how, path.length);
        expect(sharedEnds(text, next)).to.be.at.least(text.length - old.length);
      }),
    );
  });

  it('adds what is not there yet with its section, and moves no byte for it', () => {
    fc.assert(
      fc.property(config, layout, name, name, scalar, (data, how, sectionName, key, value) => {
        const before = data[sectionName];
        fc.pre(before === undefined || (isRecord(before) && before[key] === undefined));
        const text = write(data, how);
        const next = setInJson(text, [sectionName, key], value);
        expect(JSON.parse(next)).to.deep.equal(placed(data, [sectionName, key], value));
        expect(sharedEnds(text, next)).to.equal(text.length);
      }),
    );
  });

  it('comes out as if the file had been written so by hand', () => {
    fc.assert(
      fc.property(
        config,
        fc.constantFrom('  ', '    ', '\t'),
        name,
        name,
        scalar,
        (data, indent, section, key, value) => {
          fc.pre(Object.keys(data).length > 0 && (data[section] === undefined || isRecord(data[section])));
          const next = setInJson(JSON.stringify(data, null, indent), [section, key], value);
          expect(next).to.equal(JSON.stringify(placed(data, [section, key], value), null, indent));
        },
      ),
    );
  });

  it('keeps one kind of line end', () => {
    fc.assert(
      fc.property(config, layout, name, section, (data, how, key, value) => {
        const crlf = write(data, { ...how, eol: '\r\n' });
        fc.pre(crlf.includes('\r\n'));
        expect(setInJson(crlf, [key], value).replaceAll('\r\n', '')).not.to.contain('\n');
      }),
    );
  });

  it('is undone by taking it out again', () => {
    fc.assert(
      fc.property(config, layout, name, scalar, (data, how, key, value) => {
        fc.pre(data[key] === undefined && Object.keys(data).length > 0);
        const text = write(data, how);
        expect(removeFromJson(setInJson(text, [key], value), [key])).to.equal(text);
      }),
    );
  });

  it('takes the one value out, and leaves what JSON can read', () => {
    fc.assert(
      fc.property(config, layout, fc.nat(), (data, how, pick) => {
        const keys = Object.keys(data);
        fc.pre(keys.length > 0);
        const key = keys[pick % keys.length] ?? '';
        const rest = Object.fromEntries(Object.entries(data).filter(([other]) => other !== key));
        expect(JSON.parse(removeFromJson(write(data, how), [key]))).to.deep.equal(rest);
      }),
    );
  });

  const cases: [what: string, text: string, path: Path, value: unknown, next: string][] = [
    ['an object in one line', '{\n  "a": { "b": 1 }\n}', ['a', 'c'], 2, '{\n  "a": { "b": 1, "c": 2 }\n}'],
    ['a list in one line', '{\n  "a": ["b"]\n}', ['a', 1], 'c', '{\n  "a": ["b", "c"]\n}'],
    ['a list of one word', '{\n  "a": ["b"]\n}', ['a'], ['b', 'c'], '{\n  "a": ["b", "c"]\n}'],
    ['an empty section', '{\r\n\t"a": {}\r\n}\r\n', ['a', 'b'], 1, '{\r\n\t"a": {\r\n\t\t"b": 1\r\n\t}\r\n}\r\n'],
    ['a file in one line', '{"a":1}\n', ['b', 'c'], [1, 2], '{"a":1,"b":{"c":[1,2]}}\n'],
    ['the last of two values of one name', '{"a": 1, "a": 2}', ['a'], 3, '{"a": 1, "a": 3}'],
    ['both of two values of one name', '{"a": 1, "b": 0, "a": 2}', ['a'], undefined, '{"b": 0}'],
    ['the first of several', '{\n  "a": 1,\n  "b": 2\n}', ['a'], undefined, '{\n  "b": 2\n}'],
    ['the only one', '{\n  "a": {\n    "b": 2\n  }\n}', ['a', 'b'], undefined, '{\n  "a": {}\n}'],
    ['one of a list', '{"a": [1, 2, 3]}', ['a', 1], undefined, '{"a": [1, 3]}'],
    ['nothing that is not there', '{"a": [1]}', ['b', 'c'], undefined, '{"a": [1]}'],
  ];
  for (const [what, text, path, value, next] of cases)
    it(`${value === undefined ? 'takes out' : 'fits into'} ${what}`, () => {
      expect(value === undefined ? removeFromJson(text, path) : setInJson(text, path, value)).to.equal(next);
    });
});
