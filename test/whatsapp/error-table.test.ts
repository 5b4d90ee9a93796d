import { expect } from 'chai';
import { ERROR_TABLE, ruleFor, type ErrorClass } from '../../src/whatsapp/error-table.js';

/** Meta's documented codes (facts of the Cloud API, sections 3 and 4): class, and scope where a rule reaches further. */
const DOCUMENTED: readonly (readonly [ErrorClass, string | undefined, ...number[]])[] = [
  ['retry', undefined, 1, 2, 133004, 131000, 131016],
  ['retry', 'account', 131057],
  ['retry', 'template', 134101],
  ['slow_down', 'number', 130429],
  ['slow_down', 'account', 4, 80007, 613, 17],
  ['pair', 'recipient', 131056],
  ['not_again', 'recipient', 131049, 130472],
  ['suppress', 'recipient', 131050, 130403],
  ['undeliverable', 'recipient', 131026],
  ['fail', 'recipient', 131021, 131030, 130497],
  ['fail', undefined, 131047, 131051, 131008, 131009, 100, 33, 135000, 131053, 131062, 131055],
  ['halt', 'template', 132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 134100],
  ['halt', 'number', 131048, 131037, 131045, 133010],
  ['halt', 'account', 0, 190, 3, 10, 131005, 368, 131031, 131042, 131063, 131064, 134102],
];

describe('error table', () => {
  for (const [expectedClass, scope, ...codes] of DOCUMENTED) {
    it(`gives ${codes.join(', ')} the class ${expectedClass} and the scope ${scope ?? 'message'}`, () => {
      for (const code of codes) {
        expect(ERROR_TABLE, String(code)).to.have.property(String(code));
        expect(ruleFor(code).class, String(code)).to.equal(expectedClass);
        expect(ruleFor(code).scope, String(code)).to.equal(scope);
      }
    });
  }

  it('holds no code that is not documented', () => {
    const documented = DOCUMENTED.flatMap(([, , ...codes]) => codes);
    expect(
      Object.keys(ERROR_TABLE)
        .map(Number)
        .sort((a, b) => a - b),
    ).to.deep.equal([...documented].sort((a, b) => a - b));
  });

  it('takes 200 to 299 for missing permissions and halts the account', () => {
    for (const code of [200, 250, 299]) expect(ruleFor(code)).to.equal(ruleFor(10));
    for (const code of [199, 300]) expect(ruleFor(code).class).to.equal('fail');
  });

  it('fails only the message for a code it does not know', () => {
    const { scope, ...rule } = ruleFor(987_654);
    expect(rule.class).to.equal('fail');
    expect(scope).to.equal(undefined);
  });

  it('holds a recipient back for 24 hours after 131049', () => {
    expect(ruleFor(131049).retryAfterSeconds).to.equal(24 * 3600);
  });

  it('advises in one sentence each', () => {
    for (const [code, { advice }] of Object.entries(ERROR_TABLE)) expect(advice, code).to.match(/^[A-Z][^\n]+\.$/);
  });
});
