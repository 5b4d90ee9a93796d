import { boughtProducts } from '../db/orders.js';
import { viewsOf } from '../db/views.js';
import { DAY } from '../lib/clock.js';
import type { CustomerInterest } from '../reengagement/campaign-type-resolver.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import { newProducts } from '../shop/products.js';
import type { Recipient } from './recipients.js';
import type { JobServices } from './services.js';

/** What these people looked at and bought, with the facts of every viewed product: for a page of people, a fixed number of statements. */
export interface Interests {
  readonly interestOf: (recipient: Recipient) => CustomerInterest;
  readonly products: ReadonlyMap<number, ShopProduct>;
}

export async function loadInterests(
  services: JobServices,
  recipients: readonly Recipient[],
  arrivals: readonly ShopProduct[],
): Promise<Interests> {
  const { database, clock } = services;
  const { reengagement } = services.config();
  const phones = recipients.map((recipient) => recipient.phone);
  const { priceFormat } = await services.site();
  const [views, bought] = await Promise.all([
    viewsOf(database, phones, clock.now() - reengagement.view_window_days * DAY),
    boughtProducts(database, phones, reengagement.paid_statuses),
  ]);
  const viewed = [...views.values()].flat().map((view) => view.productId);
  // Categories matter only where there is something new to offer.
  const parents = arrivals.length === 0 ? [] : [...bought.values()].flatMap(({ parents: ids }) => [...ids]);
  const products = await services.products([...viewed, ...parents]);
  return {
    products,
    interestOf: ({ phone, customer }) => {
      const own = bought.get(phone);
      return {
        views: views.get(phone) ?? [],
        boughtAt: own?.at ?? new Map(),
        boughtCategoryIds: new Set([...(own?.parents ?? [])].flatMap((id) => products.get(id)?.categoryIds ?? [])),
        lifetimeValue: customer?.lifetimeValues[priceFormat.currency] ?? '0',
        lastPaidAt: customer?.lastPaidAt ?? 0,
      };
    },
  };
}

/** Products published inside the inactivity threshold: what a new arrival can be at most. */
export async function arrivalsOf(services: JobServices): Promise<ShopProduct[]> {
  const since = services.clock.now() - services.config().reengagement.inactivity_threshold * DAY;
  const found: ShopProduct[] = [];
  for await (const page of newProducts(services.shop(), since)) found.push(...page);
  return found;
}
