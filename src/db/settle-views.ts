import { and, eq, inArray } from 'drizzle-orm';
import { chunks } from '../lib/group.js';
import { canonicalPhone, phoneSpellings } from '../lib/phone.js';
import type { AnsweredView } from '../reengagement/endings.js';
import { anyOf } from './any-of.js';
import { byKey } from './case.js';
import type { Database, Orm } from './pool.js';
import { secondDate } from './utc.js';

const GROUP = 1_000;

/** Writes down what messages have told: views that waited wait no longer, and a price that was told is known. */
export async function settleViews(
  database: Database,
  tx: Orm,
  answered: readonly AnsweredView[],
  now: number,
): Promise<void> {
  const { productViews: views } = database.tables;
  const back = answered.filter((view) => view.priceTold === null).map((view) => view.id);
  for (const ids of chunks(await withOlder(database, tx, back), GROUP))
    await tx
      .update(views)
      .set({ inStock: 1, stockToldAt: secondDate(now) })
      .where(inArray(views.id, ids));
  const dropped = answered.filter((view) => view.priceTold !== null);
  if (dropped.length === 0) return;
  const prices = dropped.map((view) => [view.id, view.priceTold] as const);
  await tx
    .update(views)
    .set({ priceTold: byKey(views.id, prices) })
    .where(
      inArray(
        views.id,
        dropped.map((view) => view.id),
      ),
    );
}

/** These views, and the older ones of the same people and products that wait: a message names only the newest of many. */
async function withOlder(database: Database, tx: Orm, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return [];
  const { productViews: v } = database.tables;
  const columns = { id: v.id, phone: v.customerPhone, productId: v.productId, viewedAt: v.viewedAt };
  const named = await tx.select(columns).from(v).where(anyOf(v.id, ids));
  const keyOf = (row: (typeof named)[number]) => `${canonicalPhone(row.phone)} ${row.productId}`;
  const newest = new Map<string, number>();
  for (const row of named) newest.set(keyOf(row), Math.max(row.viewedAt.getTime(), newest.get(keyOf(row)) ?? 0));
  const phones = new Set(named.flatMap((row) => phoneSpellings(row.phone)));
  // The index has to be named: the one of all that wait looks good to the optimiser.
  const waiting = await tx
    .select(columns)
    .from(v, { forceIndex: 'idx_customer_product' })
    .where(and(anyOf(v.customerPhone, [...phones]), eq(v.inStock, 0)));
  const older = waiting.filter((row) => row.viewedAt.getTime() <= (newest.get(keyOf(row)) ?? -Infinity));
  return [...new Set([...named, ...older].map((row) => row.id))].sort((a, b) => a - b);
}
