import { saveOrders } from '../db/orders.js';
import { SECOND } from '../lib/clock.js';
import type { ShopOrder } from '../reengagement/shop-facts.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { walkOrders, type OrdersPage } from '../shop/orders.js';
import { attributionRules, reportConversions } from './attribute-conversions.js';
import { adoptSettings, mirrorSettings, readCursor, saveCompleted, saveCursor, WALKS } from './mirror.js';
import type { JobServices, SyncResult } from './services.js';

export interface SyncProgress {
  readonly read: number;
  /** Null while unknown. */
  readonly total: number | null;
}

/**
 * Brings the mirror up to the shop: every order modified since the last time, of every status, and a pass for the trash, which `any`
 * leaves out. Begun again at any point it goes on where it was. Errors: SHOP_* and DB_*.
 */
export async function syncShop(
  services: JobServices,
  onProgress?: (progress: SyncProgress) => void,
): Promise<SyncResult> {
  const result = { orders: 0, malformed: 0 };
  const settings = await mirrorSettings(services);
  const { parse, paidStatuses } = settings;
  const rules = { ...attributionRules(services.config()), paidStatuses };
  await adoptSettings(services, settings);
  await beginTrash(services);
  for (const walk of WALKS) {
    const begun = services.clock.now();
    const since = await readCursor(services, walk);
    const { zone } = await services.site();
    const overlapMs = services.config().shop.sync_overlap_seconds * SECOND;
    for await (const page of walkOrders(services.shop(), { status: walk, since, overlapMs, zone, parse })) {
      const orders = upToNow(page.orders, services.clock.now());
      reportConversions(services, await saveOrders(services.database, orders, rules));
      await saveCursor(services, walk, page.cursor);
      reportMalformed(services, page);
      result.orders += page.orders.length;
      result.malformed += page.malformed.length;
      if (walk === 'any') onProgress?.({ read: result.orders, total: page.total });
    }
    await saveCompleted(services, walk, begun);
  }
  return result;
}

/**
 * What lies in the trash before the first walk was never in the mirror. What is thrown there while the first walk goes on may have been
 * read just before, so the pass for the trash begins where that walk began, which may take hours and several daemons.
 */
async function beginTrash(services: JobServices): Promise<void> {
  if ((await readCursor(services, 'trash')) === null) await saveCursor(services, 'trash', services.clock.now());
}

/** The mirror never takes an older copy for a newer one: an order from the future could not be changed until then. */
function upToNow(orders: readonly ShopOrder[], now: number): ShopOrder[] {
  return orders.map((order) => ({ ...order, modifiedAt: Math.min(order.modifiedAt, now) }));
}

function reportMalformed(services: JobServices, page: OrdersPage): void {
  for (const order of page.malformed)
    services.logger.warn('An order is left out: it is not what WooCommerce documents', {
      order: order.id,
      problem: order.problem,
    });
}

/** reengaged_sync_shop: every 15 minutes. Returns `{orders, malformed}`. */
export function syncShopHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.syncShop,
    exclusive: true,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async () => ({ name: 'done', result: await services.syncShop() }),
  };
}
