import { and, asc, eq, gt, inArray, isNotNull, sql, type SQL } from 'drizzle-orm';
import { canonicalPhone, phoneSpellings } from '../lib/phone.js';
import { anyOf } from './any-of.js';
import type { Database } from './pool.js';
import { fromUtc, utcSecond } from './utc.js';

/** Which views a check goes by: those that found a product out of stock and wait, or those that know its price. */
export type ViewKind = 'waiting' | 'priced';

/** Views of this kind since `since` (ms). Rows not yet adopted are left out: their time is the shop's. */
function ofKind({ tables: { productViews: v } }: Database, kind: ViewKind, since: number): SQL | undefined {
  const wanted = kind === 'waiting' ? eq(v.inStock, 0) : isNotNull(v.priceAtView);
  return and(wanted, gt(v.viewedAt, new Date(since)), isNotNull(v.source));
}

/**
 * Products that somebody looked at since `since` (ms), or with `waiting` found out of stock, in pages by id: start after 0. One step of the
 * index a product, whatever its views: so rows not yet adopted count, and it is for whoever asks on to leave them out.
 */
export async function viewedProductIds(
  database: Database,
  which: 'viewed' | 'waiting',
  since: number,
  after: number,
  limit: number,
): Promise<number[]> {
  const { productViews: v } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({ productId: v.productId })
      .from(v)
      .where(and(which === 'waiting' ? eq(v.inStock, 0) : undefined, gt(v.productId, after)))
      .groupBy(...(which === 'waiting' ? [v.inStock, v.productId] : [v.productId]))
      .having(sql`MAX(${v.viewedAt}) > ${utcSecond(since)}`)
      .orderBy(asc(v.productId))
      .limit(limit),
  );
  return rows.map((row) => row.productId);
}

export interface Viewer {
  /** As stored. */
  readonly phone: string;
  /** One of their views. */
  readonly viewId: number;
}

/**
 * A page of the people with such views of any of these products, by phone as stored; start with an empty `after`. A page ends between two
 * phones as stored; the spellings of one phone may come on different pages. Each page goes through all views of its products.
 */
export async function viewersOf(
  database: Database,
  kind: ViewKind,
  productIds: readonly number[],
  since: number,
  after: string,
  limit: number,
): Promise<Viewer[]> {
  const { productViews: v } = database.tables;
  return await database.query((orm) =>
    orm
      .select({ phone: v.customerPhone, viewId: sql<number>`MIN(${v.id})` })
      .from(v)
      .where(and(ofKind(database, kind, since), anyOf(v.productId, productIds), gt(v.customerPhone, after)))
      .groupBy(v.customerPhone)
      .orderBy(asc(v.customerPhone))
      .limit(limit),
  );
}

/** The products of which these people have such views, in the order of viewersOf: the phone is as stored. */
export async function productsOfViewers(
  database: Database,
  kind: ViewKind,
  phones: readonly string[],
  since: number,
): Promise<{ readonly phone: string; readonly productId: number }[]> {
  const { productViews: v } = database.tables;
  return await database.query((orm) =>
    orm
      .selectDistinct({ phone: v.customerPhone, productId: v.productId })
      .from(v)
      .where(and(ofKind(database, kind, since), anyOf(v.customerPhone, phones.flatMap(phoneSpellings))))
      .orderBy(asc(v.customerPhone)),
  );
}

export interface WaitingPerson {
  /** As stored. */
  readonly phone: string;
  /** When they first found the product out of stock (ms). */
  readonly waitsSince: number;
}

/** A page of those who wait for a product, the longest first. */
export async function longestWaiting(
  database: Database,
  productId: number,
  since: number,
  after: WaitingPerson | null,
  limit: number,
): Promise<WaitingPerson[]> {
  const { productViews: v } = database.tables;
  const first = sql<string>`MIN(${v.viewedAt})`;
  const later = (at: string, phone: string) =>
    sql`${first} > ${at} OR (${first} = ${at} AND ${v.customerPhone} > ${phone})`;
  const rows = await database.query((orm) =>
    orm
      .select({ phone: v.customerPhone, first })
      .from(v)
      .where(and(ofKind(database, 'waiting', since), eq(v.productId, productId)))
      .groupBy(v.customerPhone)
      .having(after === null ? undefined : later(utcSecond(after.waitsSince), after.phone))
      .orderBy(first, asc(v.customerPhone))
      .limit(limit),
  );
  return rows.map((row) => ({ phone: row.phone, waitsSince: fromUtc(row.first) }));
}

/** How many people wait for each of these products. */
export async function waitingCounts(
  database: Database,
  productIds: readonly number[],
  since: number,
): Promise<Map<number, number>> {
  return await peopleByProduct(database, productIds, ofKind(database, 'waiting', since));
}

