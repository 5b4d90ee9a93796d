import { and, asc, desc, eq, getTableColumns, gt, inArray, isNotNull, isNull, lte, or, sql } from 'drizzle-orm';
import { chunks } from '../lib/group.js';
import { canonicalPhone, phoneSpellings } from '../lib/phone.js';
import type { ProductView } from '../reengagement/product-interest.js';
import { anyOf } from './any-of.js';
import { byKey } from './case.js';
import type { Database, Orm } from './pool.js';
import { secondDate, utcSecond } from './utc.js';

export interface StoredView extends ProductView {
  /** As canonicalPhone gives it. */
  readonly phone: string;
}

/** Who wrote a row: this program as it happened, this program out of a list, somebody else whose row was adopted. NULL: not adopted yet. */
const SOURCES = { daemon: 'reengaged', list: 'import', adopted: 'adopted' } as const;

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
  await database.query((orm) => orm.insert(v).values(newRow(view, SOURCES.daemon)));
  return true;
}

function newRow(view: SeenProduct, source: string) {
  return {
    customerPhone: view.phone,
    productId: view.productId,
    priceAtView: view.price,
    inStock: Number(view.inStock),
    viewedAt: secondDate(view.viewedAt),
    source,
  };
}

const IMPORT_GROUP = 500;

/**
 * Records what is not there yet: the same person, product and second, in the table or earlier in the list. All of it in one transaction, in
 * groups of statements; `onGroup` hears how many views are dealt with so far. Returns how many were new.
 */
export async function importViews(
  database: Database,
  views: readonly SeenProduct[],
  onGroup: (done: number) => void,
): Promise<number> {
  return await database.transaction(async (tx) => {
    let added = 0;
    let done = 0;
    const seen = new Set<string>();
    for (const group of chunks(views, IMPORT_GROUP)) {
      for (const key of await recordedKeys(database, tx, group)) seen.add(key);
      const fresh = group.filter((view) => {
        const key = viewKey(view.phone, view.productId, secondDate(view.viewedAt));
        return !seen.has(key) && seen.add(key);
      });
      if (fresh.length > 0)
        await tx.insert(database.tables.productViews).values(fresh.map((view) => newRow(view, SOURCES.list)));
      added += fresh.length;
      done += group.length;
      onGroup(done);
    }
    return added;
  });
}

/** The views of these people at these seconds. Rows not yet adopted are left out: their time is the shop's. */
async function recordedKeys(database: Database, tx: Orm, group: readonly SeenProduct[]): Promise<string[]> {
  const { productViews: v } = database.tables;
  const phones = [...new Set(group.flatMap((view) => phoneSpellings(view.phone)))];
  const seconds = [...new Set(group.map((view) => secondDate(view.viewedAt).getTime()))].map((at) => new Date(at));
  const rows = await tx
    .select({ phone: v.customerPhone, productId: v.productId, viewedAt: v.viewedAt })
    .from(v)
    .where(and(inArray(v.customerPhone, phones), inArray(v.viewedAt, seconds), isNotNull(v.source)));
  return rows.map((row) => viewKey(canonicalPhone(row.phone), row.productId, row.viewedAt));
}

function viewKey(phone: string, productId: number, second: Date): string {
  return `${phone} ${productId} ${second.getTime()}`;
}

/** Of one product a person's newest views are read: who looked at it 10,000 times waits for it no more than anybody. */
const NEWEST_OF_PRODUCT = 20;
/** And of all products so many: what a message answers stands in its arguments. */
const NEWEST_OF_PERSON = 200;

export interface ViewsSince {
  /** Views from then on (ms). */
  readonly viewed: number;
  /** And, however old, those by which the person was told from then on (ms) that the product is back. */
  readonly told: number;
}

/**
 * The newest views of these people, newest first, keyed by canonicalPhone; of those that wait and of the others by themselves, so that
 * neither hides the other. Rows not yet adopted are left out. `isAsked`: which products it is about, by canonicalPhone; others do not count.
 */
export async function viewsOf(
  database: Database,
  phones: readonly string[],
  since: ViewsSince,
  isAsked: (phone: string, productId: number) => boolean = () => true,
): Promise<Map<string, StoredView[]>> {
  const found = new Map<string, StoredView[]>();
  if (phones.length === 0) return found;
  const { productViews: v } = database.tables;
  const rows = await database.query((orm) => {
    const ranked = orm
      .select({
        ...getTableColumns(v),
        nth: sql<number>`ROW_NUMBER() OVER (PARTITION BY ${v.customerPhone}, ${v.productId}, ${v.inStock}, ${v.stockToldAt} IS NULL ORDER BY ${v.viewedAt} DESC, ${v.id} DESC)`.as(
          'nth',
        ),
      })
      .from(v)
      .where(
        and(
          anyOf(v.customerPhone, phones.flatMap(phoneSpellings)),
          or(gt(v.viewedAt, new Date(since.viewed)), gt(v.stockToldAt, new Date(since.told))),
          isNotNull(v.source),
        ),
      )
      .as('ranked');
    return orm
      .select()
      .from(ranked)
      .where(lte(ranked.nth, NEWEST_OF_PRODUCT))
      .orderBy(desc(ranked.viewedAt), desc(ranked.id));
  });
  const kept = new Map<string, number>();
  for (const row of rows) {
    const view = toView(row);
    if (!isAsked(view.phone, view.productId)) continue;
    const kind = `${view.phone} ${view.inStock}`;
    const before = kept.get(kind) ?? 0;
    if (before >= NEWEST_OF_PERSON && (view.stockToldAt ?? 0) <= since.told) continue;
    kept.set(kind, before + 1);
    const list = found.get(view.phone) ?? [];
    list.push(view);
    found.set(view.phone, list);
  }
  return found;
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
        source = ${SOURCES.adopted}
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
    stockToldAt: row.stockToldAt?.getTime() ?? null,
  };
}
