import type { CampaignType } from '../reengagement/campaign-type.js';
import type { ResolvedCampaign } from '../reengagement/campaign-type-resolver.js';
import { limitReason, skipReason, type SkipReason } from '../reengagement/eligibility.js';
import { chooseTemplate } from '../reengagement/message-builder.js';
import type { Interests } from './interests.js';
import { eligibilityFacts, inWindow, type Recipient } from './recipients.js';
import type { PlannedMessage } from './send-arguments.js';
import type { JobServices } from './services.js';
import { eligibilityRules, messageLimits, messageSettings } from './settings.js';

export type Skipped = Partial<Record<SkipReason, number>>;

/** What a planner has decided for a page of people. */
export interface PlannedPage {
  readonly messages: readonly PlannedMessage[];
  /** People on this page who get no message, by reason. */
  readonly skipped: Skipped;
  /** What it was decided by; by phone. */
  readonly recipients: ReadonlyMap<string, Recipient>;
  readonly interests: Interests;
}

export function count<Key extends string>(counts: Partial<Record<Key, number>>, key: Key, more = 1): void {
  counts[key] = (counts[key] ?? 0) + more;
}

/** Adds what was counted of a page to what was counted before. */
export function addCounts<Key extends string>(
  counts: Partial<Record<Key, number>>,
  more: Partial<Record<Key, number>>,
): void {
  for (const [key, number] of Object.entries(more) as [Key, number][]) count(counts, key, number);
}

/**
 * Why no message of this type is planned for a person; null when one may be. What passes with the day, quiet hours, is no obstacle: the
 * message waits.
 */
export function planningObstacle(
  services: JobServices,
  recipient: Recipient,
  campaignType: CampaignType,
  zone: string,
  now: number,
): SkipReason | null {
  const occasion = { campaignType, enabled: true, now, actionId: null, plannedAt: null, expiresAt: null };
  return skipReason(eligibilityFacts(recipient, occasion), eligibilityRules(services.config(), zone, now));
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

/** Why the campaign type that was found for this person cannot be said to them after all: the limits of a lapse are its own, and so is the template. */
export async function campaignObstacle(
  services: JobServices,
  recipient: Recipient,
  campaignType: CampaignType,
  now: number,
): Promise<SkipReason | null> {
  const { log, customer } = recipient;
  const facts = { campaignType, log, ownActionId: null, lastPaidAt: customer?.lastPaidAt ?? null };
  return (
    limitReason(facts, messageLimits(services.config()), now) ??
    (await templateObstacle(services, recipient, campaignType, now))
  );
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
