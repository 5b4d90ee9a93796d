import { and, asc, desc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import { canonicalPhone, phoneSpellings } from '../lib/phone.js';
import type { ProductView } from '../reengagement/product-interest.js';
import { byKey } from './case.js';
import type { Database } from './pool.js';
import { secondDate, utcSecond } from './utc.js';

export interface StoredView extends ProductView {
  /** As canonicalPhone gives it. */
  readonly phone: string;
}

/** Marks rows that this program wrote or adopted. */
const SOURCE_DAEMON = 'reengaged';

export interface SeenProduct {
  readonly phone: string;
  readonly productId: number;
  readonly price: string | null;
  readonly inStock: boolean;
  readonly viewedAt: number;
}

/** Records that a person saw a product, unless the same view was recorded after `notAfter` (ms). False when it was. */
export async function recordView(database: Database, view: SeenProduct, notAfter: number): Promise<boolean> {
  const { productViews: v } = database.tables;
  const [recent] = await database.query((orm) =>
    orm
      .select({ id: v.id })
      .from(v)
      .where(
        and(
          inArray(v.customerPhone, [...phoneSpellings(view.phone)]),
          eq(v.productId, view.productId),
          gt(v.viewedAt, new Date(notAfter)),
        ),
      )
      .limit(1),
  );
  if (recent !== undefined) return false;
  await database.query((orm) =>
    orm.insert(v).values({
      customerPhone: view.phone,
      productId: view.productId,
      priceAtView: view.price,
      inStock: Number(view.inStock),
      viewedAt: secondDate(view.viewedAt),
      source: SOURCE_DAEMON,
    }),
  );
  return true;
}

/** The views of these people since `since` (ms), newest first, keyed by canonicalPhone. Rows not yet adopted are left out. */
export async function viewsOf(
  database: Database,
  phones: readonly string[],
  since: number,
): Promise<Map<string, StoredView[]>> {
  const found = new Map<string, StoredView[]>();
  if (phones.length === 0) return found;
  const { productViews: v } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select()
      .from(v)
      .where(
        and(
          inArray(v.customerPhone, phones.flatMap(phoneSpellings)),
          gt(v.viewedAt, new Date(since)),
          sql`${v.source} IS NOT NULL`,
        ),
      )
      .orderBy(desc(v.viewedAt), desc(v.id)),
  );
  for (const row of rows) {
    const view = toView(row);
    const list = found.get(view.phone) ?? [];
    list.push(view);
    found.set(view.phone, list);
  }
  return found;
}

/** Products that somebody saw out of stock since `since` (ms), in pages by id: start after 0. */
export async function waitingProductIds(
  database: Database,
  since: number,
  after: number,
  limit: number,
): Promise<number[]> {
  const { productViews: v } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .selectDistinct({ productId: v.productId })
      .from(v)
      .where(
        and(eq(v.inStock, 0), gt(v.productId, after), gt(v.viewedAt, new Date(since)), sql`${v.source} IS NOT NULL`),
      )
      .orderBy(asc(v.productId))
      .limit(limit),
  );
  return rows.map((row) => row.productId);
}

/**
 * A page of the people who wait for any of these products, by phone as stored; start with an empty `after`. A page ends between two
 * phones as stored; the spellings of one phone may come on different pages.
 */
export async function waitingPhones(
  database: Database,
  productIds: readonly number[],
  since: number,
  after: string,
  limit: number,
): Promise<string[]> {
  const { productViews: v } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .selectDistinct({ phone: v.customerPhone })
      .from(v)
      .where(
        and(
          eq(v.inStock, 0),
          inArray(v.productId, [...productIds]),
          gt(v.viewedAt, new Date(since)),
          gt(v.customerPhone, after),
          sql`${v.source} IS NOT NULL`,
        ),
      )
      .orderBy(asc(v.customerPhone))
      .limit(limit),
  );
  return rows.map((row) => row.phone);
}

export interface ForeignView {
  readonly id: number;
  readonly productId: number;
  readonly priceAtView: string | null;
  readonly inStock: boolean;
  /** `YYYY-MM-DD HH:mm:ss` in the shop's local time. */
  readonly viewedAtLocal: string;
}

/** Rows that somebody else wrote (the plugin), in pages by id. `since` (ms) is generous: their time is the shop's. */
export async function foreignViews(
  database: Database,
  since: number,
  after: number,
  limit: number,
): Promise<ForeignView[]> {
  const { productViews: v } = database.tables;
  const rows = await database.query((orm) =>
    orm
      .select({
        id: v.id,
        productId: v.productId,
        priceAtView: v.priceAtView,
        inStock: v.inStock,
        viewedAtLocal: sql<string>`DATE_FORMAT(${v.viewedAt}, '%Y-%m-%d %H:%i:%s')`,
      })
      .from(v)
      .where(and(isNull(v.source), gt(v.viewedAt, new Date(since)), gt(v.id, after)))
      .orderBy(asc(v.id))
      .limit(limit),
  );
  return rows.map((row) => ({ ...row, inStock: row.inStock !== 0 }));
}

export interface AdoptedView {
  readonly id: number;
  readonly price: string | null;
  readonly inStock: boolean;
  readonly viewedAt: number;
}

/** Makes foreign rows ours, each once: two daemons adopting the same row must not convert its time twice. */
export async function adoptViews(database: Database, views: readonly AdoptedView[]): Promise<number> {
  if (views.length === 0) return 0;
  const { productViews: v } = database.tables;
  const pick = (value: (view: AdoptedView) => unknown) =>
    byKey(
      v.id,
      views.map((view) => [view.id, value(view)] as const),
    );
  const [header] = await database.query((orm) =>
    orm.execute(sql`
      UPDATE ${v} SET
        price_at_view = COALESCE(price_at_view, ${pick((view) => view.price)}),
        in_stock = ${pick((view) => Number(view.inStock))},
        viewed_at = ${pick((view) => utcSecond(view.viewedAt))},
        source = 'adopted'
      WHERE id IN ${views.map((view) => view.id)} AND source IS NULL`),
  );
  return header.affectedRows;
}

type Stored = Database['tables']['productViews']['$inferSelect'];

function toView(row: Stored): StoredView {
  return {
    id: row.id,
    phone: canonicalPhone(row.customerPhone),
    productId: row.productId,
    priceAtView: row.priceAtView,
    priceTold: row.priceTold,
    inStock: row.inStock !== 0,
    viewedAt: row.viewedAt.getTime(),
  };
}
