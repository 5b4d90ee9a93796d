import type { CampaignType } from './campaign-type.js';
import type { ConsentDecision } from './consent.js';
import { SEND_ERRORS } from './endings.js';
import { frequencyCap, type FrequencyCaps, type LoggedMessage } from './frequency-cap.js';
import { isLapseCampaign, lapseObstacle, lapseStory, type LapseReason, type LapseRules } from './lapse.js';
import { quietUntil, type QuietHours } from './quiet-hours.js';

/** Everything that decides whether one person may get one message now. Times in milliseconds, UTC. */
export interface EligibilityFacts {
  readonly campaignType: CampaignType;
  readonly enabled: boolean;
  readonly consent: ConsentDecision;
  /** ISO 3166 alpha-2 of the number. */
  readonly country: string | null;
  /** Inside a proven 24-hour window: a text, and no marketing template, will be sent. */
  readonly inWindow: boolean;
  /** WhatsApp has refused the number twice as one that it cannot reach. */
  readonly undeliverable: boolean;
  /** The person buys under another phone now (identity.ts). */
  readonly replaced: boolean;
  /** The person's log of the last 30 days, failures included, and older campaign messages. */
  readonly log: readonly (LoggedMessage & { readonly campaignType: string; readonly errorCode: number | null })[];
  readonly ownActionId: number | null;
  readonly lastPaidAt: number | null;
  readonly plannedAt: number | null;
  readonly expiresAt: number | null;
}

interface LimitFacts extends Pick<EligibilityFacts, 'log' | 'ownActionId' | 'lastPaidAt'> {
  readonly campaignType: string;
}

/** How many messages one person may get. */
export interface MessageLimits {
  readonly caps: FrequencyCaps;
  readonly lapse: LapseRules;
}

export interface EligibilityRules extends MessageLimits {
  readonly now: number;
  readonly zone: string;
  readonly quietHours: QuietHours;
  readonly usMarketing: boolean;
}

export type LimitReason = 'frequency_cap' | LapseReason;

export type SkipReason =
  | 'disabled'
  | 'opted_out'
  | 'no_consent'
  | 'us_number'
  | 'undeliverable'
  | 'phone_replaced'
  | 'expired'
  | 'bought_since'
  | LimitReason
  | 'refused_recently'
  | 'no_template'
  | 'template_held'
  | 'outside_window'
  | 'out_of_stock'
  | 'limited_stock'
  | 'told_lately'
  | 'price_up_again'
  | 'no_products';

export type Eligibility =
  | { readonly kind: 'send' }
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  | { readonly kind: 'defer'; readonly reason: 'quiet_hours'; readonly until: number };

/** After Meta refused a number, nothing goes to it for a day (131049: repeats lengthen the lock). */
const REFUSED_PAUSE_MS = 24 * 60 * 60 * 1_000;

export const SKIP_SENTENCES: Record<SkipReason, string> = {
  disabled: 'Reengagement is disabled',
  opted_out: 'Customer has opted out',
  no_consent: 'Customer has not consented to marketing',
  us_number: 'Meta does not deliver marketing templates to US numbers',
  undeliverable: 'WhatsApp cannot reach this number',
  phone_replaced: 'Customer buys under another number now',
  expired: 'Message is no longer of interest',
  bought_since: 'Customer has bought since the message was planned',
  frequency_cap: SEND_ERRORS.frequency_cap,
  lapse_told: 'Customer has had every campaign message until they buy again',
  lapse_pause: 'Too soon after the last campaign message',
  refused_recently: 'WhatsApp refused a message to this number in the last 24 hours',
  no_template: 'No template is configured for this campaign type',
  template_held: 'The template for this campaign type cannot be sent now',
  outside_window: 'Outside the 24-hour window, and only texts are configured',
  out_of_stock: 'Product is out of stock again',
  limited_stock: 'Others have waited longer for the few in stock',
  told_lately: 'Customer was told lately that the product is back',
  price_up_again: 'Price drop no longer holds',
  no_products: SEND_ERRORS.no_content,
};

/**
 * The one decision whether a message may go: asked when a campaign is planned and asked again at the moment of sending.
 * What forbids for good comes before what passes with time, so that nobody waits for a message that will never go.
 */
export function decideEligibility(facts: EligibilityFacts, rules: EligibilityRules): Eligibility {
  const reason = skipReason(facts, rules);
  if (reason !== null) return { kind: 'skip', reason };
  const until = quietUntil(rules.now, rules.zone, rules.quietHours);
  return until === null ? { kind: 'send' } : { kind: 'defer', reason: 'quiet_hours', until };
}

/** Why a message may not go, whatever the hour; null when it may. */
export function skipReason(facts: EligibilityFacts, rules: Omit<EligibilityRules, 'quietHours'>): SkipReason | null {
  if (!facts.enabled) return 'disabled';
  if (!facts.consent.granted) return facts.consent.reason;
  if (facts.country === 'US' && !facts.inWindow && !rules.usMarketing) return 'us_number';
  if (facts.undeliverable) return 'undeliverable';
  if (facts.replaced) return 'phone_replaced';
  if (facts.expiresAt !== null && facts.expiresAt <= rules.now) return 'expired';
  if (boughtSincePlanning(facts)) return 'bought_since';
  return limitReason(facts, rules, rules.now) ?? (refusedUntil(facts, rules.now) === null ? null : 'refused_recently');
}

/** Which limit of messages to one person stops this one. A lapse stops its own campaigns only: news of stock and of prices is outside it. */
export function limitReason(
  { campaignType, log, ownActionId, lastPaidAt }: LimitFacts,
  { caps, lapse }: MessageLimits,
  now: number,
): LimitReason | null {
  if (!frequencyCap(log, caps, now, ownActionId).allowed) return 'frequency_cap';
  if (!isLapseCampaign(campaignType)) return null;
  return lapseObstacle(lapseStory(log, lastPaidAt, ownActionId), lapse, now)?.reason ?? null;
}

/** Until when nothing goes to a number that Meta refused (ms); null when nothing was refused in the last 24 hours. */
export function refusedUntil(
  { log, ownActionId }: Pick<EligibilityFacts, 'log' | 'ownActionId'>,
  now: number,
): number | null {
  const ends = log
    .filter(({ status, actionId }) => status === 'failed' && (ownActionId === null || actionId !== ownActionId))
    .map(({ sentAt }) => sentAt + REFUSED_PAUSE_MS)
    .filter((end) => end > now);
  return ends.length === 0 ? null : Math.max(...ends);
}

/** A purchase answers a campaign for inactive customers; whoever waits for a product still wants to know of it. */
function boughtSincePlanning(facts: EligibilityFacts): boolean {
  if (facts.campaignType === 'back_in_stock' || facts.plannedAt === null || facts.lastPaidAt === null) return false;
  return facts.lastPaidAt > facts.plannedAt;
}
