import { inactivePage, type CustomerRow } from '../db/customers.js';
import { localDate, startOfNextDay } from '../lib/time-zone.js';
import type { CampaignType } from '../reengagement/campaign-type.js';
import { resolveCampaignType } from '../reengagement/campaign-type-resolver.js';
import { inactiveBefore } from '../reengagement/inactive-customers.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { readAhead } from '../shop/read-ahead.js';
import { adoptForeignViews } from './adopt-views.js';
import { allIds } from './viewed-products.js';
import { arrivalsOf, askForBought, loadInterests } from './interests.js';
import { pinned } from './live-products.js';
import { assertMirrorFresh } from './mirror.js';
import {
  addCounts,
  answeredViews,
  campaignObstacle,
  count,
  planningObstacle,
  type PlannedPage,
  type Skipped,
} from './planning.js';
import { inWindow, loadRecipients } from './recipients.js';
import { campaignKey, sendAction, type PlannedMessage } from './send-arguments.js';
import type { JobServices } from './services.js';
import { interestSettings, sendableTypes } from './settings.js';

/** People looked at together: a fixed number of statements for all of them. */
const PAGE = 500;

/**
 * wch_process_reengagement_campaigns: queues the best campaign for each inactive customer and returns the count of queued messages.
 * @throws AppError MIRROR_NOT_READY, SHOP_*, WHATSAPP_*, DB_*: nothing is planned then, and the job waits
 */
async function processCampaigns(given: JobServices): Promise<number> {
  const services = pinned(given);
  const { logger, config } = services;
  if (!config().reengagement.enabled) {
    logger.info('Reengagement is disabled: no campaign is planned');
    return 0;
  }
  await services.syncShop();
  const mirroredAt = await assertMirrorFresh(services);
  // In full hundreds: page by page each request would be for a few.
  await services.products(await allIds(services, 'viewed'));
  await adoptForeignViews(services);
  const skipped: Skipped = {};
  const queuedByType: Partial<Record<CampaignType, number>> = {};
  let queued = 0;
  // A page is planned while the last one is being queued.
  for await (const { value: page } of readAhead([planCampaigns(services, await campaignRun(services, mirroredAt))])) {
    if (!config().reengagement.enabled) break;
    addCounts(skipped, page.skipped);
    queued += await services.enqueueAll(page.messages.map(sendAction));
    for (const message of page.messages) count(queuedByType, message.campaignType);
  }
  logger.info('Campaigns are planned', { queued, planned: queuedByType, skipped });
  return queued;
}

/** What is the same for everybody in a run. */
export interface CampaignRun {
  readonly now: number;
  readonly zone: string;
  readonly today: string;
  readonly endOfDay: number;
  readonly inactiveBefore: number;
  readonly arrivals: readonly ShopProduct[];
  readonly mirroredAt: number;
}

/** `mirroredAt`: what was bought later the mirror may lack, so for the messages it is bought since planning. */
export async function campaignRun(services: JobServices, mirroredAt: number): Promise<CampaignRun> {
  const now = services.clock.now();
  const config = services.config();
  const { zone } = await services.site();
  return {
    now,
    zone,
    today: localDate(now, zone),
    endOfDay: startOfNextDay(now, zone),
    inactiveBefore: inactiveBefore(now, config.reengagement.inactivity_threshold),
    arrivals: sendableTypes(config, true).has('new_arrivals') ? await arrivalsOf(services) : [],
    mirroredAt,
  };
}

/** Decides for every inactive customer, page by page; reads only. */
export async function* planCampaigns(services: JobServices, run: CampaignRun): AsyncGenerator<PlannedPage> {
  if (run.arrivals.length > 0) await askForBought(services);
  for (let after = ''; ;) {
    const customers = await inactivePage(services.database, run.inactiveBefore, after, PAGE);
    const last = customers.at(-1);
    if (last === undefined) return;
    after = last.phone;
    yield await planCampaignsFor(
      services,
      run,
      customers.map((customer) => customer.phone),
      customers,
    );
  }
}

/** The same for these inactive customers; `read` are their rows, where somebody has read them just now. */
export async function planCampaignsFor(
  services: JobServices,
  run: CampaignRun,
  phones: readonly string[],
  read?: readonly CustomerRow[],
): Promise<PlannedPage> {
  const { arrivals, now, zone } = run;
  const config = services.config();
  const recipients = await loadRecipients(services.database, phones, now, read);
  const skipped: Skipped = {};
  const eligible = [...recipients.values()].filter((recipient) => {
    // What stops any message. Whom only a lapse stops may still be told of stock and prices, which come first in the priority.
    const reason = planningObstacle(services, recipient, 'back_in_stock', zone, now);
    if (reason !== null) count(skipped, reason);
    return reason === null;
  });
  const interests = await loadInterests(services, eligible, arrivals);
  const context = { now, products: interests.products, newProducts: arrivals, settings: interestSettings(config) };
  const sendable = { inWindow: sendableTypes(config, true), outside: sendableTypes(config, false) };
  const messages: PlannedMessage[] = [];
  for (const recipient of eligible) {
    const campaign = resolveCampaignType(interests.interestOf(recipient), {
      ...context,
      sendable: inWindow(recipient, now) ? sendable.inWindow : sendable.outside,
    });
    const obstacle =
      campaign === null ? 'no_template' : await campaignObstacle(services, recipient, campaign.campaignType, now);
    if (campaign === null || obstacle !== null) {
      count(skipped, obstacle ?? 'no_template');
      continue;
    }
    messages.push({
      phone: recipient.phone,
      campaignType: campaign.campaignType,
      productIds: campaign.productIds,
      views: answeredViews(campaign, interests, recipient),
      plannedAt: run.mirroredAt,
      expiresAt: run.endOfDay,
      source: 'campaign_processor',
      priority: 'normal',
      uniqueKey: campaignKey(recipient.phone, run.today),
    });
  }
  return { messages, skipped, recipients, interests };
}

export function processCampaignsHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.processCampaigns,
    exclusive: true,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async () => ({ name: 'done', result: await processCampaigns(services) }),
  };
}
