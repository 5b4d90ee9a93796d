import { inactivePage } from '../db/customers.js';
import { localDate, startOfNextDay } from '../lib/time-zone.js';
import type { CampaignType } from '../reengagement/campaign-type.js';
import { resolveCampaignType, type ResolvedCampaign } from '../reengagement/campaign-type-resolver.js';
import { decideEligibility, type SkipReason } from '../reengagement/eligibility.js';
import { inactiveBefore } from '../reengagement/inactive-customers.js';
import { chooseTemplate } from '../reengagement/message-builder.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { adoptForeignViews } from './adopt-views.js';
import { arrivalsOf, loadInterests, type Interests } from './interests.js';
import { assertMirrorFresh } from './mirror.js';
import { eligibilityFacts, inWindow, loadRecipients, type Recipient } from './recipients.js';
import { campaignKey, sendAction, type PlannedMessage } from './send-arguments.js';
import type { JobServices } from './services.js';
import { eligibilityRules, interestSettings, messageSettings, sendableTypes } from './settings.js';

/** People looked at together: a fixed number of statements for all of them. */
const PAGE = 500;

export type Skipped = Partial<Record<SkipReason, number>>;

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
    for (const [reason, count] of Object.entries(page.skipped)) add(skipped, reason as SkipReason, count);
    const count = await services.enqueueAll(page.messages.map(sendAction));
    for (const message of page.messages) add(queuedByType, message.campaignType, 1);
    queued += count;
  }
  logger.info('Campaigns are planned', { queued, planned: queuedByType, skipped });
  return queued;
}

function add<Key extends string>(counts: Partial<Record<Key, number>>, key: Key, count: number): void {
  counts[key] = (counts[key] ?? 0) + count;
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
      const reason = skipReason(services, recipient, zone, now);
      if (reason !== null) add(skipped, reason, 1);
      return reason === null;
    });
    const messages = await planPage(services, eligible, { arrivals, skipped, now, mirroredAt, today, zone });
    yield { messages, skipped };
  }
}

function skipReason(services: JobServices, recipient: Recipient, zone: string, now: number): SkipReason | null {
  // The type matters only for what happened since planning, and this is the planning.
  const occasion = {
    campaignType: 'we_miss_you',
    enabled: true,
    now,
    actionId: null,
    plannedAt: null,
    expiresAt: null,
  } as const;
  const decision = decideEligibility(
    eligibilityFacts(recipient, occasion),
    eligibilityRules(services.config(), zone, now),
  );
  return decision.kind === 'skip' ? decision.reason : null;
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
      add(skipped, obstacle ?? 'no_template', 1);
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

/** The views with the price that the message will tell, where it tells one. */
export function answeredViews(campaign: ResolvedCampaign, interests: Interests, recipient: Recipient) {
  if (campaign.campaignType === 'back_in_stock') return campaign.viewIds.map((id) => ({ id, priceTold: null }));
  const productOf = new Map(interests.interestOf(recipient).views.map((view) => [view.id, view.productId]));
  return campaign.viewIds.map((id) => ({
    id,
    priceTold: interests.products.get(productOf.get(id) ?? 0)?.price ?? null,
  }));
}

/** Why a campaign type cannot be said to this person: no template, or one that Meta would refuse. */
export async function templateObstacle(
  services: JobServices,
  recipient: Recipient,
  campaignType: CampaignType,
  now: number,
): Promise<'no_template' | 'template_held' | 'outside_window' | null> {
  const settings = messageSettings(services.config());
  if (settings.mode !== 'template' && inWindow(recipient, now)) return null;
  if (settings.mode === 'text') return 'outside_window';
  const template = chooseTemplate(campaignType, recipient.customer?.language ?? null, settings);
  if (template === null) return 'no_template';
  return (await services.templates.problem(template)) === null ? null : 'template_held';
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
