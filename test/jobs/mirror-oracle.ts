import { expect } from 'chai';
import { inArray } from 'drizzle-orm';
import type { Database } from '../../src/db/pool.js';
import type { PretendShop } from '../../src/sandbox/shop/pretend-shop.js';

type ShopOrder = PretendShop['orders'] extends ReadonlyMap<number, infer Order> ? Order : never;

/** What the shop's orders make of the person with this phone, reckoned in cents and without a line of the program. */
interface Person {
  paidOrders: number;
  lastPaidAt: number | null;
  cents: Record<string, number>;
}

const cents = (amount: string): number => Math.round(Number(amount) * 100);

/**
 * The mirror is what the shop has, order by order and person by person, and holds nothing that the shop has not. Each order has to carry a phone of
 * its own. What lies in the trash may be missing: if it was thrown there before the first walk, nobody ever saw it.
 */
export async function expectMirrored(database: Database, shop: PretendShop): Promise<void> {
  const { orders, customers } = database.tables;
  const mirrored = await database.query((orm) => orm.select().from(orders));
  const shown = mirrored.map((row) => ({
    id: row.orderId,
    status: row.status,
    currency: row.currency,
    total: cents(row.total),
    refunded: cents(row.refunded),
    createdAt: row.createdAt.getTime(),
    paidAt: row.paidAt?.getTime() ?? null,
    modifiedAt: row.modifiedAt.getTime(),
    phone: row.phone,
  }));
  const ids = new Set(shown.map(({ id }) => id));
  const wanted = [...shop.orders.values()].filter(({ id, status }) => status !== 'trash' || ids.has(id));
  const byId = (a: { id: number }, b: { id: number }) => a.id - b.id;
  expect(shown.sort(byId)).to.deep.equal(wanted.map(asMirrored).sort(byId));

  const people = peopleOf(shop);
  const rows = await database.query((orm) =>
    orm
      .select()
      .from(customers)
      .where(inArray(customers.phone, [...people.keys()])),
  );
  const found = rows.map(({ phone, paidOrders, lastPaidAt, lifetimeValues }) => {
    const values = Object.entries((lifetimeValues ?? {}) as Record<string, string>);
    return [
      phone,
      {
        paidOrders,
        lastPaidAt: lastPaidAt?.getTime() ?? null,
        cents: Object.fromEntries(values.map(([currency, amount]) => [currency, cents(amount)])),
      },
    ] as const;
  });
  for (const [phone, person] of people) expect(new Map(found).get(phone) ?? NOBODY, phone).to.deep.equal(person);
}

const NOBODY: Person = { paidOrders: 0, lastPaidAt: null, cents: {} };

function refundedOf(order: ShopOrder): number {
  return order.refunds.reduce((sum, { amount }) => sum + cents(amount), 0);
}

function asMirrored(order: ShopOrder) {
  const { id, status, currency, createdAt, paidAt, modifiedAt } = order;
  const { phone } = order.billing;
  return {
    id,
    status,
    currency,
    total: cents(order.total),
    refunded: refundedOf(order),
    createdAt,
    paidAt,
    modifiedAt,
    phone,
  };
}

function peopleOf(shop: PretendShop): Map<string, Person> {
  const people = new Map<string, Person>();
  for (const order of shop.orders.values()) {
    const person = people.get(order.billing.phone) ?? { paidOrders: 0, lastPaidAt: null, cents: {} };
    people.set(order.billing.phone, person);
    const [total, refunded] = [cents(order.total), refundedOf(order)];
    const isPaid = order.status === 'completed' || order.status === 'processing';
    if (!isPaid || (refunded > 0 && refunded >= total)) continue;
    person.paidOrders += 1;
    person.lastPaidAt = Math.max(person.lastPaidAt ?? 0, order.paidAt ?? order.createdAt);
    person.cents[order.currency] = (person.cents[order.currency] ?? 0) + total - refunded;
  }
  return people;
}
