import { and, eq, inArray, sql } from 'drizzle-orm';
import { insertGroup, type ActionRow, type NewAction } from './actions.js';
import { changeActions, type Changed } from './by-hand.js';
import type { ActionSelection } from './journal.js';
import type { Database, Orm } from './pool.js';

/**
 * Cancels the pending ones of these actions. A slot's key stays taken: its run is skipped, the next one comes. What a canceled send had
 * reserved is given back, and `deleteCoupon` makes the action that deletes its coupon.
 */
export async function cancelActions(
  database: Database,
  selection: ActionSelection,
  now: number,
  deleteCoupon: (couponCode: string) => NewAction,
  onChanged?: (count: number) => void,
): Promise<Changed> {
  const { actions: a } = database.tables;
  const cancel = async (tx: Orm, actions: readonly ActionRow[]) => {
    const ids = actions.map((action) => action.id);
    const coupons = await giveReservationsBack(database, tx, ids);
    if (coupons.length > 0) await insertGroup(database, tx, coupons.map(deleteCoupon), now);
    await tx
      .update(a)
      .set({
        status: 'canceled',
        reason: 'canceled',
        error: null,
        result: null,
        unfinishedKey: null,
        endedAt: new Date(now),
        uniqueKey: sql`IF(${a.uniqueKey} LIKE 'slot:%', ${a.uniqueKey}, NULL)`,
      })
      .where(inArray(a.id, ids));
    return [];
  };
  return await changeActions(database, 'cancel', selection, cancel, onChanged);
}

/** Returns the codes of the coupons that were reserved. */
async function giveReservationsBack(database: Database, tx: Orm, actionIds: readonly number[]): Promise<string[]> {
  const { reengagementLog: log } = database.tables;
  const reserved = and(inArray(log.actionId, [...actionIds]), eq(log.status, 'reserved'));
  const rows = await tx.select({ couponCode: log.couponCode }).from(log).where(reserved);
  if (rows.length > 0) await tx.delete(log).where(reserved);
  return rows.flatMap((row) => (row.couponCode === null ? [] : [row.couponCode]));
}
