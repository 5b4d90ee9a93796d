import { compareMoney, subtractMoney } from '../lib/money.js';
import type { ShopOrder } from './shop-facts.js';

export interface Purchase {
  /** When it was paid, milliseconds. */
  readonly at: number;
  /** Total less refunds: a decimal string in the order's currency. */
  readonly net: string;
}

/**
 * An order as a purchase; null while it is none. `paidStatuses`: the order statuses that count as paid. A fully refunded order is no
 * purchase, a free one is; where no payment was noted, the time of the order is taken.
 */
export function purchaseOf(
  order: Pick<ShopOrder, 'status' | 'total' | 'refunded' | 'createdAt' | 'paidAt'>,
  paidStatuses: readonly string[],
): Purchase | null {
  const { total, refunded } = order;
  const isFullyRefunded = compareMoney(refunded, '0') > 0 && compareMoney(refunded, total) >= 0;
  if (!paidStatuses.includes(order.status) || isFullyRefunded) return null;
  return { at: order.paidAt ?? order.createdAt, net: subtractMoney(total, refunded) };
}
