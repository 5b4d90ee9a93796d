import { DAY } from '../lib/clock.js';
import { compareMoney, dropPercent, moneyOf } from '../lib/money.js';
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
}

export interface InterestSettings {
  readonly viewWindowDays: number;
  /** The smallest drop that is told. */
  readonly priceDropPercent: number;
  readonly backordersInStock: boolean;
}

/** Whether a customer could buy it now; undefined is a product that the shop no longer has. */
export function isAvailable(product: ShopProduct | undefined, backordersInStock: boolean): product is ShopProduct {
  if (product?.published !== true || product.price === null) return false;
  return product.stockStatus === 'instock' || (backordersInStock && product.stockStatus === 'onbackorder');
}

/** Whether a product that can be bought costs less by the set percentage than the customer saw, and also than they were told, so that one drop is told once. */
export function isDropped(view: ProductView, product: ShopProduct | undefined, settings: InterestSettings): boolean {
  if (!isAvailable(product, settings.backordersInStock)) return false;
  const { price } = product;
  if (price === null || view.priceAtView === null) return false;
  const known = view.priceTold === null ? [view.priceAtView] : [view.priceAtView, view.priceTold];
  const least = moneyOf(settings.priceDropPercent);
  return known.every((before) => compareMoney(dropPercent(before, price), least) >= 0);
}

/** Whether a view is young enough to count (the view window), in both back in stock and price drop. */
export function isInWindow(view: ProductView, now: number, settings: InterestSettings): boolean {
  return view.viewedAt >= now - settings.viewWindowDays * DAY;
}

/** The views of products found out of stock that can be bought again: newest first, one a product. */
export function waitingViews(
  views: readonly ProductView[],
  products: ReadonlyMap<number, ShopProduct>,
  now: number,
  settings: InterestSettings,
): readonly ProductView[] {
  const waiting = views.filter(
    (view) =>
      !view.inStock &&
      isInWindow(view, now, settings) &&
      isAvailable(products.get(view.productId), settings.backordersInStock),
  );
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
