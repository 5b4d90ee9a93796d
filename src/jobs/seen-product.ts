import { isAvailable } from '../reengagement/product-interest.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import { storablePrice } from './storable-price.js';

/** What a view notes of its product. */
export interface SeenAs {
  /** Decimal string in the shop's currency; null where it has none or the column cannot hold it. */
  readonly price: string | null;
  /** False: whoever saw it waits for it. */
  readonly inStock: boolean;
}

/** How a view of a product is noted, with its price and stock as the shop has them now. */
export function seenAs(product: ShopProduct, backordersInStock: boolean): SeenAs {
  return { price: storablePrice(product.price), inStock: isAvailable(product, backordersInStock) };
}
