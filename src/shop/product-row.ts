import { z } from 'zod';
import { isMoney } from '../lib/money.js';
import type { CatalogueEntry, ShopProduct } from '../reengagement/shop-facts.js';
import { fromGmt } from './gmt.js';
import { plainText } from './text.js';

const isId = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
/** PHP writes a list whose numbering has a gap as an object. */
const ids = z
  .union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
  .catch([])
  .transform((list) => Object.values(list).filter(isId));

/** Only the id is needed: a product with an odd field is still one, and each default makes it less likely to be advertised. */
const productRow = z.looseObject({
  id: z.int().positive(),
  type: z.string().catch('simple'),
  parent_id: z.int().catch(0),
  name: z.string().catch(''),
  price: z.union([z.string(), z.number()]).transform(String).catch(''),
  stock_status: z.enum(['instock', 'outofstock', 'onbackorder']).catch('outofstock'),
  manage_stock: z.union([z.boolean(), z.literal('parent')]).catch(false),
  stock_quantity: z.number().nullable().catch(null),
  status: z
    .string()
    .regex(/^[\w-]{1,20}$/)
    .catch(''),
  permalink: z.string().catch(''),
  categories: z.array(z.looseObject({ id: z.int() })).catch([]),
  variations: ids,
  date_created_gmt: z.string().nullable().catch(null),
});

export interface ProductRow {
  /** A variation lacks what only its parent tells: see `ofParent`. */
  readonly product: ShopProduct;
  /** What the row tells the catalogue: of the product itself, and of each of its variations. A variation's own row tells nothing. */
  readonly entries: readonly CatalogueEntry[];
}

/** One row of /products or /variations, or null when it has no id. */
export function parseProduct(row: unknown): ProductRow | null {
  const parsed = productRow.safeParse(row);
  if (!parsed.success) return null;
  const { id, type, status, ...rest } = parsed.data;
  const name = plainText(rest.name);
  const categoryIds = rest.categories.map((category) => category.id);
  const entry = { id, parentId: null, name, status, categoryIds };
  return {
    product: {
      id,
      type,
      parentId: rest.parent_id > 0 ? rest.parent_id : null,
      name,
      price: isMoney(rest.price) && !rest.price.startsWith('-') ? rest.price : null,
      stockStatus: rest.stock_status,
      // A variation with manage_stock `parent` answers with the parent's number.
      stockQuantity: rest.manage_stock === false ? null : rest.stock_quantity,
      stockId: rest.manage_stock === 'parent' && rest.parent_id > 0 ? rest.parent_id : id,
      published: status === 'publish',
      permalink: rest.permalink,
      categoryIds,
      // A draft was never published and has no date: 1970 is in nobody's window.
      createdAt: fromGmt(rest.date_created_gmt) ?? 0,
    },
    entries: isVariation({ type })
      ? []
      : [entry, ...rest.variations.map((variation) => ({ ...entry, id: variation, parentId: id }))],
  };
}

/** `variation`, or a plugin's `subscription_variation`. */
export function isVariation({ type }: Pick<ShopProduct, 'type'>): boolean {
  return type.endsWith('variation');
}

/** What a row is called in the log when it has no usable id. */
export function nameOfRow(row: unknown): string {
  const id: unknown = typeof row === 'object' && row !== null && 'id' in row ? row.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? String(id).slice(0, 20) : 'without an id';
}

/** A variation together with its parent: published only when both are. /variations names it `Red`, /products/<id> `Mug - Red` or just `Mug`. */
export function ofParent(variation: ShopProduct, parent: CatalogueEntry | undefined): ShopProduct {
  const own = variation.name;
  const named = parent === undefined || own === parent.name || own.startsWith(`${parent.name} - `);
  return {
    ...variation,
    name: named ? own : [parent.name, own].filter(Boolean).join(' - '),
    published: variation.published && parent?.status === 'publish',
    categoryIds: parent?.categoryIds ?? [],
  };
}

/** Whether the shop shows a product nowhere by itself (a sample, a part of a bundle). */
export function isHidden(row: unknown): boolean {
  return typeof row === 'object' && row !== null && 'catalog_visibility' in row && row.catalog_visibility === 'hidden';
}
