import { compareMoney } from '../lib/money.js';

/** The documented price_at_view is DECIMAL(10,2). */
const HIGHEST = '99999999.99';

/** The price as product_views can hold it, or null: in some currencies a price has more digits, and the view counts without it. */
export function storablePrice(price: string | null): string | null {
  return price === null || compareMoney(price, HIGHEST) > 0 ? null : price;
}
