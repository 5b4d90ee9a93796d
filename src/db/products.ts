import { sql } from 'drizzle-orm';
import { chunks } from '../lib/group.js';
import type { CatalogueEntry } from '../reengagement/shop-facts.js';
import { anyOf } from './any-of.js';
import { fit } from './fit.js';
import type { Database } from './pool.js';

const GROUP = 500;
const NAME_LENGTH = 255;

/** Writes what is known of products now over what was known before; in ascending order of ids, so that two daemons never wait in a ring. */
export async function saveProducts(database: Database, entries: readonly CatalogueEntry[]): Promise<void> {
  const { products } = database.tables;
  // That a product is gone is found out with what was known before, and may be outdated when it is written.
  const taken = (column: string) => sql.raw(`IF(VALUES(status) = 'gone', ${column}, VALUES(${column}))`);
  // The last one counts of two about one product.
  const rows = [...new Map(entries.map((entry) => [entry.id, entry])).values()].sort((a, b) => a.id - b.id);
  for (const group of chunks(rows, GROUP))
    await database.query((orm) =>
      orm
        .insert(products)
        .values(
          group.map(({ id, parentId, name, status, categoryIds }) => ({
            productId: id,
            parentId,
            name: fit(name, NAME_LENGTH),
            status,
            categoryIds,
          })),
        )
        .onDuplicateKeyUpdate({
          set: {
            parentId: taken('parent_id'),
            name: taken('name'),
            status: taken('status'),
            categoryIds: taken('category_ids'),
          },
        }),
    );
}

/** What is known of these products and variations, by id; unknown ones are absent. */
export async function knownProducts(database: Database, ids: readonly number[]): Promise<Map<number, CatalogueEntry>> {
  const { products } = database.tables;
  const known = new Map<number, CatalogueEntry>();
  for (const group of chunks(ids, 10 * GROUP)) {
    const rows = await database.query((orm) => orm.select().from(products).where(anyOf(products.productId, group)));
    for (const { productId: id, categoryIds, ...row } of rows)
      known.set(id, { id, ...row, categoryIds: Array.isArray(categoryIds) ? (categoryIds as number[]) : [] });
  }
  return known;
}

/** The variations of these products, as far as they are known. */
export async function variationsOf(
  database: Database,
  parentIds: readonly number[],
): Promise<{ readonly id: number; readonly parentId: number | null }[]> {
  const { products: p } = database.tables;
  return await database.query((orm) =>
    orm.select({ id: p.productId, parentId: p.parentId }).from(p).where(anyOf(p.parentId, parentIds)),
  );
}

/** The products of the mirror's orders that nothing is known of, as bought: of a variation its parent. The index alone is read, a step a product. */
export async function unknownBoughtIds(database: Database): Promise<number[]> {
  const { orderItems, products } = database.tables;
  const [rows] = await database.query((orm) =>
    orm.execute(sql`
      SELECT bought.product_id AS id
      FROM (SELECT product_id FROM ${orderItems} WHERE product_id > 0 GROUP BY product_id) bought
      LEFT JOIN ${products} known ON known.product_id = bought.product_id
      WHERE known.product_id IS NULL`),
  );
  return (rows as unknown as { id: number }[]).map(({ id }) => id);
}
