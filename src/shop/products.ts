import { chunks } from '../lib/group.js';
import { SECOND } from '../lib/clock.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import type { ShopClient } from './client.js';
import { PAGE_SIZE, PRODUCT_FIELDS, VARIATION_FIELDS } from './fields.js';
import { toGmt } from './gmt.js';
import { getPage } from './page.js';
import { isHidden, ofParent, parseProduct } from './product-row.js';
import { shopErrorStatus, wooErrorCode } from './shop-error.js';
import { walkBySecond } from './walk.js';

/** Shops before WooCommerce 10.3 have no collection of variations. Which those are is asked once for each client. */
const withoutVariations = new WeakSet<ShopClient>();

/**
 * The products and variations with these ids; ids that do not exist are absent. A hundred ids take a request, those of them that are
 * variations another, their parents (name, status, categories) a third; on shops before WooCommerce 10.3 each variation takes one.
 */
export async function fetchProducts(client: ShopClient, ids: readonly number[]): Promise<Map<number, ShopProduct>> {
  const wanted = [...new Set(ids)].filter((id) => Number.isSafeInteger(id) && id > 0);
  const products = await fetchRows(client, 'products', wanted, PRODUCT_FIELDS);
  // A variation's id is left out of /products without a word.
  const variations = await fetchVariations(
    client,
    wanted.filter((id) => !products.has(id)),
  );
  const parentIds = new Set([...variations.values()].flatMap(({ parentId }) => (parentId === null ? [] : [parentId])));
  const unknown = [...parentIds].filter((id) => !products.has(id));
  const parents = new Map([...products, ...(await fetchRows(client, 'products', unknown, PRODUCT_FIELDS))]);
  return new Map([...products, ...[...variations.values()].map((row) => [row.id, ofVariation(row, parents)] as const)]);
}

/**
 * The products published after `since` (milliseconds), in stock and shown in the shop, oldest first, in pages of up to a hundred. Products
 * that change on the way are neither lost nor repeated.
 */
export async function* newProducts(client: ShopClient, since: number): AsyncGenerator<readonly ShopProduct[]> {
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
          stock_status: 'instock',
          orderby: 'date',
          order: 'asc',
          after: after === null ? undefined : toGmt(after),
          dates_are_gmt: true,
          _fields: PRODUCT_FIELDS,
        },
        page,
      ),
    timeOf: (row) => parseProduct(row)?.createdAt ?? null,
    keyOf: (row) => String(parseProduct(row)?.id ?? JSON.stringify(row)),
  });
  for await (const { rows } of pages) {
    // Said again here, because a shop ignores a parameter that it does not know.
    const shown = rows
      .filter((row) => !isHidden(row))
      .map(parseProduct)
      .filter((product) => product !== null)
      .filter(({ published, stockStatus, createdAt }) => published && stockStatus === 'instock' && createdAt >= from);
    if (shown.length > 0) yield shown;
  }
}

function ofVariation(row: ShopProduct, parents: ReadonlyMap<number, ShopProduct>): ShopProduct {
  // /products/<id> also finds what is no variation, such as a product that came into being since.
  if (row.type !== 'variation') return row;
  return ofParent(row, row.parentId === null ? undefined : parents.get(row.parentId));
}

async function fetchVariations(client: ShopClient, ids: readonly number[]): Promise<Map<number, ShopProduct>> {
  if (!withoutVariations.has(client)) {
    try {
      return await fetchRows(client, 'variations', ids, VARIATION_FIELDS);
    } catch (error) {
      if (wooErrorCode(error) !== 'rest_no_route') throw error;
      withoutVariations.add(client);
    }
  }
  const rows = await Promise.all(ids.map((id) => fetchOne(client, id)));
  return byId(rows);
}

async function fetchRows(
  client: ShopClient,
  path: 'products' | 'variations',
  ids: readonly number[],
  fields: string,
): Promise<Map<number, ShopProduct>> {
  const pages = await Promise.all(
    chunks(ids, PAGE_SIZE).map((include) => getPage(client, path, { include, _fields: fields })),
  );
  const asked = new Set(ids);
  // Should a shop ignore `include`, it answers with products nobody asked for.
  return new Map([...byId(pages.flatMap(({ rows }) => rows.map(parseProduct)))].filter(([id]) => asked.has(id)));
}

async function fetchOne(client: ShopClient, id: number): Promise<ShopProduct | null> {
  try {
    return parseProduct((await client.get(`products/${id}`, { _fields: PRODUCT_FIELDS })).data);
  } catch (error) {
    if (shopErrorStatus(error) === 404 && wooErrorCode(error) !== 'rest_no_route') return null;
    throw error;
  }
}

function byId(rows: readonly (ShopProduct | null)[]): Map<number, ShopProduct> {
  return new Map(rows.flatMap((row) => (row === null ? [] : [[row.id, row] as const])));
}
