import { boughtProducts } from '../db/orders.js';
import { unknownBoughtIds } from '../db/products.js';
import { viewsOf } from '../db/views.js';
import { DAY } from '../lib/clock.js';
import type { CustomerInterest } from '../reengagement/campaign-type-resolver.js';
import { toldSince, windowStart } from '../reengagement/product-interest.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import { newProducts } from '../shop/catalogue.js';
import { reportMalformedProducts } from './live-products.js';
import type { Recipient } from './recipients.js';
import type { JobServices } from './services.js';
import { interestSettings } from './settings.js';

/** What these people looked at and bought, with the facts of every viewed product: for a page of people, a fixed number of statements. */
export interface Interests {
  readonly interestOf: (recipient: Recipient) => CustomerInterest;
  readonly products: ReadonlyMap<number, ShopProduct>;
}

/** Of which products it matters whether a person looked at them, by phone (E.164 with plus). */
type IsAsked = (phone: string, productId: number) => boolean;

const NOTHING_BOUGHT = { at: new Map<number, number>(), parents: new Set<number>() };

export async function loadInterests(
  services: JobServices,
  recipients: readonly Recipient[],
  arrivals: readonly ShopProduct[],
  isAsked?: IsAsked,
): Promise<Interests> {
  const { database, clock } = services;
  const config = services.config();
  const now = clock.now();
  const phones = recipients.map((recipient) => recipient.phone);
  const { priceFormat } = await services.site();
  const settings = interestSettings(config);
  const since = { viewed: windowStart(now, settings), told: toldSince(now, settings) };
  const [views, bought] = await Promise.all([
    viewsOf(database, phones, since, isAsked),
    boughtProducts(database, phones, config.reengagement.paid_statuses),
  ]);
  const products = await services.products([...views.values()].flat().map((view) => view.productId));
  // Categories matter only where there is something new to offer.
  const parents = arrivals.length === 0 ? [] : [...bought.values()].flatMap(({ parents: ids }) => [...ids]);
  const categories = await services.categories([...new Set(parents)]);
  const interests = new Map<string, CustomerInterest>();
  return {
    products,
    interestOf: ({ phone, customer }) => {
      const { at: boughtAt, parents: own } = bought.get(phone) ?? NOTHING_BOUGHT;
      const interest = interests.get(phone) ?? {
        views: views.get(phone) ?? [],
        boughtAt,
        boughtCategoryIds: new Set([...own].flatMap((id) => categories.get(id) ?? [])),
        lifetimeValue: customer?.lifetimeValues[priceFormat.currency] ?? '0',
        lastPaidAt: customer?.lastPaidAt ?? 0,
      };
      interests.set(phone, interest);
      return interest;
    },
  };
}

/** Asks for the categories of everything that was ever bought and that the catalogue does not know, in full hundreds. For pinned services. */
export async function askForBought(services: JobServices): Promise<void> {
  await services.categories(await unknownBoughtIds(services.database));
}

/** Products published inside the inactivity threshold: what a new arrival can be at most. */
export async function arrivalsOf(services: JobServices): Promise<ShopProduct[]> {
  const { inactivity_threshold: days, backorders_in_stock: backorders } = services.config().reengagement;
  const found: ShopProduct[] = [];
  for await (const { products, malformed } of newProducts(services.shop(), services.clock.now() - days * DAY, {
    backorders,
  })) {
    reportMalformedProducts(services, malformed);
    found.push(...products);
  }
  return found;
}
