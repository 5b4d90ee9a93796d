import { expect } from 'chai';
import fc from 'fast-check';
import { customersOf, inactivePage, type CustomerRow } from '../../src/db/customers.js';
import { boughtProducts, forgetOrders, saveOrders } from '../../src/db/orders.js';
import { openDatabase } from '../../src/db/pool.js';
import { mirroredIds } from '../../src/db/reconcile.js';
import { DAY, HOUR, SECOND } from '../../src/lib/clock.js';
import type { ShopOrder } from '../../src/reengagement/shop-facts.js';
import { useDatabase } from '../support/database.js';
import { emptyTables, NOON } from '../queue/support.js';

const PHONE = '+34612345678';
const OTHER = '+34600000001';
const PAID = ['completed', 'processing'];
const RULES = { paidStatuses: PAID, windowDays: 30 };

function order(id: number, changes: Partial<ShopOrder> = {}): ShopOrder {
  return {
    id,
    status: 'completed',
    currency: 'EUR',
    total: '40.00',
    refunded: '0',
    customerId: 0,
    phone: PHONE,
    email: 'ana@shop.example',
    firstName: 'Ana',
    country: 'ES',
    createdAt: NOON - 90 * DAY,
    paidAt: NOON - 90 * DAY,
    modifiedAt: NOON - 90 * DAY,
    items: [{ productId: 7, variationId: 0, quantity: 1 }],
    marketingConsent: null,
    language: null,
    ...changes,
  };
}

