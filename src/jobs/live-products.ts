import { MINUTE, type Clock } from '../lib/clock.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import type { ShopClient } from '../shop/client.js';
import { fetchProducts } from '../shop/products.js';
import type { JobServices } from './services.js';

/** Stock is asked for again at the moment of sending; neighbouring messages about one product ask once. */
const FRESH_MS = MINUTE;
const MOST = 20_000;

interface Known {
  readonly at: number;
  /** Null: the shop has no such product. */
  readonly product: ShopProduct | null;
}

/** Live facts of products by requests of a hundred ids, kept for a minute. */
export function createLiveProducts(clock: Clock, shop: () => ShopClient): JobServices['products'] {
  const known = new Map<number, Known>();
  return async (ids) => {
    const now = clock.now();
    const fresh = (id: number) => Math.abs(now - (known.get(id)?.at ?? -Infinity)) < FRESH_MS;
    const unique = [...new Set(ids)];
    const missing = unique.filter((id) => !fresh(id));
    const found = new Map(unique.flatMap((id) => (fresh(id) ? [[id, known.get(id)?.product ?? null] as const] : [])));
    if (missing.length > 0) {
      const fetched = await fetchProducts(shop(), missing);
      if (known.size + missing.length > MOST) known.clear();
      for (const id of missing) {
        const product = fetched.get(id) ?? null;
        known.set(id, { at: now, product });
        found.set(id, product);
      }
    }
    return new Map([...found].flatMap(([id, product]) => (product === null ? [] : [[id, product] as const])));
  };
}
