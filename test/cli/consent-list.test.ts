import { expect } from 'chai';
import { parseConsentList } from '../../src/cli/consent-list.js';

const NOW = Date.parse('2026-02-10T11:00:00Z');
const HEADER = 'phone,decision,source,decided_at';
const list = (...lines: string[]) => parseConsentList([HEADER, ...lines].join('\n'), NOW);

describe('a list of decisions', () => {
  it('gives phone, decision, source and time of each line', () => {
    expect(list('600 111 222, grant ,"form, page 2",2026-02-09T12:30:00+01:00').lines).to.deep.equal([
      {
        line: 2,
        phone: '600 111 222',
        decision: 'grant',
        source: 'form, page 2',
        decidedAt: Date.parse('2026-02-09T11:30:00Z'),
      },
    ]);
  });

  it('may leave the time out, as a column and in a line', () => {
    expect(list('1,grant,form,').lines[0]?.decidedAt).to.equal(null);
    expect(parseConsentList('Phone,Decision,Source\n1,revoke,form', NOW).lines[0]?.decidedAt).to.equal(null);
  });

  it('takes a date as its beginning', () => {
    expect(list('1,grant,form,2026-02-09').lines[0]?.decidedAt).to.equal(Date.parse('2026-02-09T00:00:00Z'));
  });

  it('names every wrong line, and says nothing of what stands in it', () => {
    const { lines, faults } = list(
      '600111222,maybe,form,',
      '600111222,grant,,',
      '600111222,grant,form',
      `600111222,grant,${'s'.repeat(192)},`,
      '600111222,grant,form,2026-02-09 12:30',
      '600111222,grant,form,2026-02-30',
      '600111222,grant,form,2026-02-11',
      '600111222,gr"ant,form,',
    );
    expect(lines).to.deep.equal([]);
    expect(faults.map(([line]) => line).sort()).to.deep.equal([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(JSON.stringify(faults)).not.to.match(/600111222|maybe|sss/);
  });

  it('says that commas are wanted', () => {
    expect(parseConsentList('phone;decision;source\n1;grant;form', NOW).faults).to.deep.equal([
      [1, 'the fields have to be separated by commas, not by semicolons or tabs'],
    ]);
  });

  it('has to begin with the documented header', () => {
    const { faults } = parseConsentList('600111222,grant,form', NOW);
    expect(faults).to.deep.equal([
      [1, 'the header has to be phone,decision,source or phone,decision,source,decided_at'],
    ]);
  });
});
