import { expect } from 'chai';
import { emailKey, replacedSince, resolvePerson, type SeenPhones } from '../../src/reengagement/identity.js';
import { DAY } from '../../src/lib/clock.js';

const A = '+34600000001';
const B = '+34600000002';
const C = '+34600000003';
const D = '+34600000004';
const NOON = Date.parse('2026-02-10T11:00:00Z');

const seen = (ofOrders: Record<string, number>, ...ofAccounts: string[]): SeenPhones => ({
  ofAccounts,
  ofOrders: Object.entries(ofOrders).map(([phone, daysAgo]) => ({ phone, at: NOON - daysAgo * DAY })),
});
const NONE = seen({});
const person = (account: SeenPhones | undefined, email: SeenPhones | undefined, phone: string | null = null) =>
  resolvePerson({ phone }, account, email);

describe('whose an order is', () => {
  it('is said by its own phone, whatever its account and email are known by', () => {
    expect(person(seen({ [B]: 1 }, C), seen({ [D]: 1 }), A)).to.equal(A);
  });

  it('is said by the phone of its account before those that the account ordered with', () => {
    expect(person(seen({ [B]: 1 }, A), NONE)).to.equal(A);
  });

  it('is said by the newest phone that its account ordered with', () => {
    expect(person(seen({ [A]: 9, [B]: 2, [C]: 5 }), seen({ [D]: 1 }))).to.equal(B);
  });

  it('is said by the newest phone of an order with its email where there is no account, or none that says anything', () => {
    expect(person(undefined, seen({ [A]: 9, [B]: 2 }, C))).to.equal(B);
    expect(person(NONE, seen({ [A]: 9 }))).to.equal(A);
  });

  it('is said by the newest account with its email at last', () => {
    expect(person(undefined, seen({}, B, A))).to.equal(B);
  });

  it('is not known where nothing says it', () => {
    expect(person(undefined, undefined)).to.equal(null);
    expect(person(NONE, NONE)).to.equal(null);
  });

  it('is not told by an account or an email that is seen with more than three phones: it is a till', () => {
    const till = seen({ [A]: 1, [B]: 2, [C]: 3, [D]: 4 });
    expect(person(till, undefined)).to.equal(null);
    expect(person(undefined, till)).to.equal(null);
    expect(person(till, seen({ [A]: 1 }))).to.equal(A);
    expect(person(seen({ [A]: 1, [B]: 2, [C]: 3 }, D), undefined)).to.equal(null);
    expect(person(undefined, seen({ [A]: 1, [B]: 2, [C]: 3 }))).to.equal(A);
  });

  it('is the same in whatever order two phones of one second are told', () => {
    expect(person(undefined, seen({ [A]: 1, [B]: 1 }))).to.equal(person(undefined, seen({ [B]: 1, [A]: 1 })));
  });

  it('is not told by what is no email; letters count alike', () => {
    expect(emailKey('Ana@Shop.example')).to.equal('ana@shop.example');
    for (const email of [null, '', 'no email', 'ana ruiz@shop.example', 'aña@shop.example'])
      expect(emailKey(email)).to.equal(null);
  });
});

describe('a number that was given up', () => {
  const bought = (who: string, daysAgo: number) => ({ person: who, at: NOON - daysAgo * DAY });

  it('is one whose account or email has bought under another since', () => {
    expect(replacedSince(A, [bought(A, 70), bought(B, 9), bought(C, 2)], NOON - 70 * DAY)).to.equal(NOON - 2 * DAY);
    expect(replacedSince(A, [bought(B, 9)], null)).to.equal(NOON - 9 * DAY);
  });

  it('is none while it is the one that bought last, in the same second too', () => {
    expect(replacedSince(A, [bought(B, 70), bought(A, 9)], NOON - 9 * DAY)).to.equal(null);
    expect(replacedSince(A, [bought(B, 9)], NOON - 9 * DAY)).to.equal(null);
    expect(replacedSince(A, [], NOON)).to.equal(null);
  });
});
