import { highestKnownPrices } from '../db/viewers.js';
import { chunks } from '../lib/group.js';
import { isDropped, windowStart } from '../reengagement/product-interest.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS, slotJobKey } from '../queue/hooks.js';
import { adoptForeignViews } from './adopt-views.js';
import {
  planInterest,
  planInterestFor,
  queueInterest,
  type FoundPage,
  type InterestCheck,
  type InterestPage,
} from './interest-run.js';
import { everybodysTurn } from './restock-turns.js';
import type { JobServices } from './services.js';
import { interestSettings } from './settings.js';
import { allIds, askFor, type ProductsById } from './viewed-products.js';

const PRICE_DROP: InterestCheck = {
  campaignType: 'price_drop',
  views: 'priced',
  source: 'price_drop_checker',
  priority: 'normal',
};

/**
 * wch_check_price_drops: tells everyone who looked at a product, inside the view window, that it costs less by the set percentage than they
 * know, and returns the count of queued messages. The switch reengagement.hourly_price_drops is for the schedule: by hand it runs all the same.
 * @throws AppError SHOP_*, WHATSAPP_*, DB_*, MIRROR_NOT_READY
 */
async function checkPriceDrops(services: JobServices): Promise<number> {
  const { config, logger } = services;
  if (!config().reengagement.enabled) {
    logger.info('Reengagement is disabled: prices are not checked');
    return 0;
  }
  await adoptForeignViews(services);
  const dropped = await productsDropped(services);
  if (dropped.size === 0) return 0;
  const summary = await queueInterest(services, planPriceDrops(services, dropped));
  logger.info('Prices are checked', { dropped: dropped.size, ...summary });
  return summary.queued;
}

const PRICES = 1_000;

/** The products that cost less than somebody knows who looked at them. */
async function productsDropped(services: JobServices): Promise<ProductsById> {
  const settings = interestSettings(services.config());
  const since = windowStart(services.clock.now(), settings);
  const dropped = new Map<number, ShopProduct>();
  for await (const { ids: group, products } of askFor(services, await allIds(services, 'viewed'))) {
    for (const ids of chunks(group, PRICES)) {
      for (const [id, price] of await highestKnownPrices(services.database, ids, since)) {
        const product = products.get(id);
        if (product !== undefined && isDropped({ priceAtView: price, priceTold: null }, product, settings))
          dropped.set(id, product);
      }
    }
  }
  return dropped;
}

async function* planPriceDrops(services: JobServices, dropped: ProductsById): AsyncGenerator<FoundPage> {
  const planning: JobServices = { ...services, products: () => Promise.resolve(dropped) };
  yield* planInterest(planning, PRICE_DROP, [...dropped.keys()], everybodysTurn);
}

/** The same for these people, whatever they looked at. */
export async function planPriceDropsFor(services: JobServices, phones: readonly string[]): Promise<InterestPage> {
  return await planInterestFor(services, PRICE_DROP, phones, everybodysTurn);
}

export function checkPriceDropsHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.checkPriceDrops,
    exclusive: true,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async ({ uniqueKey }) => {
      // Planned before the schedule was switched off.
      const isScheduled = uniqueKey?.startsWith(slotJobKey(HOOKS.checkPriceDrops)) === true;
      if (isScheduled && !services.config().reengagement.hourly_price_drops) return { name: 'done', result: 0 };
      return { name: 'done', result: await checkPriceDrops(services) };
    },
  };
}
