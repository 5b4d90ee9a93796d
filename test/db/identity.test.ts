import { expect } from 'chai';
import fc from 'fast-check';
import { accountIds, countAccounts, removeAccounts, saveAccounts } from '../../src/db/accounts.js';
import { customersOf } from '../../src/db/customers.js';
import { forgetOrders, saveOrders } from '../../src/db/orders.js';
import { openDatabase } from '../../src/db/pool.js';
import { DAY, SECOND } from '../../src/lib/clock.js';
import { chunks } from '../../src/lib/group.js';
import type { ShopAccount, ShopOrder } from '../../src/reengagement/shop-facts.js';
import { emptyTables, NOON } from '../queue/support.js';
import { useDatabase } from '../support/database.js';

const A = '+34600000001';
const B = '+34600000002';
const C = '+34600000003';
const PHONES = [A, B, C, '+34600000004', '+34600000005'];
const RULES = { paidStatuses: ['completed'], windowDays: 30 };

interface Placed extends Partial<Omit<ShopOrder, 'id'>> {
  readonly daysAgo: number;
}

function order(id: number, { daysAgo, ...changes }: Placed): ShopOrder {
  const at = NOON - daysAgo * DAY;
  return {
    ...{ id, status: 'completed', currency: 'EUR', total: '10.00', refunded: '0' },
    ...{ customerId: 0, phone: null, email: null, firstName: null, country: null },
    ...{ createdAt: at, paidAt: at, modifiedAt: at, items: [], marketingConsent: null, language: null },
    ...changes,
  };
}

const account = (id: number, changes: Partial<ShopAccount> = {}): ShopAccount => ({
  ...{ id, phone: null, email: null, consent: null },
  ...changes,
});