/** Who was told since `told` (ms) that one of these products is back, by product; of views since `viewed` (ms). */
export async function toldCounts(
  database: Database,
  productIds: readonly number[],
  since: { readonly told: number; readonly viewed: number },
): Promise<Map<number, number>> {
  const { productViews: v } = database.tables;
  const told = and(gt(v.viewedAt, new Date(since.viewed)), gt(v.stockToldAt, new Date(since.told)));
  return await peopleByProduct(database, productIds, told);
}

/** People with such views, however their phones are written. */
async function peopleByProduct(
  database: Database,
  productIds: readonly number[],
  where: SQL | undefined,
): Promise<Map<number, number>> {
  const { productViews: v } = database.tables;
  const people = sql<number>`COUNT(DISTINCT TRIM(LEADING '+' FROM ${v.customerPhone}))`;
  const rows = await database.query((orm) =>
    orm
      .select({ productId: v.productId, people })
      .from(v)
      .where(and(anyOf(v.productId, productIds), where))
      .groupBy(v.productId),
  );
  return new Map(rows.map((row) => [row.productId, row.people]));
}

/** The products of which these people were told since `since` (ms) that they are back, by canonicalPhone. */
export async function toldProducts(
  database: Database,
  phones: readonly string[],
  since: number,
): Promise<Map<string, Set<number>>> {
  const { productViews: v } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .selectDistinct({ phone: v.customerPhone, productId: v.productId })
      .from(v)
      .where(and(anyOf(v.customerPhone, phones.flatMap(phoneSpellings)), gt(v.stockToldAt, new Date(since)))),
  );
  const found = new Map<string, Set<number>>();
  for (const row of rows) {
    const phone = canonicalPhone(row.phone);
    found.set(phone, (found.get(phone) ?? new Set()).add(row.productId));
  }
  return found;
}

/** The highest price that somebody knows of each product, from a view since `since` (ms) or from being told: decimal strings. */
export async function highestKnownPrices(
  database: Database,
  productIds: readonly number[],
  since: number,
): Promise<Map<number, string>> {
  const { productViews: v } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({
        productId: v.productId,
        price: sql<string>`MAX(LEAST(${v.priceAtView}, COALESCE(${v.priceTold}, ${v.priceAtView})))`,
      })
      .from(v)
      .where(and(ofKind(database, 'priced', since), anyOf(v.productId, productIds)))
      .groupBy(v.productId),
  );
  return new Map(rows.map((row) => [row.productId, row.price]));
}

export interface InStockView {
  readonly id: number;
  /** As stored. */
  readonly phone: string;
  readonly productId: number;
  readonly viewedAt: number;
}

/** A page of the views that found any of these products in stock since `since` (ms), by product, time and id. */
export async function inStockViews(
  database: Database,
  productIds: readonly number[],
  since: number,
  after: InStockView | null,
  limit: number,
): Promise<InStockView[]> {
  const { productViews: v } = database.tables;
  const left = after === null ? productIds : productIds.filter((id) => id >= after.productId);
  // In the order of the index, which has to be named: a page must not go through what earlier ones have read.
  const rows = await database.query((orm) =>
    orm
      .select({ id: v.id, phone: v.customerPhone, productId: v.productId, viewedAt: v.viewedAt })
      .from(v, { forceIndex: 'idx_waiting' })
      .where(
        and(
          eq(v.inStock, 1),
          anyOf(v.productId, left),
          gt(v.viewedAt, new Date(since)),
          isNotNull(v.source),
          after === null ? undefined : isAfter(database, after),
        ),
      )
      .orderBy(asc(v.productId), asc(v.viewedAt), asc(v.id))
      .limit(limit),
  );
  return rows.map((row) => ({ ...row, viewedAt: row.viewedAt.getTime() }));
}

function isAfter({ tables: { productViews: v } }: Database, { productId, viewedAt, id }: InStockView): SQL {
  const at = utcSecond(viewedAt);
  return sql`(${v.productId} > ${productId} OR ${v.viewedAt} > ${at} OR (${v.viewedAt} = ${at} AND ${v.id} > ${id}))`;
}

/** Makes views wait: their product has gone out of stock since. Returns how many. */
export async function flagViews(database: Database, ids: readonly number[]): Promise<number> {
  if (ids.length === 0) return 0;
  const { productViews: v } = database.tables;
  const [header] = await database.query((orm) =>
    orm
      .update(v)
      .set({ inStock: 0 })
      .where(and(inArray(v.id, [...ids]), eq(v.inStock, 1))),
  );
  return header.affectedRows;
}
