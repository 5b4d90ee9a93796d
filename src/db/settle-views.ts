import { and, eq, inArray, isNotNull, type SQL } from 'drizzle-orm';
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
  const back = await withOlder(
    database,
    tx,
    answered.filter((view) => view.priceTold === null),
    eq(views.inStock, 0),
  );
  for (const group of chunks(back, GROUP))
    await tx
      .update(views)
      .set({ inStock: 1, stockToldAt: secondDate(now) })
      .where(inArray(views.id, group.map(idOf)));
  const dropped = await withOlder(
    database,
    tx,
    answered.filter((view) => view.priceTold !== null),
    isNotNull(views.priceAtView),
  );
  for (const group of chunks(dropped, GROUP)) {
    const prices = group.map((view) => [view.id, view.priceTold] as const);
    await tx
      .update(views)
      .set({ priceTold: byKey(views.id, prices) })
      .where(inArray(views.id, group.map(idOf)));
  }
}

const idOf = ({ id }: AnsweredView) => id;

/**
 * These views, and the older ones of the same people and products that are such: a message names only the newest of many. A price that was
 * told is known to all of them.
 */
async function withOlder(
  database: Database,
  tx: Orm,
  answered: readonly AnsweredView[],
  such: SQL,
): Promise<AnsweredView[]> {
  if (answered.length === 0) return [];
  const { productViews: v } = database.tables;
  const columns = { id: v.id, phone: v.customerPhone, productId: v.productId, viewedAt: v.viewedAt };
  const toldBy = new Map(answered.map(({ id, priceTold }) => [id, priceTold]));
  const named = await tx
    .select(columns)
    .from(v)
    .where(anyOf(v.id, answered.map(idOf)));
  const keyOf = (row: (typeof named)[number]) => `${canonicalPhone(row.phone)} ${row.productId}`;
  const newest = new Map<string, { readonly at: number; readonly priceTold: string | null }>();
  for (const row of named) {
    const at = row.viewedAt.getTime();
    if (at >= (newest.get(keyOf(row))?.at ?? -Infinity))
      newest.set(keyOf(row), { at, priceTold: toldBy.get(row.id) ?? null });
  }
  const phones = new Set(named.flatMap((row) => phoneSpellings(row.phone)));
  const productIds = new Set(named.map((row) => row.productId));
  // The index has to be named: the one of all that wait looks good to the optimiser.
  const theirs = await tx
    .select(columns)
    .from(v, { forceIndex: 'idx_customer_product' })
    .where(and(anyOf(v.customerPhone, [...phones]), anyOf(v.productId, [...productIds]), such));
  for (const row of theirs) {
    const told = newest.get(keyOf(row));
    if (told !== undefined && row.viewedAt.getTime() <= told.at && !toldBy.has(row.id))
      toldBy.set(row.id, told.priceTold);
  }
  return [...toldBy].map(([id, priceTold]) => ({ id, priceTold })).sort((a, b) => a.id - b.id);
}
