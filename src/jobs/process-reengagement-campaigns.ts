import { inactivePage } from '../db/customers.js';
import { localDate, startOfNextDay } from '../lib/time-zone.js';
import type { CampaignType } from '../reengagement/campaign-type.js';
import { resolveCampaignType } from '../reengagement/campaign-type-resolver.js';
import type { SkipReason } from '../reengagement/eligibility.js';
import { inactiveBefore } from '../reengagement/inactive-customers.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { adoptForeignViews } from './adopt-views.js';
import { arrivalsOf, loadInterests } from './interests.js';
import { assertMirrorFresh } from './mirror.js';
import { answeredViews, count, planningObstacle, templateObstacle, type Skipped } from './planning.js';
import { inWindow, loadRecipients, type Recipient } from './recipients.js';
import { campaignKey, sendAction, type PlannedMessage } from './send-arguments.js';
import type { JobServices } from './services.js';
import { interestSettings, sendableTypes } from './settings.js';

/** People looked at together: a fixed number of statements for all of them. */
const PAGE = 500;

export interface CampaignPage {
  readonly messages: readonly PlannedMessage[];
  /** Inactive customers on this page that get no message, by reason. */
  readonly skipped: Skipped;
}

/**
 * wch_process_reengagement_campaigns: queues the best campaign for each inactive customer and returns the count of queued messages.
 * @throws AppError MIRROR_NOT_READY, SHOP_*, WHATSAPP_*, DB_*: nothing is planned then, and the job waits
 */
async function processCampaigns(services: JobServices): Promise<number> {
  const { logger, config } = services;
  if (!config().reengagement.enabled) {
    logger.info('Reengagement is disabled: no campaign is planned');
    return 0;
  }
  await services.syncShop();
  const mirroredAt = await assertMirrorFresh(services);
  await adoptForeignViews(services);
  const skipped: Skipped = {};
  const queuedByType: Partial<Record<CampaignType, number>> = {};
  let queued = 0;
  for await (const page of planCampaigns(services, mirroredAt)) {
    if (!config().reengagement.enabled) break;
    for (const [reason, skips] of Object.entries(page.skipped)) count(skipped, reason as SkipReason, skips);
    queued += await services.enqueueAll(page.messages.map(sendAction));
    for (const message of page.messages) count(queuedByType, message.campaignType);
  }
  logger.info('Campaigns are planned', { queued, planned: queuedByType, skipped });
  return queued;
}

/**
 * Decides for every inactive customer, page by page; reads only. `mirroredAt`: what was bought later the mirror may lack, so for the
 * messages it is bought since planning.
 */
async function* planCampaigns(services: JobServices, mirroredAt: number): AsyncGenerator<CampaignPage> {
  const { database, clock, config } = services;
  const now = clock.now();
  const { zone } = await services.site();
  const arrivals = sendableTypes(config(), true).has('new_arrivals') ? await arrivalsOf(services) : [];
  const today = localDate(now, zone);
  for (let after = ''; ;) {
    const customers = await inactivePage(
      database,
      inactiveBefore(now, config().reengagement.inactivity_threshold),
      after,
      PAGE,
    );
    const last = customers.at(-1);
    if (last === undefined) return;
    after = last.phone;
    const recipients = await loadRecipients(
      database,
      customers.map((customer) => customer.phone),
      now,
    );
    const skipped: Skipped = {};
    const eligible = [...recipients.values()].filter((recipient) => {
      const reason = planningObstacle(services, recipient, zone, now);
      if (reason !== null) count(skipped, reason);
      return reason === null;
    });
    const messages = await planPage(services, eligible, { arrivals, skipped, now, mirroredAt, today, zone });
    yield { messages, skipped };
  }
}

interface Planning {
  readonly arrivals: readonly ShopProduct[];
  readonly skipped: Skipped;
  readonly now: number;
  readonly mirroredAt: number;
  readonly today: string;
  readonly zone: string;
}

async function planPage(
  services: JobServices,
  recipients: readonly Recipient[],
  planning: Planning,
): Promise<PlannedMessage[]> {
  const { arrivals, skipped, now, mirroredAt, today, zone } = planning;
  const config = services.config();
  const interests = await loadInterests(services, recipients, arrivals);
  const context = {
    now,
    products: interests.products,
    newProducts: arrivals,
    settings: interestSettings(config),
  };
  const messages: PlannedMessage[] = [];
  for (const recipient of recipients) {
    const campaign = resolveCampaignType(interests.interestOf(recipient), {
      ...context,
      sendable: sendableTypes(config, inWindow(recipient, now)),
    });
    const obstacle =
      campaign === null ? 'no_template' : await templateObstacle(services, recipient, campaign.campaignType, now);
    if (campaign === null || obstacle !== null) {
      count(skipped, obstacle ?? 'no_template');
      continue;
    }
    messages.push({
      phone: recipient.phone,
      campaignType: campaign.campaignType,
      productIds: campaign.productIds,
      views: answeredViews(campaign, interests, recipient),
      plannedAt: mirroredAt,
      expiresAt: startOfNextDay(now, zone),
      source: 'campaign_processor',
      priority: 'normal',
      uniqueKey: campaignKey(recipient.phone, today),
    });
  }
  return messages;
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