describe('whose the orders of the mirror are', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  const save = (...orders: readonly ShopOrder[]) => saveOrders(database(), orders, RULES);
  const saveAll = (...accounts: readonly ShopAccount[]) => saveAccounts(database(), accounts, NOON, RULES);
  const persons = async () => {
    const { orders: o } = database().tables;
    const rows = await database().query((orm) => orm.select().from(o).orderBy(o.orderId));
    return rows.map(({ person }) => person);
  };
  const customer = async (phone: string) => (await customersOf(database(), [phone])).get(phone);
  const daysSince = async (phone: string) => {
    const at = (await customer(phone))?.lastPaidAt ?? null;
    return at === null ? null : (NOON - at) / DAY;
  };
  /** Everything that an identity decides. */
  const outcome = async () => {
    const found = await customersOf(database(), PHONES);
    const told = [...found.values()].filter((row) => row.paidOrders > 0 || row.replacedAt !== null);
    return [
      await persons(),
      told
        .map((row) => [row.phone, row.paidOrders, row.lastPaidAt, row.replacedAt, row.accountConsent, row.orderConsent])
        .sort(),
    ];
  };

  it('is the account’s newest phone for an order without one, also where the order came first', async () => {
    await save(order(1, { daysAgo: 2, customerId: 7 }));
    expect(await persons()).to.deep.equal([null]);
    await save(order(2, { daysAgo: 70, customerId: 7, phone: A }));
    expect(await persons()).to.deep.equal([A, A]);
    expect(await daysSince(A)).to.equal(2);
    await save(order(3, { daysAgo: 60, customerId: 7, phone: B }));
    expect(await persons()).to.deep.equal([B, A, B]);
    expect([await daysSince(A), await daysSince(B)]).to.deep.equal([70, 2]);
  });

  it('is the phone of the shop’s account before that', async () => {
    await save(order(1, { daysAgo: 2, customerId: 7 }), order(2, { daysAgo: 70, customerId: 7, phone: A }));
    await saveAll(account(7, { phone: B }));
    expect(await persons()).to.deep.equal([B, A]);
    await removeAccounts(database(), [7], RULES);
    expect(await persons()).to.deep.equal([A, A]);
    expect((await customer(B))?.paidOrders).to.equal(0);
  });

  it('is found by email, in whatever letters, where there is no account', async () => {
    await save(order(1, { daysAgo: 2, email: 'ANA@shop.example' }));
    await save(order(2, { daysAgo: 70, email: 'ana@Shop.example', phone: A }));
    expect(await persons()).to.deep.equal([A, A]);
  });

  it('brings two accounts with one phone, and a guest who registered later, together', async () => {
    await save(
      order(1, { daysAgo: 70, customerId: 7, phone: A, email: 'one@shop.example' }),
      order(2, { daysAgo: 60, customerId: 8, phone: A, email: 'two@shop.example' }),
      order(3, { daysAgo: 80, phone: A, email: 'guest@shop.example' }),
      order(4, { daysAgo: 5, customerId: 8, email: 'two@shop.example' }),
      order(5, { daysAgo: 4, customerId: 9, email: 'guest@shop.example' }),
    );
    expect(await persons()).to.deep.equal([A, A, A, A, A]);
    expect(await customer(A)).to.include({ paidOrders: 5, replacedAt: null });
  });

  it('says since when a number is given up, and takes that back when it buys again', async () => {
    await save(order(1, { daysAgo: 70, customerId: 7, phone: A }), order(2, { daysAgo: 9, customerId: 7, phone: B }));
    expect([(await customer(A))?.replacedAt, (await customer(B))?.replacedAt]).to.deep.equal([NOON - 9 * DAY, null]);
    await save(order(3, { daysAgo: 3, phone: A }));
    expect([(await customer(A))?.replacedAt, (await customer(B))?.replacedAt]).to.deep.equal([null, null]);
  });

  it('takes that back when the purchase under the other number is refunded, moved or forgotten', async () => {
    const [old, newer] = [
      order(1, { daysAgo: 70, customerId: 7, phone: A }),
      order(2, { daysAgo: 9, customerId: 7, phone: B }),
    ];
    const again = async (changes: Partial<ShopOrder>) => {
      await save(old, { ...newer, modifiedAt: NOON });
      expect((await customer(A))?.replacedAt).to.equal(NOON - 9 * DAY);
      await save({ ...newer, modifiedAt: NOON, ...changes });
      expect((await customer(A))?.replacedAt, JSON.stringify(changes)).to.equal(null);
    };
    await again({ refunded: '10.00' });
    await again({ customerId: 8 });
    await again({ phone: A });
    await save({ ...newer, modifiedAt: NOON });
    expect(await forgetOrders(database(), [2, 99], RULES)).to.equal(1);
    expect(await customer(A)).to.include({ paidOrders: 1, replacedAt: null });
    expect(await customer(B)).to.include({ paidOrders: 0, lastPaidAt: null, firstName: null });
  });

  it('joins nobody by an email of more than three phones, from the fourth on', async () => {
    const till = { email: 'pos@shop.example' };
    await save(order(1, { daysAgo: 1, ...till }));
    for (const [index, phone] of PHONES.slice(0, 3).entries())
      await save(order(index + 2, { daysAgo: 70 - index, phone, ...till }));
    expect(await persons()).to.deep.equal([C, A, B, C]);
    expect((await customer(A))?.replacedAt).to.equal(NOON - DAY);
    await save(order(5, { daysAgo: 60, phone: PHONES[3]!, ...till }));
    expect(await persons()).to.deep.equal([null, A, B, C, PHONES[3]]);
    expect((await customer(A))?.replacedAt).to.equal(null);
    expect(await forgetOrders(database(), [5], RULES)).to.equal(1);
    expect(await persons()).to.deep.equal([C, A, B, C]);
    expect((await customer(A))?.replacedAt).to.equal(NOON - DAY);
  });

  /** In pages, as the shop gives them. */
  const saveMany = async (list: readonly ShopOrder[]) => {
    for (const page of chunks(list, 100)) await save(...page);
  };
  const manyPhones = (count: number) =>
    Array.from({ length: count }, (_, n) => `+3460001${String(n).padStart(4, '0')}`);

  for (const count of [199, 201, 260])
    it(`joins nobody by an account that orders with ${count} phones, not even with the account’s own`, async () => {
      const phones = manyPhones(count);
      await saveAll(account(7, { phone: B }));
      await saveMany(phones.map((phone, n) => order(n + 1, { daysAgo: 70, customerId: 7, phone })));
      await save(order(999, { daysAgo: 1, customerId: 7 }), order(998, { daysAgo: 1, customerId: 7, phone: A }));
      expect((await persons()).slice(-2)).to.deep.equal([A, null]);
      expect((await customer(phones[0]!))?.replacedAt).to.equal(null);
    });

  for (const key of [{ customerId: 7 }, { email: 'pos@shop.example' }])
    it(`joins nobody by an ${'email' in key ? 'email' : 'account'} with more than 200 orders without a phone`, async () => {
      const loose = Array.from({ length: 200 }, (_, n) => order(n + 1, { daysAgo: 5, ...key }));
      await saveMany(loose);
      await save(order(801, { daysAgo: 70, phone: A, ...key }), order(802, { daysAgo: 60, phone: B, ...key }));
      expect(await customer(B)).to.include({ paidOrders: 201 });
      expect(await customer(A)).to.include({ replacedAt: NOON - 5 * DAY });

      await save(order(500, { daysAgo: 4, ...key }));
      expect(new Set(await persons())).to.deep.equal(new Set([null, A, B]));
      expect(await customer(B)).to.include({ paidOrders: 1 });
      expect(await customer(A)).to.include({ replacedAt: null });
      await save(order(803, { daysAgo: 3, phone: C, ...key }));
      expect(await customer(C)).to.include({ paidOrders: 1 });

      await forgetOrders(database(), [803, 500], RULES);
      expect(await customer(B)).to.include({ paidOrders: 201 });
      expect(await customer(A)).to.include({ replacedAt: NOON - 5 * DAY });
    });

  it('looks for no other number of a person who ordered with more than twenty accounts and emails', async () => {
    const emails = Array.from({ length: 21 }, (_, n) => `e${n}@shop.example`);
    await save(order(99, { daysAgo: 1, phone: B, email: emails[0]! }));
    await save(...emails.slice(1).map((email, n) => order(n + 1, { daysAgo: 70, phone: A, email })));
    await save(
      order(50, { daysAgo: 80, phone: A, email: emails[1]! }),
      order(98, { daysAgo: 2, phone: B, email: emails[1]! }),
    );
    expect((await customer(A))?.replacedAt, 'twenty').to.equal(NOON - 2 * DAY);
    await save(order(51, { daysAgo: 80, phone: A, email: emails[0]! }));
    expect((await customer(A))?.replacedAt, 'twenty-one').to.equal(null);
  });

  it('keeps the no of an account that is deleted, and joins no order by it any more', async () => {
    await save(
      order(1, { daysAgo: 70, phone: A, marketingConsent: true }),
      order(2, { daysAgo: 60, phone: C, customerId: 7, marketingConsent: true }),
      order(3, { daysAgo: 5, customerId: 7, email: 'ana@shop.example' }),
    );
    await saveAll(account(7, { phone: A, email: 'ana@shop.example', consent: false }), account(8, { consent: true }));
    expect(await persons()).to.deep.equal([A, C, A]);
    await removeAccounts(database(), [7, 8], RULES);
    expect(await persons()).to.deep.equal([A, C, C]);
    for (const phone of [A, C]) expect(await customer(phone)).to.include({ accountConsent: false });
    expect([await accountIds(database(), 0, 9), await countAccounts(database())]).to.deep.equal([[], 0]);
    await saveAll(account(7, { phone: A, consent: true }));
    expect(await customer(A), 'it was only hidden').to.include({ accountConsent: true });
  });

  it('lets a no count on an order without a phone too: who said it is known by the account', async () => {
    await save(
      order(1, { daysAgo: 70, customerId: 7, phone: A, marketingConsent: true }),
      order(2, { daysAgo: 5, customerId: 7, marketingConsent: false }),
    );
    expect(await customer(A)).to.include({ paidOrders: 2, orderConsent: false });
  });

  it('lets a yes on an order count for its own phone only', async () => {
    await save(
      order(1, { daysAgo: 70, customerId: 7, phone: A }),
      order(2, { daysAgo: 5, customerId: 7, marketingConsent: true }),
    );
    expect(await customer(A)).to.include({ paidOrders: 2, orderConsent: null });
  });

  it('loses no join where two write at the same time', async () => {
    const other = openDatabase({ ...database.options(), poolSize: 3 });
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        saveOrders(
          n % 2 === 0 ? database() : other,
          [order(n + 1, { daysAgo: 1, customerId: 100 + (n >> 1), phone: n % 2 === 0 ? A : null })],
          RULES,
        ),
      ),
    );
    await other.close();
    expect(await persons()).to.deep.equal(Array.from({ length: 12 }, () => A));
    expect((await customer(A))?.paidOrders).to.equal(12);
  });

  it('is the same in whatever order orders and accounts arrive, and in whatever pages', async () => {
    const history = fc.array(
      fc.record({
        daysAgo: fc.integer({ min: 1, max: 90 }),
        customerId: fc.integer({ min: 0, max: 2 }),
        phone: fc.option(fc.constantFrom(...PHONES)),
        email: fc.option(fc.constantFrom('x@shop.example', 'X@shop.example', 'y@shop.example')),
        status: fc.constantFrom('completed', 'completed', 'trash', 'pending'),
        marketingConsent: fc.option(fc.boolean()),
      }),
      { minLength: 3, maxLength: 9 },
    );
    const accounts = fc.array(
      fc.record({
        id: fc.integer({ min: 1, max: 2 }),
        phone: fc.option(fc.constantFrom(...PHONES)),
        email: fc.option(fc.constantFrom('x@shop.example', 'y@shop.example')),
        consent: fc.option(fc.boolean()),
      }),
      { maxLength: 2 },
    );
    await fc.assert(
      fc.asyncProperty(history, accounts, fc.infiniteStream(fc.nat(1_000)), async (placed, known, dice) => {
        const orders = placed.map((one, index) => order(index + 1, one));
        const unique = [...new Map(known.map((one) => [one.id, one])).values()];
        await emptyTables(database());
        if (unique.length > 0) await saveAll(...unique);
        await save(...orders);
        const atOnce = await outcome();
        await emptyTables(database());
        const steps = [
          ...orders.flatMap((one) => [
            () => save({ ...one, phone: B, customerId: 2, status: 'completed', modifiedAt: one.modifiedAt - SECOND }),
            () => save(one),
          ]),
          () => save(order(50, { daysAgo: 1, customerId: 1, phone: C, email: 'x@shop.example' })),
          ...unique.map((one) => () => saveAll(one)),
        ];
        const shuffled = steps
          .map((step) => ({ step, rank: Number(dice.next().value) }))
          .sort((a, b) => a.rank - b.rank);
        for (const { step } of shuffled) await step();
        await forgetOrders(database(), [50], RULES);
        expect(await outcome()).to.deep.equal(atOnce);
      }),
      { numRuns: 6 },
    );
  });
});
