import { createdTimes } from '../db/reconcile.js';
import { saveOrders } from '../db/orders.js';
import type { AttributionRules } from '../reengagement/attribution.js';
import type { ShopOrder } from '../reengagement/shop-facts.js';
import { reportConversions } from './attribute-conversions.js';
import type { JobServices } from './services.js';

/** Writes orders as the shop gave them into the mirror. `begun` (ms): when the reading began that brought them. */
export async function mirrorOrders(
  services: JobServices,
  orders: readonly ShopOrder[],
  rules: AttributionRules,
  begun: number,
): Promise<void> {
  reportConversions(services, await saveOrders(services.database, await withoutFuture(services, orders, begun), rules));
}

/**
 * No date of the mirror lies in the future: such an order could not be changed until then, and its customer would count as having just bought.
 * It counts as placed when the mirror first had it, or when it was last modified if that was earlier, and does so for good. A payment in the
 * future counts as made when the order was placed.
 */
async function withoutFuture(
  { database, clock }: Pick<JobServices, 'database' | 'clock'>,
  orders: readonly ShopOrder[],
  begun: number,
): Promise<readonly ShopOrder[]> {
  const now = clock.now();
  const odd = orders.filter((order) => Math.max(order.createdAt, order.paidAt ?? 0, order.modifiedAt) > now);
  if (odd.length === 0) return orders;
  const known = await createdTimes(
    database,
    odd.filter(({ createdAt }) => createdAt > now).map(({ id }) => id),
  );
  return orders.map((order) => {
    const first = known.get(order.id) ?? Infinity;
    const placed = [order.createdAt, first, order.modifiedAt].find((at) => at <= now) ?? now;
    const paidAt = order.paidAt !== null && order.paidAt > now ? placed : order.paidAt;
    // Not the time of the writing: a change that was made since the order was read must be later.
    return { ...order, createdAt: placed, paidAt, modifiedAt: order.modifiedAt <= now ? order.modifiedAt : begun };
  });
}
