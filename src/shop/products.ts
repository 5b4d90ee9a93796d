import { chunks } from '../lib/group.js';
import type { CatalogueEntry, ShopProduct } from '../reengagement/shop-facts.js';
import type { ShopClient } from './client.js';
import { PAGE_SIZE, PRODUCT_FIELDS, VARIATION_FIELDS } from './fields.js';
import { getPage } from './page.js';
import { isVariation, nameOfRow, ofParent, parseProduct, type ProductRow } from './product-row.js';
import { shopErrorStatus, wooErrorCode } from './shop-error.js';

/** Shops before WooCommerce 10.3 have no collection of variations. Which those are is asked once for each client. */
const withoutVariations = new WeakSet<ShopClient>();

export interface FetchOptions {
  /** What is known of some of the ids. An id that is not known is asked for as a product, and then as a variation. */
  readonly known?: ReadonlyMap<number, CatalogueEntry>;
  /** Parents of known variations are asked for as well: otherwise their name, status and categories are as known. */
  readonly freshParents?: boolean;
}

export interface FetchedProducts {
  /** By id; ids that do not exist are absent. */
  readonly products: ReadonlyMap<number, ShopProduct>;
  /** What the answers told about ids that were not known. */
  readonly learned: readonly CatalogueEntry[];
  /** Rows that were left out because they have no id that could be one, by what stands there instead. */
  readonly malformed: readonly string[];
}

/**
 * The products and variations with these ids, in requests of a hundred ids. On shops before WooCommerce 10.3 the known variations of each
 * parent take one, and every id that is neither known nor a product's takes one. Errors are the client's.
 */
export async function fetchProducts(
  client: ShopClient,
  ids: readonly number[],
  { known = new Map(), freshParents = false }: FetchOptions = {},
): Promise<FetchedProducts> {
  const asking: Asking = { client, malformed: [] };
  const wanted = [...new Set(ids)].filter((id) => Number.isSafeInteger(id) && id > 0);
  const parentOf = (id: number) => known.get(id)?.parentId ?? null;
  const knownVariations = wanted.filter((id) => parentOf(id) !== null);
  const asProducts = wanted.filter((id) => parentOf(id) === null);
  const products = await fetchRows(asking, 'products', [
    ...asProducts,
    ...(freshParents ? knownVariations.flatMap((id) => parentOf(id) ?? []) : []),
  ]);
  // A variation's id is left out of /products without a word.
  const missed = asProducts.filter((id) => !known.has(id) && !products.has(id));
  const variations = await fetchVariations(asking, [...knownVariations, ...missed], parentOf);

  const isKnown = ({ id, parentId }: ShopProduct) => !freshParents && parentId !== null && parentOf(id) === parentId;
  const lacking = [...variations.values()]
    .flatMap(({ product }) => (isKnown(product) ? [] : (product.parentId ?? [])))
    .filter((id) => !products.has(id));
  const parents = await fetchRows(asking, 'products', lacking);
  const parentEntry = (id: number | null) => entryOf(products.get(id ?? 0) ?? parents.get(id ?? 0));
  const found = new Map<number, ShopProduct>();
  for (const id of wanted) {
    const product = (products.get(id) ?? variations.get(id))?.product;
    if (product === undefined) continue;
    const parent = parentEntry(product.parentId) ?? (isKnown(product) ? known.get(id) : undefined);
    found.set(id, isVariation(product) ? ofParent(product, parent) : product);
  }
  return { products: found, learned: learned(), malformed: asking.malformed };

  function learned(): CatalogueEntry[] {
    const unknown = wanted.filter((id) => !known.has(id));
    const rows = [...parents.values(), ...unknown.flatMap((id) => products.get(id) ?? variations.get(id) ?? [])];
    const entries = new Map(rows.flatMap((row) => row.entries).map((entry) => [entry.id, entry]));
    for (const id of unknown) {
      const parentId = variations.get(id)?.product.parentId ?? null;
      const parent = parentEntry(parentId);
      if (parent !== undefined) entries.set(id, { ...parent, id, parentId });
      // A row without an id may have been this one's.
      else if (!entries.has(id) && asking.malformed.length === 0)
        entries.set(id, { id, parentId: null, name: '', status: 'gone', categoryIds: [] });
    }
    return [...entries.values()];
  }
}

interface Asking {
  readonly client: ShopClient;
  readonly malformed: string[];
}

type Rows = Map<number, ProductRow>;

function entryOf(row: ProductRow | undefined): CatalogueEntry | undefined {
  return row?.entries.find(({ id }) => id === row.product.id);
}

async function fetchVariations(
  asking: Asking,
  ids: readonly number[],
  parentOf: (id: number) => number | null,
): Promise<Rows> {
  const { client } = asking;
  if (!withoutVariations.has(client)) {
    try {
      return await fetchRows(asking, 'variations', ids, VARIATION_FIELDS);
    } catch (error) {
      if (wooErrorCode(error) !== 'rest_no_route') throw error;
      withoutVariations.add(client);
    }
  }
  const byParent = new Map<number | null, number[]>();
  for (const id of ids) byParent.set(parentOf(id), [...(byParent.get(parentOf(id)) ?? []), id]);
  const found = await Promise.all(
    [...byParent].map(([parent, own]) => (parent === null ? fetchEach(asking, own) : ofOneParent(asking, parent, own))),
  );
  return new Map(found.flatMap((rows) => [...rows]));
}

/** Rows of old shops name neither their type nor their parent. */
async function ofOneParent(asking: Asking, parentId: number, ids: readonly number[]): Promise<Rows> {
  try {
    const rows = await fetchRows(asking, `products/${parentId}/variations`, ids, VARIATION_FIELDS);
    return new Map(
      [...rows].map(([id, { product }]) => [id, { product: { ...product, type: 'variation', parentId }, entries: [] }]),
    );
  } catch (error) {
    if (isGone(error)) return new Map();
    throw error;
  }
}

/** /products/<id> answers for variations too, and also for a product that came into being since. */
async function fetchEach(asking: Asking, ids: readonly number[]): Promise<Rows> {
  const rows = await Promise.all(
    ids.map(async (id) => {
      try {
        return readRows(asking, [(await asking.client.get(`products/${id}`, { _fields: PRODUCT_FIELDS })).data]);
      } catch (error) {
        if (isGone(error)) return [];
        throw error;
      }
    }),
  );
  return new Map(rows.flat());
}

function isGone(error: unknown): boolean {
  // Without WooCommerce's words it was the web server that found nothing.
  return shopErrorStatus(error) === 404 && ![null, 'rest_no_route'].includes(wooErrorCode(error));
}

async function fetchRows(
  asking: Asking,
  path: string,
  ids: readonly number[],
  fields: string = PRODUCT_FIELDS,
): Promise<Rows> {
  const asked = new Set(ids);
  const pages = await Promise.all(
    chunks([...asked], PAGE_SIZE).map(async (include) => {
      const { rows } = await getPage(asking.client, path, { include, _fields: fields });
      // Should a shop ignore `include`, it answers with products nobody asked for.
      return readRows(asking, rows).filter(([id]) => asked.has(id));
    }),
  );
  return new Map(pages.flat());
}

function readRows({ malformed }: Asking, rows: readonly unknown[]): [number, ProductRow][] {
  return rows.flatMap((row) => {
    const parsed = parseProduct(row);
    if (parsed === null) malformed.push(nameOfRow(row));
    return parsed === null ? [] : [[parsed.product.id, parsed] as [number, ProductRow]];
  });
}
