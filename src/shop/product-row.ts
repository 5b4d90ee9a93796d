import { z } from 'zod';
import { isMoney } from '../lib/money.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import { fromGmt } from './gmt.js';
import { plainText } from './text.js';

/** Only the id is needed: a product with an odd field is still one, and each default makes it less likely to be advertised. */
const productRow = z.looseObject({
  id: z.int().positive(),
  type: z.string().catch('simple'),
  parent_id: z.int().catch(0),
  name: z.string().catch(''),
  price: z.union([z.string(), z.number()]).transform(String).catch(''),
  stock_status: z.enum(['instock', 'outofstock', 'onbackorder']).catch('outofstock'),
  status: z.string().catch(''),
  permalink: z.string().catch(''),
  categories: z.array(z.looseObject({ id: z.int() })).catch([]),
  date_created_gmt: z.string().nullable().catch(null),
});

/** One row of /products or /variations, or null when it has no id. A variation lacks what only its parent tells: see `ofParent`. */
export function parseProduct(row: unknown): ShopProduct | null {
  const parsed = productRow.safeParse(row);
  if (!parsed.success) return null;
  const product = parsed.data;
  return {
    id: product.id,
    type: product.type,
    parentId: product.parent_id > 0 ? product.parent_id : null,
    name: plainText(product.name),
    price: isMoney(product.price) ? product.price : null,
    stockStatus: product.stock_status,
    published: product.status === 'publish',
    permalink: product.permalink,
    categoryIds: product.categories.map(({ id }) => id),
    // A draft was never published and has no date: 1970 is in nobody's window.
    createdAt: fromGmt(product.date_created_gmt) ?? 0,
  };
}

/** A variation together with its parent: published only when both are. /variations names it `Red`, /products/<id> `Mug - Red` or just `Mug`. */
export function ofParent(variation: ShopProduct, parent: ShopProduct | undefined): ShopProduct {
  const own = variation.name;
  const named = parent === undefined || own === parent.name || own.startsWith(`${parent.name} - `);
  return {
    ...variation,
    name: named ? own : [parent.name, own].filter(Boolean).join(' - '),
    published: variation.published && parent?.published === true,
    categoryIds: parent?.categoryIds ?? [],
  };
}

/** Whether the shop shows a product nowhere by itself (a sample, a part of a bundle). */
export function isHidden(row: unknown): boolean {
  return typeof row === 'object' && row !== null && 'catalog_visibility' in row && row.catalog_visibility === 'hidden';
}
