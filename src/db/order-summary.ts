import { and, asc, isNotNull, sql, type SQL } from 'drizzle-orm';
import { addMoney } from '../lib/money.js';
import { replacedSince, type KeyPurchase } from '../reengagement/identity.js';
import { purchaseOf } from '../reengagement/purchase.js';
import { anyOf } from './any-of.js';
import { addCustomers } from './customers.js';
import { keysOf, purchasesByKey, type Key, type Settled } from './identity.js';
import type { Database, Orm } from './pool.js';
import { DELETED } from './purchase.js';

/** Works out anew what the orders and the accounts in the mirror say about these people (E.164, sorted), and locks their rows. */
export async function refreshCustomers(
  database: Database,
  tx: Orm,
  { persons: phones, standings }: Settled,
  paidStatuses: readonly string[],
): Promise<void> {
  if (phones.length === 0) return;
  const { orders, customers } = database.tables;
  // Before the orders are read: a neighbour who writes another order of the same person must be waited for, or one of the two is lost.
  await addCustomers(database, tx, phones);
  const rows = await tx
    .select()
    .from(orders)
    .where(anyOf(orders.person, phones))
    .orderBy(asc(orders.person), asc(orders.createdAt), asc(orders.orderId));
  const byPhone = new Map<string, typeof rows>(phones.map((phone) => [phone, []]));
  for (const row of rows) if (row.person !== null) byPhone.get(row.person)?.push(row);
  const keys = new Set([...byPhone.values()].flatMap(joiningKeys));
  const purchases = await purchasesByKey(database, tx, keys, standings, paidStatuses);
  const consentOf = await accountConsents(database, tx, byPhone);
  const taken = (column: string) => sql.raw(`VALUES(${column})`);
  await tx
    .insert(customers)
    // undeliverable_at only carries the newest order into the comparison below: the rows are there already.
    .values(
      [...byPhone].map(([phone, list]) => ({
        phone,
        ...summarise(phone, list, paidStatuses, purchases),
        accountConsent: consentOf(phone, list),
        undeliverableAt: newestWith(phone, list),
      })),
    )
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
        accountConsent: taken('account_consent'),
        replacedAt: taken('replaced_at'),
        undeliverableAt: sql`IF(${taken('undeliverable_at')} > ${customers.undeliverableAt}, NULL, ${customers.undeliverableAt})`,
      },
    });
}

type StoredOrder = Database['tables']['orders']['$inferSelect'];

/** When somebody last ordered with this very number: it is in use again. */
function newestWith(phone: string, orders: readonly StoredOrder[]): Date | null {
  return orders.findLast((order) => order.phone === phone && isLive(order))?.createdAt ?? null;
}

/** What the orders of one person, oldest first, say about them. A refund is no visit. */
function summarise(
  phone: string,
  orders: readonly StoredOrder[],
  paidStatuses: readonly string[],
  purchases: ReadonlyMap<Key, readonly KeyPurchase[]>,
) {
  const live = orders.filter(isLive);
  const newest = <T>(value: (order: StoredOrder) => T | null): T | null =>
    live.reduce<T | null>((found, order) => value(order) ?? found, null);
  const lifetimeValues: Record<string, string> = {};
  const paidAt: number[] = [];
  for (const order of orders) {
    const times = { createdAt: order.createdAt.getTime(), paidAt: order.paidAt?.getTime() ?? null };
    const purchase = purchaseOf({ ...order, ...times }, paidStatuses);
    if (purchase === null) continue;
    paidAt.push(purchase.at);
    lifetimeValues[order.currency] = addMoney(lifetimeValues[order.currency] ?? '0', purchase.net);
  }
  const lastPaidAt = paidAt.length === 0 ? null : Math.max(...paidAt);
  const shared = joiningKeys(orders).flatMap((key) => purchases.get(key) ?? []);
  return {
    firstName: newest((order) => order.firstName),
    email: newest((order) => order.email),
    country: newest((order) => order.country),
    language: newest((order) => order.language),
    lastPaidAt: dateOf(lastPaidAt),
    paidOrders: paidAt.length,
    lifetimeValues,
    orderConsent: newestConsent(orders),
    replacedAt: dateOf(replacedSince(phone, shared, lastPaidAt)),
  };
}

/**
 * A yes counts for the phone on the order, while the order stands. A no is the person's, however it was found that the order is theirs, and
 * stays said when the order is thrown away: an older yes would hold again.
 */
function newestConsent(orders: readonly StoredOrder[]): number | null {
  const said = orders.filter((order) => order.marketingConsent === 0 || (order.phone !== null && isLive(order)));
  return said.reduce<number | null>((found, { marketingConsent }) => marketingConsent ?? found, null);
}

function isLive({ status }: StoredOrder): boolean {
  return status !== 'trash' && status !== DELETED;
}

/** A phone with more accounts and emails is a till's own: whoever bought under those is not looked for. */
const MOST_KEYS = 20;

function joiningKeys(orders: readonly StoredOrder[]): Key[] {
  const keys = new Set(orders.filter(isLive).flatMap(keysOf));
  return keys.size > MOST_KEYS ? [] : [...keys];
}

function dateOf(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}

/**
 * What the shop's accounts say of a person: any no counts, of an account with the phone and of one that the person ordered with; else a
 * yes of an account with the phone.
 */
async function accountConsents(
  database: Database,
  tx: Orm,
  orders: ReadonlyMap<string, readonly StoredOrder[]>,
): Promise<(phone: string, orders: readonly StoredOrder[]) => number | null> {
  const { accounts: a } = database.tables;
  const ids = [...new Set([...orders.values()].flat().map(({ customerId }) => customerId))].filter((id) => id > 0);
  const said = async (where: SQL) =>
    await tx
      .select({ id: a.customerId, phone: a.phone, consent: a.consent })
      .from(a)
      .where(and(where, isNotNull(a.consent)));
  const own = await said(anyOf(a.phone, [...orders.keys()]));
  const refused = new Set(
    (ids.length === 0 ? [] : await said(anyOf(a.customerId, ids)))
      .filter(({ consent }) => consent === 0)
      .map(({ id }) => id),
  );
  const [noes, yeses] = [0, 1].map(
    (word) => new Set(own.filter((row) => row.consent === word).map(({ phone }) => phone)),
  );
  return (phone, list) => {
    if (noes?.has(phone) === true || list.some(({ customerId }) => refused.has(customerId))) return 0;
    return yeses?.has(phone) === true ? 1 : null;
  };
}
