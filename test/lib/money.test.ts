import { expect } from 'chai';
import fc from 'fast-check';
import {
  addMoney,
  compareMoney,
  dropPercent,
  isMoney,
  moneyOf,
  roundMoney,
  subtractMoney,
} from '../../src/lib/money.js';

const cents = fc.bigInt({ min: -(10n ** 26n), max: 10n ** 26n });
const money = (value: bigint) => {
  const digits = String(value < 0n ? -value : value).padStart(3, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

describe('money', () => {
  it('adds without the errors of floats', () => {
    expect(addMoney('0.1', '0.2')).to.equal('0.3');
  });

  it('adds and subtracts exactly, far beyond what a float or 20 digits hold', () => {
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        expect(compareMoney(addMoney(money(a), money(b)), money(a + b))).to.equal(0);
        expect(compareMoney(subtractMoney(money(a), money(b)), money(a - b))).to.equal(0);
      }),
    );
  });

  it('compares by value, not by spelling', () => {
    expect([compareMoney('9', '10'), compareMoney('1.50', '1.5'), compareMoney('2', '-3')]).to.deep.equal([-1, 0, 1]);
  });

  it('writes small and large amounts without an exponent', () => {
    expect(addMoney('0.00000001', '0')).to.equal('0.00000001');
    expect(addMoney('100000000000000000000000000', '0')).to.equal('100000000000000000000000000');
  });

  it('tells a drop in percent of the former price', () => {
    expect(dropPercent('80.00', '60.00')).to.equal('25');
  });

  it('meets a threshold exactly: 10 percent of 0.70 is 0.07', () => {
    expect(compareMoney(dropPercent('0.70', '0.63'), '10')).to.equal(0);
  });

  it('tells a rise as a negative drop', () => {
    expect(dropPercent('10', '11')).to.equal('-10');
  });

  it('tells no drop from a price of zero', () => {
    expect(dropPercent('0.00', '0.00')).to.equal('0');
  });

  it('rounds a half away from zero', () => {
    expect([roundMoney('1.005', 2), roundMoney('-1.005', 2), roundMoney('2.5', 0)]).to.deep.equal([
      '1.01',
      '-1.01',
      '3',
    ]);
  });

  it('rounds to no negative zero', () => {
    expect(roundMoney('-0.001', 2)).to.equal('0.00');
  });

  it('turns numbers of the configuration into amounts', () => {
    expect([moneyOf(12.5), moneyOf(1e21), moneyOf(1e-7)]).to.deep.equal([
      '12.5',
      '1000000000000000000000',
      '0.0000001',
    ]);
  });

  for (const good of ['0', '12', '12.50', '-3.1', '0012.00']) {
    it(`takes ${good} for an amount`, () => {
      expect(isMoney(good)).to.equal(true);
    });
  }

  for (const bad of ['', ' 1', '1,50', '1.', '.5', '1e3', 'NaN', 'Infinity', '0x10', '--1', '1.2.3', '1\n']) {
    it(`does not take ${JSON.stringify(bad)} for an amount`, () => {
      expect(isMoney(bad)).to.equal(false);
      expect(() => addMoney(bad, '1'))
        .to.throw()
        .with.property('code', 'INTERNAL');
    });
  }

  it('refuses a number that is none', () => {
    expect(() => moneyOf(NaN))
      .to.throw()
      .with.property('code', 'INTERNAL');
  });
});