describe('the mirror of the orders', () => {
  const database = useDatabase();
  beforeEach(() => emptyTables(database()));

  const save = (...orders: readonly ShopOrder[]) => saveOrders(database(), orders, RULES);
  const customer = async (phone = PHONE): Promise<CustomerRow | null> =>
    (await customersOf(database(), [phone])).get(phone) ?? null;
  const mirror = async () => {
    const { orders, orderItems, customers } = database().tables;
    return await database().query(async (orm) => [
      await orm.select().from(orders).orderBy(orders.orderId),
      await orm.select().from(orderItems).orderBy(orderItems.orderId, orderItems.productId, orderItems.variationId),
      await orm.select().from(customers).orderBy(customers.phone),
    ]);
  };

  it('tells of a person what their orders say', async () => {
    await save(
      order(1, { firstName: 'Anna', language: 'es_ES' }),
      order(2, { createdAt: NOON - 70 * DAY, paidAt: NOON - 69 * DAY, total: '10.50', country: 'PT', email: null }),
    );
    expect(await customer()).to.deep.equal({
      phone: PHONE,
      firstName: 'Ana',
      email: 'ana@shop.example',
      country: 'PT',
      language: 'es_ES',
      lastPaidAt: NOON - 69 * DAY,
      paidOrders: 2,
      lifetimeValues: { EUR: '50.5' },
      orderConsent: null,
      accountConsent: null,
      undeliverableAt: null,
      replacedAt: null,
      lastInboundAt: null,
    });
  });

  it('is the same after the same page again', async () => {
    const page = [order(1, { marketingConsent: true }), order(2, { phone: OTHER }), order(3, { phone: null })];
    await save(...page);
    const once = await mirror();
    await save(...page);
    expect(await mirror()).to.deep.equal(once);
  });

  it('takes a refund off, and a fully refunded order is no purchase', async () => {
    await save(
      order(1, { refunded: '10.00' }),
      order(2, { refunded: '40.00', createdAt: NOON - 5 * DAY, paidAt: NOON - 5 * DAY }),
      order(3, { refunded: '45.00', createdAt: NOON - 4 * DAY, paidAt: NOON - 4 * DAY }),
    );
    expect(await customer()).to.deep.include({
      paidOrders: 1,
      lifetimeValues: { EUR: '30' },
      lastPaidAt: NOON - 90 * DAY,
    });
  });

  it('counts a free order as a purchase', async () => {
    await save(order(1, { total: '0.00' }));
    expect(await customer()).to.deep.include({ paidOrders: 1, lifetimeValues: { EUR: '0' } });
  });

  it('does not take a refund for a visit', async () => {
    await save(order(1, { refunded: '10.00', modifiedAt: NOON }));
    expect((await customer())?.lastPaidAt).to.equal(NOON - 90 * DAY);
  });

  it('counts only the configured statuses, and knows people who never paid', async () => {
    for (const [id, status] of ['pending', 'failed', 'cancelled', 'refunded', 'on-hold', 'checkout-draft'].entries())
      await save(order(id + 1, { status, paidAt: null }));
    expect(await customer()).to.deep.include({ paidOrders: 0, lastPaidAt: null, lifetimeValues: {}, firstName: 'Ana' });
    await saveOrders(database(), [order(9, { status: 'shipped' })], { ...RULES, paidStatuses: ['shipped'] });
    expect(await customer()).to.deep.include({ paidOrders: 1, lastPaidAt: NOON - 90 * DAY });
  });

  it('takes the time of the order where no payment was noted', async () => {
    await save(order(1, { paidAt: null, createdAt: NOON - 3 * DAY }));
    expect((await customer())?.lastPaidAt).to.equal(NOON - 3 * DAY);
  });

  it('forgets what a trashed order said, and takes it up again when it is restored', async () => {
    const one = order(1, { marketingConsent: true, language: 'es_ES' });
    await save(one);
    await save({ ...one, status: 'trash', modifiedAt: NOON });
    expect(await customer()).to.deep.include({
      paidOrders: 0,
      lastPaidAt: null,
      orderConsent: null,
      accountConsent: null,
      undeliverableAt: null,
      replacedAt: null,
      language: null,
      firstName: null,
    });
    await save({ ...one, modifiedAt: NOON + SECOND });
    expect(await customer()).to.deep.include({ paidOrders: 1, orderConsent: true });
  });

  it('moves an order whose phone was corrected', async () => {
    await save(order(1), order(2));
    await save(order(1, { phone: OTHER, modifiedAt: NOON }));
    expect((await customer())?.paidOrders).to.equal(1);
    expect((await customer(OTHER))?.paidOrders).to.equal(1);
    await save(order(2, { phone: null, modifiedAt: NOON }));
    expect(await customer()).to.deep.include({ paidOrders: 0, lastPaidAt: null, lifetimeValues: {} });
  });

  it('never adds amounts of different currencies', async () => {
    await save(order(1), order(2, { currency: 'USD', total: '7.25' }), order(3, { total: '0.10' }));
    expect((await customer())?.lifetimeValues).to.deep.equal({ EUR: '40.1', USD: '7.25' });
  });

  it('adds amounts exactly', async () => {
    await save(...Array.from({ length: 30 }, (_, n) => order(n + 1, { total: '123456789012345.10' })));
    expect((await customer())?.lifetimeValues).to.deep.equal({ EUR: '3703703670370353' });
  });

  it('knows guests by their phone, together with what they bought with an account', async () => {
    await save(order(1, { customerId: 0 }), order(2, { customerId: 12 }));
    expect((await customer())?.paidOrders).to.equal(2);
  });

  it('takes the consent of the newest order that has one', async () => {
    await save(
      order(1, { createdAt: NOON - 9 * DAY, marketingConsent: true }),
      order(2, { createdAt: NOON - 8 * DAY, marketingConsent: false }),
      order(3, { createdAt: NOON - 7 * DAY, marketingConsent: null }),
    );
    expect((await customer())?.orderConsent).to.equal(false);
    await save(order(4, { createdAt: NOON - 6 * DAY, marketingConsent: true, status: 'pending' }));
    expect((await customer())?.orderConsent).to.equal(true);
    await save(order(0, { createdAt: NOON - 20 * DAY, marketingConsent: false }));
    expect((await customer())?.orderConsent).to.equal(true);
  });

  it('keeps its newer copy of an order where an older one comes late', async () => {
    const newer = order(1, {
      total: '60.00',
      modifiedAt: NOON,
      items: [{ productId: 8, variationId: 0, quantity: 2 }],
    });
    await save(newer);
    const before = await mirror();
    await save(order(1, { phone: OTHER, status: 'trash', modifiedAt: NOON - SECOND }), order(2, { phone: OTHER }));
    expect((await mirror())[0]?.slice(0, 1)).to.deep.equal(before[0]);
    expect((await mirror())[1]?.slice(0, 1)).to.deep.equal(before[1]);
    expect(await customer()).to.deep.include({ paidOrders: 1, lifetimeValues: { EUR: '60' } });
    expect((await customer(OTHER))?.paidOrders).to.equal(1);
  });

  it('holds the newest copy of each order, in whatever order the copies come', async () => {
    const copies = fc.shuffledSubarray(
      [1, 2, 3, 4].map((n) =>
        order(1, {
          total: `${n}.00`,
          phone: n % 2 === 0 ? PHONE : OTHER,
          modifiedAt: NOON + n * SECOND,
          items: [{ productId: n, variationId: 0, quantity: 1 }],
        }),
      ),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(copies, async (list) => {
        await emptyTables(database());
        for (const copy of list) await save(copy);
        const newest = list.reduce((a, b) => (a.modifiedAt > b.modifiedAt ? a : b));
        const loser = newest.phone === PHONE ? OTHER : PHONE;
        expect((await customer(newest.phone!))?.lifetimeValues).to.deep.equal({ EUR: String(parseInt(newest.total)) });
        expect((await customer(loser))?.paidOrders ?? 0).to.equal(0);
        expect((await mirror())[1]).to.have.length(1);
      }),
      { numRuns: 12 },
    );
  });

  it('loses no order of a person whose orders are written by two at the same time', async () => {
    const other = openDatabase({ ...database.options(), poolSize: 3 });
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => saveOrders(n % 2 === 0 ? database() : other, [order(n + 1)], RULES)),
    );
    await other.close();
    expect(await customer()).to.deep.include({ paidOrders: 12, lifetimeValues: { EUR: '480' } });
  });

  it('keeps one row a product where an order lists it twice', async () => {
    const line = { productId: 7, variationId: 71, quantity: 2 };
    await save(order(1, { items: [line, line, { ...line, variationId: 72 }] }));
    const [, items] = await mirror();
    expect(items).to.deep.equal([
      { orderId: 1, productId: 7, variationId: 71, quantity: 4 },
      { orderId: 1, productId: 7, variationId: 72, quantity: 2 },
    ]);
  });

  it('takes the items of a changed order as they are now', async () => {
    await save(order(1, { items: [{ productId: 7, variationId: 0, quantity: 1 }] }));
    await save(order(1, { modifiedAt: NOON, items: [{ productId: 8, variationId: 0, quantity: 1 }] }));
    const [, items] = await mirror();
    expect(items).to.deep.equal([{ orderId: 1, productId: 8, variationId: 0, quantity: 1 }]);
  });

  it('cuts what is too long for it', async () => {
    await save(
      order(1, { firstName: 'é'.repeat(300), email: `${'x'.repeat(300)}@shop.example`, status: 's'.repeat(40) }),
    );
    expect((await customer())?.firstName).to.equal('é'.repeat(100));
  });

  it('forgets an order with its items, and keeps the row of a person who has none left', async () => {
    await save(order(1), order(2, { phone: OTHER, email: null }));
    expect(await forgetOrders(database(), [1, 77], RULES)).to.equal(1);
    const [orders, items] = await mirror();
    expect([orders, items].map((rows) => rows?.map((row) => 'orderId' in row && row.orderId))).to.deep.equal([
      [2],
      [2],
    ]);
    expect(await customer()).to.include({ paidOrders: 0, lastPaidAt: null, firstName: null, email: null });
    expect(await forgetOrders(database(), [1], RULES)).to.equal(0);
    expect(await forgetOrders(database(), [], RULES)).to.equal(0);
  });

  for (const gone of ['trashed', 'deleted for good', 'deleted from the trash'])
    it(`keeps the no of an order that is ${gone}, until a newer order says yes`, async () => {
      const no = order(2, { createdAt: NOON - 8 * DAY, marketingConsent: false });
      await save(order(1, { createdAt: NOON - 9 * DAY, marketingConsent: true }), no);
      if (gone !== 'deleted for good') await save({ ...no, status: 'trash', modifiedAt: NOON });
      if (gone !== 'trashed') expect(await forgetOrders(database(), [2], RULES)).to.equal(1);
      expect(await customer()).to.deep.include({ orderConsent: false, paidOrders: 1 });
      await save(order(3, { createdAt: NOON - 20 * DAY, marketingConsent: true }));
      expect((await customer())?.orderConsent, 'an older yes').to.equal(false);
      await save(order(4, { createdAt: NOON - 7 * DAY, marketingConsent: true }));
      expect((await customer())?.orderConsent, 'a newer one').to.equal(true);
    });

  it('keeps of a deleted order nothing but its no, and asks the shop for it no more', async () => {
    await save(order(1, { marketingConsent: false, language: 'es_ES', customerId: 7 }), order(2));
    await forgetOrders(database(), [1], RULES);
    const [orders, items] = await mirror();
    expect(orders?.[0]).to.deep.include({
      ...{ orderId: 1, phone: PHONE, person: PHONE, marketingConsent: 0, status: 'deleted', total: '0.00000000' },
      ...{ customerId: 0, email: null, firstName: null, country: null, language: null, paidAt: null },
    });
    expect(items?.map((row) => 'orderId' in row && row.orderId)).to.deep.equal([2]);
    expect(await mirroredIds(database(), 0, 9)).to.deep.equal([2]);
    await save(order(1, { marketingConsent: false }));
    expect(await customer(), 'restored from a backup').to.include({ paidOrders: 2 });
  });

  it('takes a page with nothing on it', async () => {
    await save();
    await save(order(1, { items: [], phone: null }));
    expect((await mirror())[2]).to.deep.equal([]);
  });

  it('lists inactive people in pages by phone, those at the border too, and never those who did not buy', async () => {
    const phones = Array.from({ length: 7 }, (_, n) => `+3460000000${n}`);
    await save(...phones.map((phone, n) => order(n + 1, { phone, paidAt: NOON - n * DAY })));
    await save(order(99, { status: 'pending', phone: '+34600000099' }));
    const found: string[] = [];
    for (let after = ''; ;) {
      const page = await inactivePage(database(), NOON - 2 * DAY, after, 2);
      if (page.length === 0) break;
      found.push(...page.map(({ phone }) => phone));
      after = found.at(-1)!;
    }
    expect(found).to.deep.equal(phones.slice(2));
  });
});

