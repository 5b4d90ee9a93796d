import { inArray, sql, type SQL } from 'drizzle-orm';
import type { Database } from './pool.js';

/** purchaseOf's rule (reengagement/purchase.ts) as a condition on the orders. */
export function isPurchase({ tables: { orders } }: Database, paidStatuses: readonly string[]): SQL {
  return sql`${inArray(orders.status, [...paidStatuses])} AND NOT (${orders.refunded} > 0 AND ${orders.refunded} >= ${orders.total})`;
}
