import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import { chunks } from '../lib/group.js';
import type { AttributionRules } from '../reengagement/attribution.js';
import type { ShopOrder } from '../reengagement/shop-facts.js';
import { anyOf } from './any-of.js';
import { attributePhones } from './conversions.js';
import { fit } from './fit.js';
import { holdIdentities, settlePersons, type OrderIdentity } from './identity.js';
import { refreshCustomers } from './order-summary.js';
import type { Database, Orm } from './pool.js';
import { DELETED, isPurchase } from './purchase.js';
import { fromUtc } from './utc.js';

/**
 * Writes a page of orders into the mirror and works out anew what it says about the people on it, and what messages to them brought, in
 * one transaction. Writing the same page again changes nothing, and a copy that is older than the mirror's is left out. Returns how many
 * conversions changed.
 */
export async function saveOrders(
  database: Database,
  orders: readonly ShopOrder[],
  rules: AttributionRules,
): Promise<number> {
  if (orders.length === 0) return 0;
  return await database.transaction(async (tx) => {
    await holdIdentities(database, tx);
    const stored = await storedOrders(
      database,
      tx,
      orders.map((order) => order.id),
    );
    const fresh = orders.filter((order) => (stored.get(order.id)?.modifiedAt.getTime() ?? 0) <= order.modifiedAt);
    if (fresh.length === 0) return 0;
    const before = fresh.map((order) => stored.get(order.id)).filter((order) => order !== undefined);
    const after = fresh.map((order) => withPerson(order, stored.get(order.id)));
    await writeOrders(database, tx, after);
    const settled = await settlePersons(database, tx, { before, after, keys: [] }, rules.paidStatuses);
    await refreshCustomers(database, tx, settled, rules.paidStatuses);
    return await attributePhones(database, tx, settled.persons, rules);
  });
}

/** As it is written: an order without a phone stays with whom it was until that is settled. */
function withPerson<O extends ShopOrder>(order: O, stored: OrderIdentity | undefined): O & OrderIdentity {
  const own = order.phone ?? (stored?.phone === null ? stored.person : null);
  return { ...order, email: order.email?.toLowerCase().slice(0, 191) ?? null, person: own };
}

/**
 * Takes these orders out of the mirror, with their items and what they brought, in one transaction, and works out anew what is left of
 * their people: whoever has no order left keeps the row that is locked for them. Of an order that said no to messages that no stays, with its
 * phone and its time: else an older yes would hold again. Returns how many of the orders were there.
 */
export async function forgetOrders(
  database: Database,
  ids: readonly number[],
  rules: AttributionRules,
): Promise<number> {
  if (ids.length === 0) return 0;
  return await database.transaction(async (tx) => {
    await holdIdentities(database, tx);
    const before = [...(await storedOrders(database, tx, ids)).values()];
    if (before.length === 0) return 0;
    const { orders, orderItems } = database.tables;
    await tx.delete(orderItems).where(inArray(orderItems.orderId, [...ids]));
    const isRefusal = sql`(${orders.marketingConsent} <=> 0 AND ${orders.phone} IS NOT NULL)`;
    await tx.delete(orders).where(and(inArray(orders.orderId, [...ids]), sql`NOT ${isRefusal}`));
    const erased = { customerId: 0, email: null, firstName: null, country: null, language: null, paidAt: null };
    await tx
      .update(orders)
      .set({ ...erased, status: DELETED, total: '0', refunded: '0' })
      .where(inArray(orders.orderId, [...ids]));
    const settled = await settlePersons(database, tx, { before, after: [], keys: [] }, rules.paidStatuses);
    await refreshCustomers(database, tx, settled, rules.paidStatuses);
    // It takes away what they brought, too: no message can have brought an order that is not there.
    await attributePhones(database, tx, settled.persons, rules);
    return before.length;
  });
}

