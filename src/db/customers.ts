import { and, asc, gt, isNotNull, lte, sql } from 'drizzle-orm';
import { chunks } from '../lib/group.js';
import { anyOf } from './any-of.js';
import type { Database, Orm } from './pool.js';

/** One person, by E.164 phone with plus: what the shop's orders say. */
export interface CustomerRow {
  readonly phone: string;
  readonly firstName: string | null;
  readonly email: string | null;
  readonly country: string | null;
  readonly language: string | null;
  readonly lastPaidAt: number | null;
  readonly paidOrders: number;
  /** Currency to decimal string: paid orders net of refunds. Never added across. */
  readonly lifetimeValues: Readonly<Record<string, string>>;
  readonly orderConsent: boolean | null;
  /** What the shop's accounts with this phone say. */
  readonly accountConsent: boolean | null;
  /** When Meta said for good that the number cannot be reached (ms). */
  readonly undeliverableAt: number | null;
  /** Since when this person buys under another phone (ms). */
  readonly replacedAt: number | null;
  readonly lastInboundAt: number | null;
}

/** Rows for phones that no order has yet, so that a reservation has something to lock. Sorted: one lock order everywhere. */
export async function ensureCustomers(database: Database, phones: readonly string[]): Promise<void> {
  for (const group of chunks([...new Set(phones)].sort(), 500))
    await database.query((orm) => addCustomers(database, orm, group));
}

/** For sorted phones. Inside a transaction their rows are locked, those that were there already too. */
export async function addCustomers(database: Database, orm: Orm, phones: readonly string[]): Promise<void> {
  const { customers } = database.tables;
  await orm
    .insert(customers)
    .values(phones.map((phone) => ({ phone })))
    .onDuplicateKeyUpdate({ set: { phone: sql`${customers.phone}` } });
}

/** Locks the rows of these phones, in order. The index is forced: with a few hundred rows the optimiser would scan and lock them all. */
export async function lockCustomers(database: Database, tx: Orm, phones: readonly string[]): Promise<void> {
  const { customers } = database.tables;
  await tx.execute(sql`
    SELECT phone FROM ${customers} FORCE INDEX (PRIMARY) WHERE ${anyOf(customers.phone, phones)} ORDER BY phone FOR UPDATE`);
}

export async function customersOf(database: Database, phones: readonly string[]): Promise<Map<string, CustomerRow>> {
  if (phones.length === 0) return new Map();
  const { customers } = database.tables;
  const rows = await database.query((orm) => orm.select().from(customers).where(anyOf(customers.phone, phones)));
  return new Map(rows.map((row) => [row.phone, toCustomer(row)]));
}

/** A page of the people whose last purchase lies at or before `before` (ms), by phone; start with an empty `after`. */
export async function inactivePage(
  database: Database,
  before: number,
  after: string,
  limit: number,
): Promise<CustomerRow[]> {
  const { customers } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select()
      .from(customers)
      .where(
        and(isNotNull(customers.lastPaidAt), lte(customers.lastPaidAt, new Date(before)), gt(customers.phone, after)),
      )
      .orderBy(asc(customers.phone))
      .limit(limit),
  );
  return rows.map(toCustomer);
}

type Stored = Database['tables']['customers']['$inferSelect'];

function toCustomer(row: Stored): CustomerRow {
  return {
    ...row,
    lastPaidAt: row.lastPaidAt?.getTime() ?? null,
    lifetimeValues: (row.lifetimeValues ?? {}) as Record<string, string>,
    orderConsent: row.orderConsent === null ? null : row.orderConsent === 1,
    accountConsent: row.accountConsent === null ? null : row.accountConsent === 1,
    undeliverableAt: row.undeliverableAt?.getTime() ?? null,
    replacedAt: row.replacedAt?.getTime() ?? null,
    lastInboundAt: row.lastInboundAt?.getTime() ?? null,
  };
}
