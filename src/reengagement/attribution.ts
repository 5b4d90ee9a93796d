import { DAY } from '../lib/clock.js';
import type { LogStatus } from './log-status.js';
import { purchaseOf } from './purchase.js';
import type { ShopOrder } from './shop-facts.js';

export interface AttributionRules {
  /** The order statuses that count as a purchase. */
  readonly paidStatuses: readonly string[];
  /** How long after a message an order counts as brought by it. */
  readonly windowDays: number;
}

/** One row of reengagement_log. */
export interface AttributableMessage {
  readonly id: number;
  readonly status: string | null;
  /** Milliseconds, UTC. */
  readonly sentAt: number;
}

export type AttributableOrder = Pick<
  ShopOrder,
  'id' | 'status' | 'currency' | 'total' | 'refunded' | 'createdAt' | 'paidAt'
>;

export interface Conversion {
  readonly orderId: number;
  readonly messageId: number;
  readonly currency: string;
  /** Total less refunds, a decimal string. */
  readonly revenue: string;
  /** When the order was paid, milliseconds. */
  readonly convertedAt: number;
}

/** Messages that were not sent, or of which nobody knows: an unknown one may never have arrived until a receipt says so. */
export const UNCOUNTED_STATUSES = ['reserved', 'sending', 'failed', 'unknown'] as const satisfies readonly LogStatus[];

/** Whether a log row is a message that was sent. Null, or a word that is none of ours, counts: the plugin wrote the row. */
export function isCounted(status: string | null): boolean {
  return !(UNCOUNTED_STATUSES as readonly (string | null)[]).includes(status);
}

/**
 * What one person's messages brought: an order that was paid after a message, up to and including the end of the window, converts the
 * newest such message (facts about the plugin). An order converts once; a message may have several. Ordered by the time of the payment.
 */
export function attribute(
  messages: readonly AttributableMessage[],
  orders: readonly AttributableOrder[],
  rules: AttributionRules,
): Conversion[] {
  const counted = messages.filter(({ status }) => isCounted(status)).sort((a, b) => a.sentAt - b.sentAt || a.id - b.id);
  const purchases = orders.flatMap(({ id, currency, ...order }) => {
    const purchase = purchaseOf(order, rules.paidStatuses);
    return purchase === null ? [] : [{ orderId: id, currency, revenue: purchase.net, convertedAt: purchase.at }];
  });
  let newest: AttributableMessage | undefined;
  let next = 0;
  return purchases
    .sort((a, b) => a.convertedAt - b.convertedAt || a.orderId - b.orderId)
    .flatMap((purchase): Conversion[] => {
      for (let each = counted[next]; each !== undefined && each.sentAt < purchase.convertedAt; each = counted[++next])
        newest = each;
      if (newest === undefined || purchase.convertedAt > newest.sentAt + rules.windowDays * DAY) return [];
      return [{ ...purchase, messageId: newest.id }];
    });
}