/** Locked, so that nobody writes a newer copy between this look and our writing. */
async function storedOrders(database: Database, tx: Orm, ids: readonly number[]) {
  const { orders } = database.tables;
  const rows = await tx
    .select({
      id: orders.orderId,
      phone: orders.phone,
      person: orders.person,
      customerId: orders.customerId,
      email: orders.email,
      modifiedAt: orders.modifiedAt,
    })
    .from(orders)
    .where(inArray(orders.orderId, [...ids]))
    .orderBy(asc(orders.orderId))
    .for('update');
  return new Map(rows.map((row) => [row.id, row]));
}

async function writeOrders(database: Database, tx: Orm, list: readonly (ShopOrder & OrderIdentity)[]): Promise<void> {
  const { orders, orderItems } = database.tables;
  const taken = (column: string) => sql.raw(`VALUES(${column})`);
  await tx
    .insert(orders)
    .values(
      list.map((order) => ({
        orderId: order.id,
        phone: order.phone,
        person: order.person,
        customerId: order.customerId,
        email: order.email,
        firstName: order.firstName === null ? null : fit(order.firstName, 100),
        country: order.country?.slice(0, 20) ?? null,
        language: order.language?.slice(0, 20) ?? null,
        status: order.status.slice(0, 20),
        currency: order.currency,
        total: order.total,
        refunded: order.refunded,
        marketingConsent: order.marketingConsent === null ? null : Number(order.marketingConsent),
        createdAt: new Date(order.createdAt),
        paidAt: order.paidAt === null ? null : new Date(order.paidAt),
        modifiedAt: new Date(order.modifiedAt),
      })),
    )
    .onDuplicateKeyUpdate({
      set: {
        phone: taken('phone'),
        person: taken('person'),
        customerId: taken('customer_id'),
        email: taken('email'),
        firstName: taken('first_name'),
        country: taken('country'),
        language: taken('language'),
        status: taken('status'),
        currency: taken('currency'),
        total: taken('total'),
        refunded: taken('refunded'),
        marketingConsent: taken('marketing_consent'),
        createdAt: taken('created_at'),
        paidAt: taken('paid_at'),
        modifiedAt: taken('modified_at'),
      },
    });
  await tx.delete(orderItems).where(
    inArray(
      orderItems.orderId,
      list.map((order) => order.id),
    ),
  );
  const items = list.flatMap((order) => mergeItems(order));
  for (const group of chunks(items, 500)) await tx.insert(orderItems).values(group);
}

/** One row a product: a shop may list the same product on two lines. */
function mergeItems(order: ShopOrder) {
  const merged = new Map<string, { orderId: number; productId: number; variationId: number; quantity: number }>();
  for (const item of order.items) {
    const key = `${item.productId}/${item.variationId}`;
    const quantity = (merged.get(key)?.quantity ?? 0) + item.quantity;
    merged.set(key, { orderId: order.id, productId: item.productId, variationId: item.variationId, quantity });
  }
  return [...merged.values()];
}

/** What each of these people bought, and when last (ms): keyed by phone, then by product id and variation id alike. */
export async function boughtProducts(
  database: Database,
  phones: readonly string[],
  paidStatuses: readonly string[],
): Promise<Map<string, { at: Map<number, number>; parents: Set<number> }>> {
  const found = new Map<string, { at: Map<number, number>; parents: Set<number> }>();
  if (phones.length === 0) return found;
  const { orders, orderItems } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({
        phone: orders.person,
        productId: orderItems.productId,
        variationId: orderItems.variationId,
        at: sql<string>`MAX(COALESCE(${orders.paidAt}, ${orders.createdAt}))`,
      })
      .from(orders)
      .innerJoin(orderItems, eq(orderItems.orderId, orders.orderId))
      .where(and(anyOf(orders.person, phones), isPurchase(database, paidStatuses), gt(orderItems.productId, 0)))
      .groupBy(orders.person, orderItems.productId, orderItems.variationId),
  );
  for (const row of rows) {
    if (row.phone === null) continue;
    const bought = found.get(row.phone) ?? { at: new Map<number, number>(), parents: new Set<number>() };
    const at = fromUtc(row.at);
    for (const id of [row.productId, row.variationId])
      if (id > 0) bought.at.set(id, Math.max(at, bought.at.get(id) ?? 0));
    bought.parents.add(row.productId);
    found.set(row.phone, bought);
  }
  return found;
}
