import { DAY } from '../lib/clock.js';
import { compareMoney, dropPercent, moneyOf } from '../lib/money.js';
import { isLimited } from './restock.js';
import { oneLine } from './one-line.js';
import type { ShopProduct } from './shop-facts.js';

/** One row of product_views. Prices are decimal strings in the shop's currency, moments are milliseconds, UTC. */
export interface ProductView {
  readonly id: number;
  /** A product or a variation. */
  readonly productId: number;
  readonly priceAtView: string | null;
  /** The lowest price that the customer was told of since. */
  readonly priceTold: string | null;
  /** False: the customer found it out of stock, and has not been told that it is back. */
  readonly inStock: boolean;
  readonly viewedAt: number;
  /** When the customer was last told that the product is back; null: never. */
  readonly stockToldAt: number | null;
}

export interface InterestSettings {
  readonly viewWindowDays: number;
  /** The smallest drop that is told. */
  readonly priceDropPercent: number;
  readonly backordersInStock: boolean;
  /** Days in which one person is not told twice that one product is back. */
  readonly repeatAfterDays: number;
  /** How many people are told of each unit in stock; null: everybody at once. */
  readonly customersPerUnit: number | null;
}

/** The products of limited stock of which it is a person's turn to be told; `all`: whoever's turn it is. */
export type Turn = Pick<ReadonlySet<number>, 'has'> | 'all';

/** Whether a customer could be told of it and buy it now; undefined is a product that the shop no longer has. */
export function isAvailable(product: ShopProduct | undefined, backordersInStock: boolean): product is ShopProduct {
  if (product?.published !== true || product.price === null || oneLine(product.name, Infinity) === null) return false;
  return product.stockStatus === 'instock' || (backordersInStock && product.stockStatus === 'onbackorder');
}

/** Whether a product that can be bought costs less by the set percentage than the customer saw, and also than they were told, so that one drop is told once. */
export function isDropped(
  view: Pick<ProductView, 'priceAtView' | 'priceTold'>,
  product: ShopProduct | undefined,
  settings: InterestSettings,
): boolean {
  if (!isAvailable(product, settings.backordersInStock)) return false;
  const { price } = product;
  if (price === null || view.priceAtView === null) return false;
  const known = view.priceTold === null ? [view.priceAtView] : [view.priceAtView, view.priceTold];
  const least = moneyOf(settings.priceDropPercent);
  return known.every((before) => compareMoney(dropPercent(before, price), least) >= 0);
}

/** From when on views count (ms), in both back in stock and price drop. */
export function windowStart(now: number, { viewWindowDays }: Pick<InterestSettings, 'viewWindowDays'>): number {
  return now - viewWindowDays * DAY;
}

export function isInWindow(view: ProductView, now: number, settings: InterestSettings): boolean {
  return view.viewedAt >= windowStart(now, settings);
}

/** From when on a message that a product is back still counts (ms): later ones keep the next one about it back. */
export function toldSince(now: number, { repeatAfterDays }: Pick<InterestSettings, 'repeatAfterDays'>): number {
  return now - repeatAfterDays * DAY;
}

/** The products of which a person was told lately that they are back, by any of their views: stock that comes and goes is told once. */
export function toldLately(
  views: readonly ProductView[],
  now: number,
  settings: Pick<InterestSettings, 'repeatAfterDays'>,
): ReadonlySet<number> {
  const since = toldSince(now, settings);
  return new Set(
    views.filter(({ stockToldAt }) => stockToldAt !== null && stockToldAt > since).map(({ productId }) => productId),
  );
}

/**
 * The views of products found out of stock that can be bought again: newest first, one a product. Left out are products that were told of
 * lately, and of limited stock those of which it is not the person's turn.
 */
export function waitingViews(
  views: readonly ProductView[],
  products: ReadonlyMap<number, ShopProduct>,
  now: number,
  settings: InterestSettings,
  turn: Turn,
): readonly ProductView[] {
  const told = toldLately(views, now, settings);
  const waiting = views.filter((view) => {
    const product = products.get(view.productId);
    return (
      !view.inStock &&
      isInWindow(view, now, settings) &&
      !told.has(view.productId) &&
      isAvailable(product, settings.backordersInStock) &&
      (turn === 'all' || turn.has(view.productId) || !isLimited(product, settings.customersPerUnit))
    );
  });
  return newestOfEachProduct(waiting);
}

/** The views of products that have become cheaper: newest first, one a product. The newest view alone decides: its price is the one that the customer knows. */
export function droppedViews(
  views: readonly ProductView[],
  products: ReadonlyMap<number, ShopProduct>,
  now: number,
  settings: InterestSettings,
): readonly ProductView[] {
  return newestOfEachProduct(views.filter((view) => isInWindow(view, now, settings))).filter((view) =>
    isDropped(view, products.get(view.productId), settings),
  );
}

function newestOfEachProduct(views: readonly ProductView[]): readonly ProductView[] {
  const newestFirst = [...views].sort((a, b) => b.viewedAt - a.viewedAt || b.id - a.id);
  const seen = new Set<number>();
  return newestFirst.filter(({ productId }) => !seen.has(productId) && seen.add(productId));
}
