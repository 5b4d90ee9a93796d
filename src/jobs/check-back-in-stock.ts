import { isAvailable } from '../reengagement/product-interest.js';
import { isLimited } from '../reengagement/restock.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { adoptForeignViews } from './adopt-views.js';
import { flagRecentViewers } from './flag-viewers.js';
import {
  planInterest,
  planInterestFor,
  queueInterest,
  type FoundPage,
  type InterestCheck,
  type InterestPage,
} from './interest-run.js';
import { everybodysTurn, turnsFor } from './restock-turns.js';
import type { JobServices } from './services.js';
import { interestSettings } from './settings.js';
import { allIds, askFor, type ProductsById } from './viewed-products.js';

const BACK_IN_STOCK: InterestCheck = {
  campaignType: 'back_in_stock',
  views: 'waiting',
  source: 'back_in_stock_checker',
  priority: 'high',
};

/**
 * wch_check_back_in_stock: tells everyone who found a product out of stock, inside the view window, that it is back, and returns the
 * count of queued messages. Whoever may not be told now (the cap, consent) keeps waiting: a view is marked when its message is accepted.
 * Whoever saw a product before it went out of stock is made to wait as well (back_in_stock.flag_recent_viewers).
 * @throws AppError SHOP_*, WHATSAPP_*, DB_*, MIRROR_NOT_READY
 */
async function checkBackInStock(services: JobServices): Promise<number> {
  const { config, logger } = services;
  if (!config().reengagement.enabled) {
    logger.info('Reengagement is disabled: stock is not checked');
    return 0;
  }
  await adoptForeignViews(services);
  const flags = config().back_in_stock.flag_recent_viewers;
  const { back, soldOut } = await readStock(services, flags ? 'viewed' : 'waiting');
  const flagged = flags ? await flagRecentViewers(services, soldOut) : 0;
  if (flagged > 0) logger.info('Who saw a product before it went out of stock waits for it', { views: flagged });
  if (back.size === 0) return 0;
  const summary = await queueInterest(services, planBackInStock(services, back));
  logger.info('Stock is checked', { back: back.size, ...summary });
  return summary.queued;
}

interface Stock {
  /** What somebody waits for and can be bought again. */
  readonly back: ProductsById;
  readonly soldOut: readonly number[];
}

async function readStock(services: JobServices, which: 'viewed' | 'waiting'): Promise<Stock> {
  const { backorders_in_stock: backorders } = services.config().reengagement;
  const waiting = new Set(await allIds(services, 'waiting'));
  const back = new Map<number, ShopProduct>();
  const soldOut: number[] = [];
  for await (const { ids, products } of askFor(
    services,
    which === 'waiting' ? [...waiting] : await allIds(services, which),
  )) {
    for (const id of ids) {
      const product = products.get(id);
      if (waiting.has(id) && isAvailable(product, backorders)) back.set(id, product);
      if (isSoldOut(product)) soldOut.push(id);
    }
  }
  return { back, soldOut };
}

/** A draft, or what has no price, is not out of stock: it is not for sale. */
function isSoldOut(product: ShopProduct | undefined): boolean {
  return product?.published === true && product.price !== null && product.stockStatus === 'outofstock';
}

/** The products that somebody waits for and that can be bought again. */
export async function productsBack(services: JobServices): Promise<ProductsById> {
  return (await readStock(services, 'waiting')).back;
}

/** `back`: what productsBack has found. Decides for everyone who waits for one of them, page by page; reads only. */
export async function* planBackInStock(services: JobServices, back: ProductsById): AsyncGenerator<FoundPage> {
  // What else these people looked at is not asked for.
  const planning: JobServices = { ...services, products: () => Promise.resolve(back) };
  const turnOf = await turnsFor(planning, BACK_IN_STOCK, [...back.values()]);
  yield* planInterest(planning, BACK_IN_STOCK, [...back.keys()], turnOf);
}

/** The same for these people, whatever they wait for. */
export async function planBackInStockFor(services: JobServices, phones: readonly string[]): Promise<InterestPage> {
  const page = await planInterestFor(services, BACK_IN_STOCK, phones, everybodysTurn);
  const { customersPerUnit } = interestSettings(services.config());
  const named = new Set(page.messages.flatMap(({ productIds }) => productIds));
  const limited = [...named].flatMap((id) => {
    const product = page.interests.products.get(id);
    return product !== undefined && isLimited(product, customersPerUnit) ? [product] : [];
  });
  if (limited.length === 0) return page;
  return await planInterestFor(services, BACK_IN_STOCK, phones, await turnsFor(services, BACK_IN_STOCK, limited));
}

export function checkBackInStockHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.checkBackInStock,
    exclusive: true,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async () => ({ name: 'done', result: await checkBackInStock(services) }),
  };
}
