import { MINUTE, SECOND } from '../lib/clock.js';
import { paceOf, type Pace } from '../lib/pace.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { walkOrders, type OrdersPage } from '../shop/orders.js';
import { attributionRules } from './attribute-conversions.js';
import {
  adoptSettings,
  mirrorSettings,
  readCursor,
  saveCompleted,
  saveCursor,
  WALKS,
  type MirrorSettings,
} from './mirror.js';
import { mirrorOrders } from './mirrored-orders.js';
import type { JobServices, SyncResult } from './services.js';

export interface SyncProgress extends Pace {
  readonly read: number;
  /** Null while unknown. */
  readonly total: number | null;
}

/**
 * Brings the mirror up to the shop: every order modified since the last time, of every status, and a pass for the trash, which `any`
 * leaves out. Begun again at any point it goes on where it was. What takes minutes is told in the log. Errors: SHOP_* and DB_*.
 */
export async function syncShop(
  services: JobServices,
  onProgress: (progress: SyncProgress) => void = () => undefined,
): Promise<SyncResult> {
  const result = { orders: 0, malformed: 0 };
  const settings = await mirrorSettings(services);
  const { parse, paidStatuses } = settings;
  const rules = { ...attributionRules(services.config()), paidStatuses };
  await adoptSettings(services, settings);
  await beginTrash(services, settings);
  const tell = createReport(services, onProgress);
  for (const walk of WALKS) {
    const begun = services.clock.now();
    const since = await readCursor(services, walk);
    const { zone } = await services.site();
    const overlapMs = services.config().shop.sync_overlap_seconds * SECOND;
    for await (const page of walkOrders(services.shop(), { status: walk, since, overlapMs, zone, parse })) {
      await mirrorOrders(services, page.orders, rules, begun);
      await saveCursor(services, { walk, begun, settings }, page.cursor);
      reportMalformed(services, page);
      result.orders += page.orders.length;
      result.malformed += page.malformed.length;
      if (walk === 'any') tell(result.orders + result.malformed, page.total);
    }
    await saveCompleted(services, { walk, begun, settings });
  }
  return result;
}

/** Tells `onProgress` of every page, and the log once a minute, which nobody sees change. */
function createReport({ clock, logger }: JobServices, onProgress: (progress: SyncProgress) => void) {
  const begun = clock.now();
  let nextLine = begun + MINUTE;
  return (read: number, counted: number | null): void => {
    const now = clock.now();
    // Orders that came since the shop counted them are read too.
    const total = counted === null ? null : Math.max(counted, read);
    const { perSecond, leftMs } = paceOf({ read, total }, now - begun);
    onProgress({ read, total, perSecond, leftMs });
    if (now < nextLine) return;
    nextLine = now + MINUTE;
    logger.info('Reading the orders', {
      read,
      total,
      per_second: Math.round(perSecond),
      seconds_left: leftMs === null ? null : Math.round(leftMs / SECOND),
    });
  };
}

/**
 * What lies in the trash before the first walk was never in the mirror. What is thrown there while the first walk goes on may have been
 * read just before, so the pass for the trash begins where that walk began, which may take hours and several daemons.
 */
async function beginTrash(services: JobServices, settings: MirrorSettings): Promise<void> {
  const begun = services.clock.now();
  if ((await readCursor(services, 'trash')) === null)
    await saveCursor(services, { walk: 'trash', begun, settings }, begun);
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
