import { and, asc, count, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { phoneSpellings } from '../lib/phone.js';
import { isPurchase } from './orders.js';
import type { Database } from './pool.js';
import { utcMilli } from './utc.js';

/** How many people have bought something, and how many of them last did at or before a moment. */
export interface AudienceCount {
  readonly customers: number;
  readonly inactive: number;
}

/** Everyone with a phone and a purchase. `before`: milliseconds, UTC. */
export async function countCustomers(database: Database, before: number): Promise<AudienceCount> {
  const { customers } = database.tables;
  const [row] = await database.query((orm) =>
    orm
      .select({
        customers: count(),
        inactive: count(sql`CASE WHEN ${customers.lastPaidAt} <= ${utcMilli(before)} THEN 1 END`),
      })
      .from(customers)
      .where(isNotNull(customers.lastPaidAt)),
  );
  return row ?? { customers: 0, inactive: 0 };
}

/**
 * People none of whose purchases carries a usable phone: by account, and guests by e-mail. Who left neither cannot be told from others and
 * is not counted. `before`: milliseconds, UTC.
 */
export async function countWithoutPhone(
  database: Database,
  paidStatuses: readonly string[],
  before: number,
): Promise<AudienceCount> {
  const { orders } = database.tables;
  const [rows] = await database.query((orm) =>
    orm.execute(sql`
      SELECT COUNT(*) AS customers, COUNT(CASE WHEN last_at <= ${utcMilli(before)} THEN 1 END) AS inactive
      FROM (
        SELECT MAX(COALESCE(paid_at, created_at)) AS last_at
        FROM ${orders}
        WHERE ${isPurchase(database, paidStatuses)} AND (customer_id > 0 OR email <> '')
        GROUP BY customer_id, CASE WHEN customer_id = 0 THEN LOWER(email) END
        HAVING COUNT(phone) = 0
      ) AS people`),
  );
  const [row] = rows as unknown as AudienceCount[];
  return row ?? { customers: 0, inactive: 0 };
}

/** Product views that somebody else wrote and that are not adopted yet, since `since` (ms). */
export async function countForeignViews(database: Database, since: number): Promise<number> {
  const { productViews: v } = database.tables;
  const [row] = await database.query((orm) =>
    orm
      .select({ views: count() })
      .from(v)
      .where(and(isNull(v.source), gt(v.viewedAt, new Date(since)))),
  );
  return row?.views ?? 0;
}

/** Which of these keys an action holds; an action that is refused for one of them would say the same thing twice. */
export async function takenKeys(
  database: Database,
  keys: { readonly unique: readonly string[]; readonly unfinished: readonly string[] },
): Promise<Set<string>> {
  if (keys.unique.length + keys.unfinished.length === 0) return new Set();
  const { actions: a } = database.tables;
  // Two statements in one: an OR over two indexes may read the whole table.
  const [rows] = await database.query((orm) =>
    orm.execute(sql`
      SELECT unique_key AS taken FROM ${a} WHERE ${inArray(a.uniqueKey, [...keys.unique])}
      UNION ALL
      SELECT unfinished_key AS taken FROM ${a} WHERE ${inArray(a.unfinishedKey, [...keys.unfinished])}`),
  );
  return new Set((rows as unknown as { readonly taken: string }[]).map(({ taken }) => taken));
}

/** What these people found out of stock since `since` (ms) and wait for, in the order of waitingPhones: the phone is as stored. */
export async function waitingViews(
  database: Database,
  phones: readonly string[],
  since: number,
): Promise<{ readonly phone: string; readonly productId: number }[]> {
  if (phones.length === 0) return [];
  const { productViews: v } = database.tables;
  return await database.query((orm) =>
    orm
      .selectDistinct({ phone: v.customerPhone, productId: v.productId })
      .from(v)
      .where(
        and(
          eq(v.inStock, 0),
          inArray(v.customerPhone, phones.flatMap(phoneSpellings)),
          gt(v.viewedAt, new Date(since)),
          isNotNull(v.source),
        ),
      )
      .orderBy(asc(v.customerPhone)),
  );
}
