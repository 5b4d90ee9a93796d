import { viewedProductIds } from '../db/viewers.js';
import { chunks } from '../lib/group.js';
import { windowStart } from '../reengagement/product-interest.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import type { JobServices } from './services.js';
import { interestSettings } from './settings.js';

/** By id, as the shop has them now. */
export type ProductsById = ReadonlyMap<number, ShopProduct>;

/** Ids asked for together: the shop answers for a hundred, and only the last request of a group may be for fewer. */
const IDS = 10_000;

/** Every product that was viewed in the window, or that somebody waits for, in order. */
export async function allIds(services: JobServices, which: 'viewed' | 'waiting'): Promise<number[]> {
  const since = windowStart(services.clock.now(), interestSettings(services.config()));
  const all: number[] = [];
  for (let after = 0; ;) {
    const ids = await viewedProductIds(services.database, which, since, after, IDS);
    const last = ids.at(-1);
    if (last === undefined) return all;
    for (const id of ids) all.push(id);
    after = last;
  }
}

/** Asks the shop for these products, group by group. */
export async function* askFor(
  services: JobServices,
  ids: readonly number[],
): AsyncGenerator<{ readonly ids: readonly number[]; readonly products: ProductsById }> {
  for (const group of chunks(ids, IDS)) yield { ids: group, products: await services.products(group) };
}
