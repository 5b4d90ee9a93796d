import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { insertGroup, type NewAction } from './actions.js';
import type { Database, Orm } from './pool.js';

const GROUP = 500;

/**
 * Cancels what is pending of a hook and returns how many. A slot's key stays taken: its run is skipped, the next one comes. What a
 * canceled send had reserved is given back, and `deleteCoupon` makes the action that deletes its coupon.
 */
export async function cancelActions(
  database: Database,
  hook: string,
  group: string | undefined,
  now: number,
  deleteCoupon: (couponCode: string) => NewAction,
): Promise<number> {
  for (let canceled = 0; ;) {
    const piece = await database.transaction((tx) => cancelPiece(database, tx, { hook, group, now, deleteCoupon }));
    canceled += piece;
    if (piece < GROUP) return canceled;
  }
}

interface Cancellation {
  readonly hook: string;
  readonly group: string | undefined;
  readonly now: number;
  readonly deleteCoupon: (couponCode: string) => NewAction;
}

async function cancelPiece(database: Database, tx: Orm, cancellation: Cancellation): Promise<number> {
  const { hook, group, now, deleteCoupon } = cancellation;
  const { actions: a } = database.tables;
  const pending = await tx
    .select({ id: a.id })
    .from(a)
    .where(and(eq(a.hook, hook), eq(a.status, 'pending'), group === undefined ? undefined : eq(a.groupSlug, group)))
    .orderBy(asc(a.id))
    .limit(GROUP)
    .for('update');
  if (pending.length === 0) return 0;
  const ids = pending.map((row) => row.id);
  const coupons = await giveReservationsBack(database, tx, ids);
  if (coupons.length > 0) await insertGroup(database, tx, coupons.map(deleteCoupon), now);
  await tx
    .update(a)
    .set({
      status: 'canceled',
      unfinishedKey: null,
      endedAt: new Date(now),
      uniqueKey: sql`IF(${a.uniqueKey} LIKE 'slot:%', ${a.uniqueKey}, NULL)`,
    })
    .where(inArray(a.id, ids));
  return ids.length;
}

/** Returns the codes of the coupons that were reserved. */
async function giveReservationsBack(database: Database, tx: Orm, actionIds: readonly number[]): Promise<string[]> {
  const { reengagementLog: log } = database.tables;
  const reserved = and(inArray(log.actionId, [...actionIds]), eq(log.status, 'reserved'));
  const rows = await tx.select({ couponCode: log.couponCode }).from(log).where(reserved);
  if (rows.length > 0) await tx.delete(log).where(reserved);
  return rows.flatMap((row) => (row.couponCode === null ? [] : [row.couponCode]));
}
