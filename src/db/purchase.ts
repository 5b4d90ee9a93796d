import { inArray, sql, type SQL } from 'drizzle-orm';
import type { Database } from './pool.js';

/** The status of an order that the shop has no longer, of which only its no to messages is kept. */
export const DELETED = 'deleted';

/** purchaseOf's rule (reengagement/purchase.ts) as a condition on the orders. */
export function isPurchase({ tables: { orders } }: Database, paidStatuses: readonly string[]): SQL {
  return sql`${inArray(orders.status, [...paidStatuses])} AND NOT (${orders.refunded} > 0 AND ${orders.refunded} >= ${orders.total})`;
}
