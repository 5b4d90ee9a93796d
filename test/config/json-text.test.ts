import { expect } from 'chai';
import fc from 'fast-check';
import { findJsonFault } from '../../src/config/json-text.js';

describe('findJsonFault', () => {
  const cases: [string, string, number, number, string][] = [
    ['an empty file', '', 1, 1, 'the file ends where a value should stand'],
    ['a comma before a closing brace', '{"a": 1,\n}', 2, 1, 'there is a comma before this that does not belong'],
    ['a comma before a closing bracket', '[1, ]', 1, 5, 'there is a comma before this that does not belong'],
    ['single quotes', "{'a': 1}", 1, 2, 'text stands in double quotes, not in single ones'],
    ['a block comment', '[1 /* one */]', 1, 4, 'JSON knows no comments; take this one out'],
    ['a hash comment', '{\n# the shop\n}', 2, 1, 'JSON knows no comments; take this one out'],
    ['a missing colon', '{"a" 1}', 1, 6, 'a colon should stand here'],
    ['a bare word', '{"a": yes}', 1, 7, 'a value should stand here'],
    ['a number with a zero in front', '[007]', 1, 2, 'a value should stand here'],
    ['a second value', '{} {}', 1, 4, 'the end of the file should stand here'],
  ];
  for (const [name, text, line, column, problem] of cases) {
    it(`finds ${name}`, () => {
      expect(findJsonFault(text)).to.deep.equal({ line, column, problem });
    });
  }

  it('finds text that is not ended', () => {
    expect(findJsonFault('{"a": "b\n}')).to.include({ line: 1, column: 7 });
  });

  it('finds nothing in any JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 1, 4), (text, indent) => {
        expect(findJsonFault(JSON.stringify(JSON.parse(text), null, indent))).to.equal(undefined);
      }),
    );
  });

  it('finds a fault exactly where JSON.parse finds one', () => {
    const edited = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '}', ']', '"', ':', '\\', '/', ' ', 'e', '0', '-', '.', '\n'),
      )
      .map(
        ([text, at, char]) => text.slice(0, at % (text.length + 1)) + char + text.slice((at % (text.length + 1)) + 1),
      );
    fc.assert(
      fc.property(edited, (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(findJsonFault(text) === undefined).to.equal(valid);
      }),
      { numRuns: 2_000 },
    );
  });
});
