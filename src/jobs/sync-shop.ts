import { saveOrders } from '../db/orders.js';
import { SECOND } from '../lib/clock.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { walkOrders, type OrdersPage } from '../shop/orders.js';
import { readCursor, saveCompleted, saveCursor, WALKS } from './mirror.js';
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
  await beginTrash(services);
  for (const walk of WALKS) {
    const begun = services.clock.now();
    const since = await readCursor(services, walk);
    for await (const page of walkOrders(services.shop(), { status: walk, since, ...(await walkSettings(services)) })) {
      await saveOrders(services.database, page.orders, services.config().reengagement.paid_statuses);
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

async function walkSettings(services: JobServices) {
  const { shop, reengagement } = services.config();
  const { zone, country } = await services.site();
  return {
    overlapMs: shop.sync_overlap_seconds * SECOND,
    zone,
    parse: {
      defaultCountry: shop.default_country ?? country,
      consentMetaKeys: reengagement.consent_meta_keys,
      languageMetaKeys: shop.language_meta_keys,
    },
  };
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
