import { knownProducts } from '../db/products.js';
import { MINUTE } from '../lib/clock.js';
import type { CatalogueEntry } from '../reengagement/shop-facts.js';
import { fetchProducts } from '../shop/products.js';
import type { JobServices } from './services.js';

/** Stock is asked for again at the moment of sending; neighbouring messages about one product ask once. */
const FRESH_MS = MINUTE;
const MOST = 20_000;

type Source = Pick<JobServices, 'database' | 'clock' | 'logger' | 'shop'>;
export type LiveProducts = Pick<JobServices, 'products' | 'productsToSend' | 'categories'>;

/** `learn` is given what the shop told about products that the catalogue did not know. */
export function createLiveProducts(
  source: Source,
  learn: (entries: readonly CatalogueEntry[]) => Promise<void>,
): LiveProducts {
  const ask = (freshParents: boolean) => async (ids: readonly number[]) => {
    const known = await knownProducts(source.database, ids);
    const { products, learned, malformed } = await fetchProducts(source.shop(), ids, { known, freshParents });
    reportMalformedProducts(source, malformed);
    if (learned.length > 0) await learn(learned);
    return products;
  };
  const products = keptFor(FRESH_MS, source, ask(false));
  return {
    products,
    productsToSend: keptFor(FRESH_MS, source, ask(true)),
    categories: async (ids) => {
      const known = await knownProducts(source.database, ids);
      const unknown = ids.filter((id) => !known.has(id));
      const asked = unknown.length === 0 ? [] : await products(unknown);
      return new Map([...known, ...asked].map(([id, { categoryIds }]) => [id, categoryIds]));
    },
  };
}

export function reportMalformedProducts({ logger }: Pick<JobServices, 'logger'>, malformed: readonly string[]): void {
  if (malformed.length > 0)
    logger.warn('Products are left out: they have no id that could be one', {
      count: malformed.length,
      products: malformed.slice(0, 20),
    });
}

type Load<T> = (ids: readonly number[]) => Promise<ReadonlyMap<number, T>>;

/** What was loaded is not loaded again for so long, what was absent neither. */
function keptFor<T>(ms: number, { clock }: Source, load: Load<T>): Load<T> {
  const known = new Map<number, { readonly at: number; readonly value: T | undefined }>();
  return async (ids) => {
    const now = clock.now();
    const isFresh = (id: number) => Math.abs(now - (known.get(id)?.at ?? -Infinity)) < ms;
    const unique = [...new Set(ids)];
    const missing = unique.filter((id) => !isFresh(id));
    const found = new Map<number, T>();
    const keep = (id: number, value: T | undefined) => value !== undefined && found.set(id, value);
    for (const id of unique) if (isFresh(id)) keep(id, known.get(id)?.value);
    if (missing.length === 0) return found;
    const loaded = await load(missing);
    if (known.size + missing.length > MOST) known.clear();
    for (const id of missing) {
      known.set(id, { at: now, value: loaded.get(id) });
      keep(id, loaded.get(id));
    }
    return found;
  };
}

/** The services for one run: it asks for each product once, however long it takes. Answers hold what was asked for earlier too. */
export function pinned(services: JobServices): JobServices {
  return { ...services, products: once(services.products), categories: once(services.categories) };
}

function once<T>(load: Load<T>): Load<T> {
  const asked = new Set<number>();
  const found = new Map<number, T>();
  return async (ids) => {
    const missing = [...new Set(ids)].filter((id) => !asked.has(id));
    if (missing.length === 0) return found;
    for (const [id, value] of await load(missing)) found.set(id, value);
    for (const id of missing) asked.add(id);
    return found;
  };
}