describe('what somebody bought', () => {
  const database = useDatabase();

  it('is known by product and by variation, with the last time, refunded and unpaid orders left out', async () => {
    const item = (productId: number, variationId = 0) => ({ productId, variationId, quantity: 1 });
    await saveOrders(
      database(),
      [
        order(1, { items: [item(7, 71), item(8)], paidAt: NOON - 9 * DAY }),
        order(2, { items: [item(7, 72)], paidAt: NOON - 5 * DAY }),
        order(3, { items: [item(9)], refunded: '40.00' }),
        order(4, { items: [item(10)], status: 'pending', paidAt: null }),
        order(5, { items: [item(0), item(11)], paidAt: null, createdAt: NOON - HOUR }),
        order(6, { items: [item(12)], phone: OTHER }),
      ],
      RULES,
    );
    const bought = await boughtProducts(database(), [PHONE, '+34600000077'], PAID);
    expect([...bought.keys()]).to.deep.equal([PHONE]);
    expect([...bought.get(PHONE)!.at].sort(([a], [b]) => a - b)).to.deep.equal([
      [7, NOON - 5 * DAY],
      [8, NOON - 9 * DAY],
      [11, NOON - HOUR],
      [71, NOON - 9 * DAY],
      [72, NOON - 5 * DAY],
    ]);
    expect([...bought.get(PHONE)!.parents].sort((a, b) => a - b)).to.deep.equal([7, 8, 11]);
    expect(await boughtProducts(database(), [], PAID)).to.deep.equal(new Map());
  });
});
