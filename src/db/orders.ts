import { and, asc, eq, gt, inArray, sql, type SQL } from 'drizzle-orm';
import { chunks } from '../lib/group.js';
import { addMoney } from '../lib/money.js';
import type { AttributionRules } from '../reengagement/attribution.js';
import { purchaseOf } from '../reengagement/purchase.js';
import type { ShopOrder } from '../reengagement/shop-facts.js';
import { anyOf } from './any-of.js';
import { attributePhones } from './conversions.js';
import { addCustomers } from './customers.js';
import type { Database, Orm } from './pool.js';
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
    const stored = await storedOrders(
      database,
      tx,
      orders.map((order) => order.id),
    );
    const fresh = orders.filter((order) => (stored.get(order.id)?.modifiedAt.getTime() ?? 0) <= order.modifiedAt);
    if (fresh.length === 0) return 0;
    await writeOrders(database, tx, fresh);
    const both = fresh.flatMap((order) => [stored.get(order.id)?.phone ?? null, order.phone]);
    const phones = [...new Set(both.filter((phone) => phone !== null))].sort();
    await refreshCustomers(database, tx, phones, rules.paidStatuses);
    return await attributePhones(database, tx, phones, rules);
  });
}

/** Locked, so that nobody writes a newer copy between this look and our writing. */
async function storedOrders(database: Database, tx: Orm, ids: readonly number[]) {
  const { orders } = database.tables;
  const rows = await tx
    .select({ id: orders.orderId, phone: orders.phone, modifiedAt: orders.modifiedAt })
    .from(orders)
    .where(inArray(orders.orderId, [...ids]))
    .orderBy(asc(orders.orderId))
    .for('update');
  return new Map(rows.map((row) => [row.id, row]));
}

async function writeOrders(database: Database, tx: Orm, list: readonly ShopOrder[]): Promise<void> {
  const { orders, orderItems } = database.tables;
  const taken = (column: string) => sql.raw(`VALUES(${column})`);
  await tx
    .insert(orders)
    .values(
      list.map((order) => ({
        orderId: order.id,
        phone: order.phone,
        customerId: order.customerId,
        email: order.email?.slice(0, 191) ?? null,
        firstName: order.firstName?.slice(0, 100) ?? null,
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

async function refreshCustomers(
  database: Database,
  tx: Orm,
  phones: readonly string[],
  paidStatuses: readonly string[],
): Promise<void> {
  if (phones.length === 0) return;
  const { orders, customers } = database.tables;
  // Before the orders are read: a neighbour who writes another order of the same person must be waited for, or one of the two is lost.
  await addCustomers(database, tx, phones);
  const rows = await tx
    .select()
    .from(orders)
    .where(inArray(orders.phone, [...phones]))
    .orderBy(asc(orders.phone), asc(orders.createdAt), asc(orders.orderId));
  const byPhone = new Map<string, typeof rows>(phones.map((phone) => [phone, []]));
  for (const row of rows) if (row.phone !== null) byPhone.get(row.phone)?.push(row);
  const taken = (column: string) => sql.raw(`VALUES(${column})`);
  await tx
    .insert(customers)
    .values([...byPhone].map(([phone, list]) => ({ phone, ...summarise(list, paidStatuses) })))
    .onDuplicateKeyUpdate({
      set: {
        firstName: taken('first_name'),
        email: taken('email'),
        country: taken('country'),
        language: taken('language'),
        lastPaidAt: taken('last_paid_at'),
        paidOrders: taken('paid_orders'),
        lifetimeValues: taken('lifetime_values'),
        orderConsent: taken('order_consent'),
      },
    });
}

type StoredOrder = Database['tables']['orders']['$inferSelect'];

/** What the orders of one person, oldest first, say about them. A refund is no visit. */
function summarise(orders: readonly StoredOrder[], paidStatuses: readonly string[]) {
  const live = orders.filter((order) => order.status !== 'trash');
  const newest = <T>(value: (order: StoredOrder) => T | null): T | null =>
    live.reduce<T | null>((found, order) => value(order) ?? found, null);
  const lifetimeValues: Record<string, string> = {};
  const purchases: number[] = [];
  for (const order of orders) {
    const times = { createdAt: order.createdAt.getTime(), paidAt: order.paidAt?.getTime() ?? null };
    const purchase = purchaseOf({ ...order, ...times }, paidStatuses);
    if (purchase === null) continue;
    purchases.push(purchase.at);
    lifetimeValues[order.currency] = addMoney(lifetimeValues[order.currency] ?? '0', purchase.net);
  }
  return {
    firstName: newest((order) => order.firstName),
    email: newest((order) => order.email),
    country: newest((order) => order.country),
    language: newest((order) => order.language),
    lastPaidAt: purchases.length === 0 ? null : new Date(Math.max(...purchases)),
    paidOrders: purchases.length,
    lifetimeValues,
    orderConsent: newest((order) => order.marketingConsent),
  };
}

/** summarise's rule for a purchase, as a condition on the orders. */
export function isPurchase({ tables: { orders } }: Database, paidStatuses: readonly string[]): SQL {
  return sql`${inArray(orders.status, [...paidStatuses])} AND NOT (${orders.refunded} > 0 AND ${orders.refunded} >= ${orders.total})`;
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
        phone: orders.phone,
        productId: orderItems.productId,
        variationId: orderItems.variationId,
        at: sql<string>`MAX(COALESCE(${orders.paidAt}, ${orders.createdAt}))`,
      })
      .from(orders)
      .innerJoin(orderItems, eq(orderItems.orderId, orders.orderId))
      .where(and(anyOf(orders.phone, phones), isPurchase(database, paidStatuses), gt(orderItems.productId, 0)))
      .groupBy(orders.phone, orderItems.productId, orderItems.variationId),
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
