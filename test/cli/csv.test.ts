import { expect } from 'chai';
import fc from 'fast-check';
import { parseCsv } from '../../src/cli/csv.js';

const fieldsOf = (text: string) => parseCsv(text).rows.map((row) => row.fields);

describe('comma-separated values', () => {
  it('come out as they went in, whatever the fields hold', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ' ', '"', ',', '\n', '\r', 'é') });
    const row = fc.array(field, { minLength: 1, maxLength: 4 }).filter((fields) => fields.join('') !== '');
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.constantFrom('\n', '\r\n'), (rows, ending) => {
        const text = rows
          .map((fields) => fields.map((each) => `"${each.replaceAll('"', '""')}"`).join(',') + ending)
          .join('');
        expect(parseCsv(text).faults).to.deep.equal([]);
        expect(fieldsOf(text)).to.deep.equal(rows);
      }),
    );
  });

  it('may lack the last line break, carry a byte order mark and hold empty lines and fields', () => {
    expect(fieldsOf('\uFEFFa,b\r\n\r\n1,\n,2')).to.deep.equal([
      ['a', 'b'],
      ['1', ''],
      ['', '2'],
    ]);
  });

  it('name the line on which a row begins, behind a line break in quotes too', () => {
    expect(parseCsv('a\n"x\r\ny",b\nlast').rows.map((row) => row.line)).to.deep.equal([1, 2, 4]);
  });

  it('are read on after a line with a stray quote', () => {
    const { rows, faults } = parseCsv('a,b\nc"c,d\n"e"e,f\ng,h');
    expect(rows.map((row) => row.fields)).to.deep.equal([
      ['a', 'b'],
      ['g', 'h'],
    ]);
    expect(faults.map(([line]) => line)).to.deep.equal([2, 3]);
  });

  it('with a quote that is never closed are told by its line', () => {
    const { rows, faults } = parseCsv(`a\n"b\n${'c\n'.repeat(200_000)}`);
    expect(rows).to.have.length(200_001);
    expect(faults.map(([line]) => line)).to.deep.equal([2]);
  });
});
