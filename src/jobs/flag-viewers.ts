import { boughtProducts } from '../db/orders.js';
import { flagViews, inStockViews, toldProducts, type InStockView } from '../db/viewers.js';
import { chunks } from '../lib/group.js';
import { canonicalPhone } from '../lib/phone.js';
import { isOpen } from '../reengagement/campaign-type-resolver.js';
import { toldSince, windowStart } from '../reengagement/product-interest.js';
import type { JobServices } from './services.js';
import { interestSettings } from './settings.js';

const PRODUCTS = 1_000;
const VIEWS = 2_000;
const NOT_BOUGHT: ReadonlyMap<number, number> = new Map();

/**
 * Makes everyone wait who saw these products, which are out of stock now, while they could be bought, inside the view window; save who has
 * bought it since, or was told lately that it is back. Doing so again changes nothing. Returns the count of views.
 */
export async function flagRecentViewers(services: JobServices, soldOut: readonly number[]): Promise<number> {
  const { database, clock, config } = services;
  const since = windowStart(clock.now(), interestSettings(config()));
  let flagged = 0;
  for (const productIds of chunks(soldOut, PRODUCTS)) {
    for (let after: InStockView | null = null; ;) {
      const views: InStockView[] = await inStockViews(database, productIds, since, after, VIEWS);
      const last = views.at(-1);
      if (last === undefined) break;
      after = last;
      flagged += await flagViews(database, await idsToFlag(services, views));
    }
  }
  return flagged;
}

async function idsToFlag({ database, clock, config }: JobServices, views: readonly InStockView[]): Promise<number[]> {
  const phones = [...new Set(views.map((view) => canonicalPhone(view.phone)))];
  const [bought, told] = await Promise.all([
    boughtProducts(database, phones, config().reengagement.paid_statuses),
    toldProducts(database, phones, toldSince(clock.now(), interestSettings(config()))),
  ]);
  const waits = (view: InStockView) => {
    const phone = canonicalPhone(view.phone);
    return isOpen(view, bought.get(phone)?.at ?? NOT_BOUGHT) && told.get(phone)?.has(view.productId) !== true;
  };
  return views.filter(waits).map((view) => view.id);
}
