import { z } from 'zod';
import { forgetOrders } from '../db/orders.js';
import { countMirrored, mirroredIds } from '../db/reconcile.js';
import { forgetWatermarks, readWatermark, writeWatermark } from '../db/watermarks.js';
import { DAY, MINUTE } from '../lib/clock.js';
import { isAppError } from '../lib/errors.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import type { AttributionRules } from '../reengagement/attribution.js';
import type { ShopOrder } from '../reengagement/shop-facts.js';
import { PAGE_SIZE } from '../shop/fields.js';
import type { OrderParsing } from '../shop/order-row.js';
import { fetchOrder, fetchOrders } from '../shop/orders.js';
import { attributionRules } from './attribute-conversions.js';
import { assertMirrorComplete, mirrorSettings } from './mirror.js';
import { mirrorOrders } from './mirrored-orders.js';
import type { JobServices } from './services.js';

export const RECONCILE_EVERY_MINUTES = 15;
/** Orders that are asked for one by one in a run, at most: a shop may have deleted years of them. */
const MOST_CONFIRMED = 50;

const ROUND_NAME = 'orders:reconcile';
/** The last order that was dealt with, and how many there were when they were counted last (ms). */
const storedRound = z.object({ after: z.number(), orders: z.number(), countedAt: z.number() });
type Round = z.infer<typeof storedRound>;

interface Settings {
  readonly parse: OrderParsing;
  readonly rules: AttributionRules;
}

/**
 * What the walk by modification never shows: orders that were deleted for good leave the mirror, and those that were changed without a new
 * date (anonymised, by a plugin) are written anew. Each run asks for the next of the mirrored orders by their ids, so many that all of them
 * are asked for within `shop.reconcile_days`, and begins again after the last.
 */
async function reconcileOrders(services: JobServices): Promise<{ orders: number; removed: number }> {
  const { database, clock } = services;
  const result = { orders: 0, removed: 0 };
  if (!(await isComplete(services))) return result;
  const { parse, paidStatuses } = await mirrorSettings(services);
  const settings = { parse, rules: { ...attributionRules(services.config()), paidStatuses } };
  const round = await readRound(services);
  const runs = (services.config().shop.reconcile_days * DAY) / (RECONCILE_EVERY_MINUTES * MINUTE);
  let { after } = round;
  const moveTo = async (id: number) => {
    after = id;
    await writeWatermark(database, ROUND_NAME, { ...round, after }, clock.now());
  };
  let confirmable = MOST_CONFIRMED;
  for (let pages = Math.ceil(round.orders / PAGE_SIZE / runs); pages > 0 && confirmable > 0; pages -= 1) {
    const ids = await mirroredIds(database, after, PAGE_SIZE);
    const missing = await takeListed(services, settings, ids);
    for (const id of missing.slice(0, confirmable)) {
      // Before it is asked for: an order that breaks the shop must not hold up all others.
      await moveTo(id);
      result.removed += await confirm(services, settings, id);
    }
    confirmable -= missing.length;
    if (confirmable < 0) break;
    result.orders += ids.length;
    await moveTo(ids.at(-1) ?? after);
    if (ids.length < PAGE_SIZE) {
      await forgetWatermarks(database, [ROUND_NAME]);
      break;
    }
  }
  return result;
}

async function isComplete(services: JobServices): Promise<boolean> {
  try {
    await assertMirrorComplete(services);
    return true;
  } catch (error) {
    if (isAppError(error, 'MIRROR_NOT_READY')) return false;
    throw error;
  }
}

async function readRound({ database, clock }: JobServices): Promise<Round> {
  const stored = storedRound.safeParse(await readWatermark(database, ROUND_NAME));
  const now = clock.now();
  // Once a day: the mirror may have grown since, by an import of years.
  if (stored.success && now - stored.data.countedAt < DAY) return stored.data;
  return { after: 0, ...(stored.success ? stored.data : {}), orders: await countMirrored(database), countedAt: now };
}

/** Writes down what the shop lists of these orders, in the trash too. Returns those that it does not list. */
async function takeListed(services: JobServices, settings: Settings, ids: readonly number[]): Promise<number[]> {
  let missing = [...ids];
  for (const status of ['any', 'trash'] as const) {
    if (missing.length === 0) break;
    const begun = services.clock.now();
    const found = await fetchOrders(services.shop(), missing, { status, parse: settings.parse });
    await mirrorOrders(services, found.orders, settings.rules, begun);
    missing = missing.filter((id) => !found.ids.has(id));
  }
  return missing;
}

/** Asks for one order that the shop does not list. Only its word that there is none takes the order out of the mirror: 1 then, else 0. */
async function confirm(services: JobServices, { parse, rules }: Settings, id: number): Promise<number> {
  const begun = services.clock.now();
  let order: Awaited<ReturnType<typeof fetchOrder>>;
  try {
    order = await fetchOrder(services.shop(), id, parse);
  } catch (error) {
    if (!isAppError(error, 'SHOP_REFUSED')) throw error;
    services.logger.warn('The shop neither shows an order nor says that it is gone: it is kept', { order: id, error });
    return 0;
  }
  if (order === null) {
    services.logger.info('An order that the shop has no longer is forgotten', { order: id });
    return await forgetOrders(services.database, [id], rules);
  }
  const orders: readonly ShopOrder[] = 'problem' in order ? [] : [order];
  await mirrorOrders(services, orders, rules, begun);
  return 0;
}

/** reengaged_reconcile_orders: every 15 minutes. Returns `{orders, removed}`. Nothing happens before the first walk is complete. */
export function reconcileOrdersHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.reconcileOrders,
    exclusive: true,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async () => ({ name: 'done', result: await reconcileOrders(services) }),
  };
}
