import { z } from 'zod';
import { saveOrders } from '../db/orders.js';
import { readWatermark, writeWatermark } from '../db/watermarks.js';
import { HOUR, SECOND } from '../lib/clock.js';
import { AppError } from '../lib/errors.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { walkOrders, type OrdersPage } from '../shop/orders.js';
import type { JobServices } from './services.js';

/** The mirror is fresh for this long (design, Planning). */
export const MIRROR_FRESH_MS = HOUR;

const cursorSchema = z.object({
  /** Milliseconds: everything modified before is read. */
  cursor: z.number().nullable(),
  /** When the last walk that reached the end was begun; null while the first one is under way. */
  completedAt: z.number().nullable(),
});
type Cursor = z.infer<typeof cursorSchema>;

const WALKS = ['any', 'trash'] as const;
type Walk = (typeof WALKS)[number];

export interface SyncProgress {
  readonly read: number;
  /** Null while unknown. */
  readonly total: number | null;
}

export interface SyncResult {
  readonly orders: number;
  readonly malformed: number;
}

const watermark = (walk: Walk) => `orders:${walk}`;

async function readCursor(services: JobServices, walk: Walk): Promise<Cursor> {
  const parsed = cursorSchema.safeParse(await readWatermark(services.database, watermark(walk)));
  return parsed.success ? parsed.data : { cursor: null, completedAt: null };
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
  for (const walk of WALKS) {
    const begun = services.clock.now();
    const start = await readCursor(services, walk);
    // What lies in the trash before the first walk was never in the mirror.
    const since = start.cursor ?? (walk === 'trash' ? begun : null);
    let read = 0;
    let cursor = since;
    for await (const page of walkOrders(services.shop(), { status: walk, since, ...(await walkSettings(services)) })) {
      await saveOrders(services.database, page.orders, services.config().reengagement.paid_statuses);
      reportMalformed(services, page);
      cursor = page.cursor;
      await writeWatermark(
        services.database,
        watermark(walk),
        { cursor, completedAt: start.completedAt } satisfies Cursor,
        services.clock.now(),
      );
      read += page.orders.length;
      result.malformed += page.malformed.length;
      if (walk === 'any') onProgress?.({ read, total: page.total });
    }
    result.orders += read;
    await writeWatermark(
      services.database,
      watermark(walk),
      { cursor, completedAt: begun } satisfies Cursor,
      services.clock.now(),
    );
  }
  return result;
}

async function walkSettings(services: JobServices) {
  const { shop, reengagement } = services.config();
  return {
    overlapMs: shop.sync_overlap_seconds * SECOND,
    parse: {
      defaultCountry: shop.default_country ?? (await services.site()).country,
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

/**
 * Refuses to plan on a half-read or stale mirror, in which everyone looks inactive.
 * @throws AppError MIRROR_NOT_READY
 */
export async function assertMirrorFresh(services: JobServices): Promise<void> {
  for (const walk of WALKS) {
    const { completedAt } = await readCursor(services, walk);
    if (completedAt === null)
      throw new AppError('MIRROR_NOT_READY', "The first walk through the shop's orders is not complete");
    if (services.clock.now() - completedAt > MIRROR_FRESH_MS)
      throw new AppError('MIRROR_NOT_READY', "The shop's orders were last read more than an hour ago");
  }
}

/** reengaged_sync_shop: every 15 minutes. Returns `{orders, malformed}`. */
export function syncShopHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.syncShop,
    exclusive: true,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async () => ({ name: 'done', result: await syncShop(services) }),
  };
}
