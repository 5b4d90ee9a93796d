import { SECOND } from '../lib/clock.js';
import type { CatalogueEntry, ShopProduct } from '../reengagement/shop-facts.js';
import type { ShopClient } from './client.js';
import { CATALOGUE_FIELDS, PRODUCT_FIELDS } from './fields.js';
import { fromGmt, modifiedAfter, toGmt } from './gmt.js';
import { getPage } from './page.js';
import { isHidden, nameOfRow, parseProduct } from './product-row.js';
import { walkBySecond } from './walk.js';

export interface CatalogueWalk {
  /** The cursor that an earlier walk ended with, milliseconds; null reads every product. */
  readonly since: number | null;
  /** How far to step back from `since`: a product can be saved later than the time it carries. */
  readonly overlapMs: number;
  /** The site's zone: see `modifiedAfter`. */
  readonly zone: string;
}

export interface CataloguePage {
  /** Of the products on the page and of all their variations: a variation's change counts as one of its parent. */
  readonly entries: readonly CatalogueEntry[];
  readonly products: number;
  /** Rows without an id that could be one, by what stands there instead. */
  readonly malformed: readonly string[];
  /** Milliseconds: everything modified before this second is read. */
  readonly cursor: number;
}

/**
 * The products modified since, of every status but the trash, in ascending order of modification. Who changes the categories of many
 * products at once, or renames a category, modifies none of them. Errors are the client's.
 */
export async function* walkCatalogue(client: ShopClient, walk: CatalogueWalk): AsyncGenerator<CataloguePage> {
  const pages = walkBySecond({
    path: 'products',
    from: walk.since === null ? 0 : walk.since - walk.overlapMs,
    fetch: (after, page) =>
      getPage(
        client,
        'products',
        { orderby: 'modified', order: 'asc', ...modifiedAfter(after, walk.zone), _fields: CATALOGUE_FIELDS },
        page,
      ),
    timeOf: (row) => timeOf(row, 'date_modified_gmt'),
    keyOf,
  });
  for await (const { rows, cursor } of pages) {
    const parsed = rows.map(parseProduct);
    yield {
      entries: parsed.flatMap((row) => row?.entries ?? []),
      products: rows.length,
      malformed: rows.filter((_, index) => parsed[index] === null).map(nameOfRow),
      cursor: Math.max(cursor, walk.since ?? 0),
    };
  }
}

export interface ArrivalsPage {
  readonly products: readonly ShopProduct[];
  readonly malformed: readonly string[];
}

/**
 * The products published after `since` (milliseconds) and shown in the shop, oldest first, in pages of up to a hundred: those in stock, and
 * with `backorders` those that can be ordered all the same. Products that change on the way are neither lost nor repeated.
 */
export async function* newProducts(
  client: ShopClient,
  since: number,
  { backorders }: { readonly backorders: boolean },
): AsyncGenerator<ArrivalsPage> {
  const from = Math.floor(since / SECOND) * SECOND + SECOND;
  const pages = walkBySecond({
    path: 'products',
    from,
    fetch: (after, page) =>
      getPage(
        client,
        'products',
        {
          status: 'publish',
          // One status or all of them: the parameter takes no list.
          stock_status: backorders ? undefined : 'instock',
          orderby: 'date',
          order: 'asc',
          after: after === null ? undefined : toGmt(after),
          dates_are_gmt: true,
          _fields: PRODUCT_FIELDS,
        },
        page,
      ),
    timeOf: (row) => timeOf(row, 'date_created_gmt'),
    keyOf,
  });
  for await (const { rows } of pages) {
    const parsed = rows.map((row) => ({ row, product: parseProduct(row)?.product ?? null }));
    yield {
      // Said again here, because a shop ignores a parameter that it does not know.
      products: parsed.flatMap(({ row, product }) =>
        product !== null && !isHidden(row) && isOffered(product) && product.createdAt >= from ? [product] : [],
      ),
      malformed: parsed.filter(({ product }) => product === null).map(({ row }) => nameOfRow(row)),
    };
  }

  function isOffered({ published, stockStatus }: ShopProduct): boolean {
    return published && (stockStatus === 'instock' || (backorders && stockStatus === 'onbackorder'));
  }
}

function timeOf(row: unknown, field: 'date_created_gmt' | 'date_modified_gmt'): number | null {
  const date: unknown = typeof row === 'object' && row !== null ? (row as Record<string, unknown>)[field] : null;
  return typeof date === 'string' ? fromGmt(date) : null;
}

function keyOf(row: unknown): string {
  return String(parseProduct(row)?.product.id ?? JSON.stringify(row));
}
