import type { CampaignType } from './campaign-type.js';
import type { FrequencyCaps } from './frequency-cap.js';
import type { QuietHours } from './quiet-hours.js';
import type { SkipReason } from './eligibility.js';
import type { LapseReason, LapseStory } from './lapse.js';

/** Everything that decides about one person. Moments are milliseconds, UTC, under names that end in `At`; amounts are decimal strings. */
export interface ExplainedFacts {
  /** E.164 with plus. */
  readonly phone: string;
  /** When it was looked. */
  readonly at: number;
  /** The shop's time zone; UTC while the shop has never answered. */
  readonly zone: string;
  readonly zoneKnown: boolean;
  readonly enabled: boolean;
  /** Whether any order, profile or decision of this number is known. */
  readonly known: boolean;
  readonly verdict: Verdict;
  /** What could not be asked now, and so is missing below. */
  readonly unasked: readonly { readonly whom: 'shop' | 'whatsapp'; readonly problem: string }[];
  readonly mirror: {
    readonly state: 'fresh' | 'old' | 'incomplete';
    readonly readAt: number | null;
    /** Why nothing can be planned on the orders as they were read. */
    readonly problem: string | null;
  };
  readonly daemon: {
    readonly state: 'planned' | 'overdue' | 'never_ran';
    readonly dailyAt: number | null;
    readonly hourlyAt: number | null;
    /** Why the daily job was put off, as the journal has it. */
    readonly reason: string | null;
  };
  readonly orders: OrdersTold;
  readonly consent: ConsentTold;
  readonly cap: {
    readonly limits: FrequencyCaps;
    readonly counted: FrequencyCaps;
    readonly allowed: boolean;
    /** Of two reached ones the one that lasts longer. */
    readonly reached: 'weekly' | 'monthly' | null;
    readonly freeAt: number | null;
  };
  /** The campaign messages since the last purchase, and why no more may follow now. */
  readonly lapse: LapseStory & {
    readonly max: number;
    readonly reason: LapseReason | null;
    readonly freeAt: number | null;
  };
  /** When WhatsApp was found unable to reach the number. */
  readonly undeliverableAt: number | null;
  /** Since when they buy under another number. */
  readonly replacedAt: number | null;
  readonly messages: readonly MessageTold[];
  /** Until when nothing goes to a number that WhatsApp refused. */
  readonly refusedUntilAt: number | null;
  /** ISO 3166 alpha-2 of the number. */
  readonly country: string | null;
  /** Whether the setting lets marketing templates go to US numbers. */
  readonly usMarketing: boolean;
  readonly views: ViewsTold;
  readonly window: { readonly isOpen: boolean; readonly endsAt: number | null };
  readonly quietHours: QuietHours & { readonly endsAt: number | null };
  readonly campaigns: readonly CampaignTold[];
  readonly waiting: WaitingTold | null;
  readonly ended: readonly EndedTold[];
}

export type VerdictReason =
  | SkipReason
  | 'mirror_incomplete'
  | 'unknown_customer'
  | 'never_bought'
  | 'not_inactive'
  | 'quiet_hours'
  | 'halted'
  | 'slow_down'
  | 'shop_out'
  | 'whatsapp_out'
  | 'being_sent'
  | 'invalid';

export interface Verdict {
  /** send: the next run sends, or the waiting message goes. later: not before a known moment. nothing: not until something changes. */
  readonly outcome: 'send' | 'later' | 'nothing';
  /** Null where a message is sent. */
  readonly reason: VerdictReason | null;
  /** What the reason is about: who opted out where, what is wrong with a template, what the shop said. */
  readonly detail: string | null;
  readonly by: 'daily' | 'hourly' | 'queue' | null;
  /** The message that waits in the queue. */
  readonly actionId: number | null;
  /** When the reason passes. */
  readonly freeAt: number | null;
  /** The earliest moment at which a message may go. */
  readonly sendAt: number | null;
  readonly campaignType: CampaignType | null;
  /** Their names. */
  readonly products: readonly string[];
  readonly form:
    { readonly kind: 'text' } | { readonly kind: 'template'; readonly name: string; readonly language: string } | null;
}

