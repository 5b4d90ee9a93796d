import { and, count, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Database } from './pool.js';
import { isPurchase } from './purchase.js';
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
 * People none of whose purchases carries a usable phone or leads to one: by account, and guests by e-mail. Who left neither cannot be told
 * from others and is not counted. `before`: milliseconds, UTC.
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
        HAVING COUNT(person) = 0
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
