import { expect } from 'chai';
import { parseViewList } from '../../src/cli/views-list.js';
import { SECOND } from '../../src/lib/clock.js';

const NOW = Date.parse('2026-02-10T11:00:00Z');
const list = (...lines: string[]) => parseViewList(['phone,product,time', ...lines].join('\n'), NOW);

describe('a list of product views', () => {
  it('gives phone, product and time of each line', () => {
    expect(list('600 111 222, 1042 ,2026-02-09T12:30:00+01:00', '"+34 600 111 333",7,2026-02-09 11:30Z')).to.deep.equal(
      {
        lines: [
          { line: 2, phone: '600 111 222', productId: 1_042, viewedAt: Date.parse('2026-02-09T11:30:00Z') },
          { line: 3, phone: '+34 600 111 333', productId: 7, viewedAt: Date.parse('2026-02-09T11:30:00Z') },
        ],
        faults: [],
      },
    );
  });

  it('takes a view of this moment, and none of the next', () => {
    const at = (time: number) => list(`1,7,${new Date(time).toISOString()}`);
    expect(at(NOW).faults).to.deep.equal([]);
    expect(at(NOW + SECOND).faults).to.deep.equal([[2, 'the time lies in the future']]);
  });

  const PRODUCT = 'the product has to be its id in the shop, such as 1042';
  const TIME = 'the time has to be one with its zone, such as 2026-02-10T11:00:00Z';
  const wrong: [name: string, line: string, problem: string][] = [
    ['a product that is a name', '1,Blue cup,2026-02-09T12:30:00Z', PRODUCT],
    ['no product', '1,,2026-02-09T12:30:00Z', PRODUCT],
    ['product 0', '1,0,2026-02-09T12:30:00Z', PRODUCT],
    ['a negative product', '1,-7,2026-02-09T12:30:00Z', PRODUCT],
    ['a product beyond what numbers hold', '1,99999999999999999,2026-02-09T12:30:00Z', PRODUCT],
    ['a time without a zone', '1,7,2026-02-09T12:30:00', TIME],
    ['a date', '1,7,2026-02-09', TIME],
    ['no time', '1,7,', TIME],
    ['a day that no calendar knows', '1,7,2026-02-30T12:30:00Z', TIME],
    ['an hour that no clock knows', '1,7,2026-02-09T25:30:00Z', TIME],
    ['a time before all times', '1,7,0000-01-01T00:00:00+05:00', TIME],
    ['a field too few', '1,7', '2 fields where the header has 3'],
    ['a field too many', '1,7,2026-02-09T12:30:00Z,x', '4 fields where the header has 3'],
    ['a stray quote', '1,"7"7,2026-02-09T12:30:00Z', 'a quote stands where none may, or is never closed'],
  ];
  for (const [name, line, problem] of wrong)
    it(`names the line of ${name}, and goes on`, () => {
      const { lines, faults } = list('1,7,2026-02-09T12:30:00Z', line, '1,8,2026-02-09T12:30:00Z');
      expect(faults).to.deep.equal([[3, problem]]);
      expect(lines.map(({ line: number }) => number)).to.deep.equal([2, 4]);
    });

  it('is told which header it needs, and that commas are wanted', () => {
    const faultsOf = (text: string) => parseViewList(text, NOW).faults;
    expect(faultsOf('phone,time,product\n')).to.deep.equal([[1, 'the header has to be phone,product,time']]);
    expect(faultsOf('')).to.deep.equal([[1, 'the file is empty; the header has to be phone,product,time']]);
    const commas = 'the fields have to be separated by commas, not by semicolons or tabs';
    expect(faultsOf('Phone; Product;time\n1;7;2026-02-09T12:30:00Z')).to.deep.equal([[1, commas]]);
    expect(faultsOf('phone\tproduct\ttime\n')).to.deep.equal([[1, commas]]);
  });

  it('may have nothing but its header', () => {
    expect(parseViewList('phone,product,time', NOW)).to.deep.equal({ lines: [], faults: [] });
  });
});