export interface OrderFacts {
  readonly id: number;
  readonly status: string;
  readonly currency: string;
  /** Decimal strings. */
  readonly total: string;
  readonly refunded: string;
  readonly createdAt: number;
  readonly paidAt: number | null;
  readonly marketingConsent: boolean | null;
  /** It carries no phone, and is theirs by the account or the email. */
  readonly joined: boolean;
}

export interface OrdersTold {
  readonly paid: number;
  readonly lastPaidAt: number | null;
  /** Currency to amount. */
  readonly lifetimeValues: Readonly<Record<string, string>>;
  readonly inactivityThresholdDays: number;
  /** From when on the customer is inactive; null without a purchase. */
  readonly inactiveAt: number | null;
  readonly newest: readonly (OrderFacts & {
    /** Null: it counts as a purchase. */
    readonly notCounted: 'status' | 'refunded' | null;
  })[];
  readonly paidStatuses: readonly string[];
}

export interface ConsentTold {
  readonly granted: boolean;
  /** Who said so; null when nobody was asked. */
  readonly source: string | null;
  readonly ledger: readonly { readonly decision: string; readonly source: string; readonly decidedAt: number }[];
  readonly profiles: readonly { readonly optInMarketing: boolean; readonly notificationOptOut: boolean }[];
  /** What the newest order that carries a consent meta key says. */
  readonly order: boolean | null;
  readonly metaKeys: readonly string[];
  /** What the shop's accounts say. */
  readonly account: boolean | null;
}

export interface MessageTold {
  readonly actionId: number | null;
  readonly sentAt: number;
  readonly campaignType: string;
  readonly status: string;
  /** Its end only: a message id holds the phone, encoded. */
  readonly messageIdEnd: string | null;
  readonly errorCode: number | null;
  readonly error: string | null;
  /** What the error means and what to do, in a sentence. */
  readonly advice: string | null;
  readonly converted: boolean;
  readonly orderId: number | null;
}

export interface ViewsTold {
  readonly windowDays: number;
  readonly priceDropPercent: number;
  /** Written by the plugin and not taken up yet. */
  readonly foreign: number;
  readonly newest: readonly ViewTold[];
}

export interface ViewTold {
  readonly productId: number;
  /** Null: the shop could not be asked, or has it no longer. */
  readonly product: string | null;
  readonly viewedAt: number;
  readonly priceAtView: string | null;
  readonly priceNow: string | null;
  readonly priceTold: string | null;
  readonly foundInStock: boolean;
  /** When the shop can be asked: whether it can be bought now. */
  readonly availableNow: boolean | null;
  readonly standing:
    'too_old' | 'bought_since' | 'unknown' | 'gone' | 'told' | 'still_out' | 'back' | 'cheaper' | 'same';
}

export interface CampaignTold {
  readonly campaignType: CampaignType;
  /** Whether an hourly check tells of it, to whoever bought lately too; all else is the daily run's, for the inactive. */
  readonly hourly: boolean;
  /** Null: the shop could not be asked. */
  readonly applies: boolean | null;
  /** Of what the message would be about. */
  readonly products: readonly string[];
  /** loyalty_reward: what the lifetime value lacks to the minimum, in the shop's currency; null when nothing. */
  readonly missing: string | null;
  readonly currency: string | null;
  readonly template: TemplateTold;
}

export interface TemplateTold {
  readonly state: 'fine' | 'missing' | 'held' | 'unasked';
  readonly name: string | null;
  readonly language: string | null;
  readonly problem: string | null;
}

export interface WaitingTold {
  readonly id: number;
  readonly campaignType: string | null;
  readonly isRunning: boolean;
  readonly dueAt: number;
  readonly attempts: number;
  readonly reason: string | null;
  readonly error: string | null;
  readonly history: readonly string[];
}

export interface EndedTold {
  readonly id: number;
  readonly campaignType: string | null;
  readonly status: string;
  readonly endedAt: number | null;
  readonly reason: string | null;
  readonly error: string | null;
}
