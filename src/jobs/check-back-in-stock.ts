import { waitingFor, waitingPhones, waitingProductIds } from '../db/views.js';
import { DAY } from '../lib/clock.js';
import { chunks } from '../lib/group.js';
import { canonicalPhone, isE164 } from '../lib/phone.js';
import { resolveCampaignType, type ResolverContext } from '../reengagement/campaign-type-resolver.js';
import { isAvailable } from '../reengagement/product-interest.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { adoptForeignViews } from './adopt-views.js';
import { loadInterests } from './interests.js';
import { assertMirrorFresh } from './mirror.js';
import {
  addCounts,
  answeredViews,
  count,
  planningObstacle,
  templateObstacle,
  type PlannedPage,
  type Skipped,
} from './planning.js';
import { loadRecipients, type Recipient } from './recipients.js';
import { backInStockKey, sendAction, type PlannedMessage } from './send-arguments.js';
import type { JobServices } from './services.js';
import { interestSettings } from './settings.js';

const PRODUCTS = 1_000;
const PEOPLE = 500;

/**
 * wch_check_back_in_stock: tells everyone who found a product out of stock, inside the view window, that it is back, and returns the
 * count of queued messages. Whoever may not be told now (the cap, consent) keeps waiting: a view is marked when its message is accepted.
 * @throws AppError SHOP_*, WHATSAPP_*, DB_*, MIRROR_NOT_READY
 */
async function checkBackInStock(services: JobServices): Promise<number> {
  const { config, logger } = services;
  if (!config().reengagement.enabled) {
    logger.info('Reengagement is disabled: stock is not checked');
    return 0;
  }
  await adoptForeignViews(services);
  const back = await productsBack(services);
  if (back.length === 0) return 0;
  // Who has bought meanwhile is not told: the mirror has to know.
  await services.syncShop();
  await assertMirrorFresh(services);
  const skipped: Skipped = {};
  let queued = 0;
  let malformed = 0;
  for await (const page of planBackInStock(services, back)) {
    addCounts(skipped, page.skipped);
    malformed += page.malformed;
    queued += await services.enqueueAll(page.messages.map(sendAction));
  }
  logger.info('Stock is checked', { back: back.length, queued, skipped, malformed });
  return queued;
}

export interface StockPage extends PlannedPage {
  /** People on this page who have bought everything that they waited for. */
  readonly bought: number;
}

/** `back`: what productsBack has found. Decides for everyone who waits for one of them, page by page; reads only. */
export async function* planBackInStock(
  services: JobServices,
  back: readonly number[],
): AsyncGenerator<StockPage & { readonly malformed: number }> {
  const since = waitingSince(services);
  const pieceOf = new Map(back.map((id, index) => [id, Math.floor(index / PRODUCTS)]));
  for (const [piece, productIds] of chunks(back, PRODUCTS).entries()) {
    for (let after = ''; ;) {
      const stored = await waitingPhones(services.database, productIds, since, after, PEOPLE);
      const last = stored.at(-1);
      if (last === undefined) break;
      after = last;
      // Whoever wrote the table may have written anything: to queue what can only fail would fail anew every hour.
      const usable = stored.filter((phone) => isE164(canonicalPhone(phone)));
      const firstMet = await firstMeetings(services, usable.map(canonicalPhone), since, pieceOf);
      const phones = usable.filter((phone) => {
        const first = firstMet.get(canonicalPhone(phone));
        return first?.piece === piece && first.phone === phone;
      });
      const page = await planBackInStockFor(services, phones.map(canonicalPhone));
      yield { ...page, malformed: stored.length - usable.length };
    }
  }
}

/**
 * Where planBackInStock comes upon each of these people first: they may wait for products of several pieces, and stand there in several
 * spellings of one phone.
 */
async function firstMeetings(
  services: JobServices,
  phones: readonly string[],
  since: number,
  pieceOf: ReadonlyMap<number, number>,
): Promise<Map<string, { readonly piece: number; readonly phone: string }>> {
  const first = new Map<string, { piece: number; phone: string }>();
  for (const { phone, productId } of await waitingFor(services.database, phones, since)) {
    const piece = pieceOf.get(productId);
    const known = first.get(canonicalPhone(phone));
    if (piece !== undefined && (known === undefined || piece < known.piece))
      first.set(canonicalPhone(phone), { piece, phone });
  }
  return first;
}

function waitingSince({ clock, config }: JobServices): number {
  return clock.now() - config().reengagement.view_window_days * DAY;
}

/** The products that somebody waits for and that can be bought again. */
export async function productsBack(services: JobServices): Promise<number[]> {
  const since = waitingSince(services);
  const back: number[] = [];
  for (let after = 0; ;) {
    const ids = await waitingProductIds(services.database, since, after, PRODUCTS);
    const last = ids.at(-1);
    if (last === undefined) return back;
    const products = await services.products(ids);
    back.push(...ids.filter((id) => isAvailable(products.get(id), services.config().reengagement.backorders_in_stock)));
    after = last;
  }
}

/** The same for these people. */
export async function planBackInStockFor(services: JobServices, phones: readonly string[]): Promise<StockPage> {
  const now = services.clock.now();
  const { zone } = await services.site();
  const recipients = await loadRecipients(services.database, phones, now);
  const skipped: Skipped = {};
  const allowed = [...recipients.values()].filter((recipient) => {
    const reason = planningObstacle(services, recipient, zone, now);
    if (reason !== null) count(skipped, reason);
    return reason === null;
  });
  const interests = await loadInterests(services, allowed, []);
  const context: ResolverContext = {
    now,
    products: interests.products,
    newProducts: [],
    sendable: new Set(['back_in_stock']),
    settings: interestSettings(services.config()),
  };
  const messages: PlannedMessage[] = [];
  let bought = 0;
  for (const recipient of allowed) {
    const campaign = resolveCampaignType(interests.interestOf(recipient), context);
    if (campaign === null) {
      bought += 1;
      continue;
    }
    const obstacle = await templateObstacle(services, recipient, 'back_in_stock', now);
    if (obstacle !== null) count(skipped, obstacle);
    else messages.push(planned(recipient, campaign.productIds, answeredViews(campaign, interests, recipient), now));
  }
  return { messages, skipped, recipients, interests, bought };
}

function planned(
  recipient: Recipient,
  productIds: readonly number[],
  views: PlannedMessage['views'],
  now: number,
): PlannedMessage {
  return {
    phone: recipient.phone,
    campaignType: 'back_in_stock',
    productIds,
    views,
    plannedAt: now,
    // It is of interest until the product is gone again or the view is too old: both are looked at when it is sent.
    expiresAt: null,
    source: 'back_in_stock_checker',
    priority: 'high',
    uniqueKey: backInStockKey(
      recipient.phone,
      views.map((view) => view.id),
    ),
  };
}

export function checkBackInStockHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.checkBackInStock,
    exclusive: true,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async () => ({ name: 'done', result: await checkBackInStock(services) }),
  };
}
