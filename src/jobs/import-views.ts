import { importViews as storeViews, type SeenProduct } from '../db/views.js';
import { DAY } from '../lib/clock.js';
import { chunks } from '../lib/group.js';
import { seenAs, type SeenAs } from './seen-product.js';
import type { JobServices } from './services.js';

export interface ViewsImport {
  /** Rows written. */
  readonly added: number;
  /** Lines that were there already: the same person, product and second. */
  readonly known: number;
  /** Lines older than `view_window_days`, which count for nothing. */
  readonly old: number;
}

/** Products asked for between two reports of progress; the shop client makes requests of a hundred out of them. */
const PRODUCTS_AT_ONCE = 500;

/** How a view of each of these products is noted now; one that the shop has not is absent. `onProgress` hears how many were asked for. Throws SHOP_*. */
export async function seenProducts(
  services: Pick<JobServices, 'config' | 'products'>,
  ids: readonly number[],
  onProgress: (asked: number) => void = () => undefined,
): Promise<Map<number, SeenAs>> {
  const { backorders_in_stock: backordersInStock } = services.config().reengagement;
  const seen = new Map<number, SeenAs>();
  let asked = 0;
  for (const group of chunks([...new Set(ids)], PRODUCTS_AT_ONCE)) {
    for (const [id, product] of await services.products(group)) seen.set(id, seenAs(product, backordersInStock));
    asked += group.length;
    onProgress(asked);
  }
  return seen;
}

/** Notes views out of a list, all of them or none; the same list again adds nothing. `onProgress` hears how many are dealt with. Throws DB_*. */
export async function importViews(
  services: Pick<JobServices, 'config' | 'clock' | 'database'>,
  views: readonly SeenProduct[],
  onProgress: (done: number) => void = () => undefined,
): Promise<ViewsImport> {
  const from = services.clock.now() - services.config().reengagement.view_window_days * DAY;
  const added = await storeViews(services.database, views, onProgress);
  const old = views.filter((view) => view.viewedAt < from).length;
  return { added, known: views.length - added, old };
}
