import { and, asc, count, gt, ne } from 'drizzle-orm';
import { anyOf } from './any-of.js';
import type { Database } from './pool.js';
import { DELETED } from './purchase.js';

/** The ids of the mirrored orders behind `after`, ascending, without those that are known to be deleted. */
export async function mirroredIds(database: Database, after: number, limit: number): Promise<number[]> {
  const { orders } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ id: orders.orderId })
      .from(orders)
      .where(and(gt(orders.orderId, after), ne(orders.status, DELETED)))
      .orderBy(asc(orders.orderId))
      .limit(limit),
  );
  return rows.map(({ id }) => id);
}

/** Reads an index from end to end. */
export async function countMirrored(database: Database): Promise<number> {
  const { orders } = database.tables;
  const [row] = await database.query((orm) => orm.select({ orders: count() }).from(orders));
  return row?.orders ?? 0;
}

/** When each of these orders was placed, milliseconds, as the mirror has it; one that it has not is absent. */
export async function createdTimes(database: Database, ids: readonly number[]): Promise<Map<number, number>> {
  if (ids.length === 0) return new Map();
  const { orders } = database.tables;
  const rows = await database.query((orm) =>
    orm.select({ id: orders.orderId, createdAt: orders.createdAt }).from(orders).where(anyOf(orders.orderId, ids)),
  );
  return new Map(rows.map(({ id, createdAt }) => [id, createdAt.getTime()]));
}
