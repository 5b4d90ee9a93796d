import { expect } from 'chai';
import fc from 'fast-check';
import { DAY } from '../../src/lib/clock.js';
import { couponCode, couponTerms, isLoyal } from '../../src/reengagement/loyalty.js';
import { NOW } from './facts.js';

describe('loyalty: the coupon', () => {
  it('has a code of LOYAL and ten characters that nobody confuses, 15 in all', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (chance) => {
        const code = couponCode((max) => (chance.next().value as number) % max);
        expect(code).to.match(/^LOYAL[A-HJ-NP-Z2-9]{10}$/);
      }),
    );
  });

  it('can have every letter of the alphabet, from the first to the last', () => {
    expect(couponCode(() => 0)).to.equal('LOYALAAAAAAAAAA');
    expect(couponCode((max) => max - 1)).to.equal('LOYAL9999999999');
  });

  it('takes a new chance for each character', () => {
    let next = 0;
    expect(couponCode(() => next++)).to.equal('LOYALABCDEFGHJK');
  });

  it('gives the percentage, to the account alone, for so many days', () => {
    expect(
      couponTerms({ code: 'LOYALX', discountPercent: 12.5, email: 'ana@example.com', now: NOW, validDays: 7 }),
    ).to.deep.include({ code: 'LOYALX', percent: '12.5', email: 'ana@example.com', expiresAt: NOW + 7 * DAY });
  });

  it('says in the shop where it comes from', () => {
    const terms = couponTerms({ code: 'LOYALX', discountPercent: 15, email: null, now: NOW, validDays: 7 });
    expect(terms.description).to.include('reengaged');
  });
});

describe('loyalty: who is loyal', () => {
  it('begins with the minimum itself', () => {
    expect([isLoyal('500.00', 500), isLoyal('499.99', 500)]).to.deep.equal([true, false]);
  });

  it('is told by what the orders came to, not by how many they were (fault 13)', () => {
    expect([isLoyal('600.00', 500), isLoyal('3', 500)]).to.deep.equal([true, false]);
  });

  it('compares amounts, not strings', () => {
    expect(isLoyal('1000', 500)).to.equal(true);
    expect(isLoyal('9', 500)).to.equal(false);
  });

  it('is everybody at a minimum of zero', () => {
    expect(isLoyal('0', 0)).to.equal(true);
  });
});
