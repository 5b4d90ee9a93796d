import { isCounted } from './attribution.js';
import { CAMPAIGN_TYPES } from './campaign-type.js';

/** What became of the messages of one campaign type: the documented shape. */
export interface CampaignAnalytics {
  readonly sent: number;
  /** Delivered or read. */
  readonly delivered: number;
  /** Read. */
  readonly opened: number;
  /** Messages that brought at least one order. */
  readonly converted: number;
  /** Percent of the sent ones, with two decimals. */
  readonly conversion_rate: number;
}

/** All documented campaign types, and those that only somebody else's rows have. */
export type AnalyticsByType = Readonly<Record<string, CampaignAnalytics>>;

/** Currency to decimal string. Never added across. */
export type Revenue = Readonly<Record<string, string>>;

/** Everything about the messages that were sent in a time. */
export interface AnalyticsReport {
  readonly days: number;
  /** Milliseconds, UTC. */
  readonly since: number;
  readonly types: AnalyticsByType;
  readonly total: CampaignAnalytics;
  readonly revenue: Revenue;
  /** Messages that nobody knows to have arrived: not counted as sent. */
  readonly unknown: number;
}

/** As the plugin's ReengagementAnalyticsInterface. `days`: a whole number from 1 to 3650, by default 30. Errors: USAGE and DB_*. */
export interface Analytics {
  getAnalytics(days?: number): Promise<AnalyticsByType>;
  /** Percent with two decimals. @throws AppError USAGE for an unknown campaign type. */
  getConversionRate(campaignType: string, days?: number): Promise<number>;
  getAttributedRevenue(days?: number): Promise<Revenue>;
  /** The three in one. */
  report(days?: number): Promise<AnalyticsReport>;
  /** Works every conversion out anew, from the mirror and the log; returns how many have changed. */
  recount(onProgress?: (progress: { readonly read: number; readonly total: null }) => void): Promise<number>;
}

/** How many messages of one campaign type have one status, and how many of them brought an order. */
export interface MessageCount {
  readonly campaignType: string;
  readonly status: string | null;
  readonly messages: number;
  readonly converted: number;
}

type Sums = Omit<CampaignAnalytics, 'conversion_rate'>;

const NONE: Sums = { sent: 0, delivered: 0, opened: 0, converted: 0 };

export function analyticsByType(counts: readonly MessageCount[]): AnalyticsByType {
  const sums = new Map<string, Sums>(CAMPAIGN_TYPES.map((type) => [type, NONE]));
  for (const count of counts) sums.set(count.campaignType, add(sums.get(count.campaignType) ?? NONE, sumsOf(count)));
  return Object.fromEntries([...sums].map(([type, sum]) => [type, withRate(sum)]));
}

export function analyticsTotal(byType: AnalyticsByType): CampaignAnalytics {
  return withRate(Object.values(byType).reduce<Sums>(add, NONE));
}

export function unknownMessages(counts: readonly MessageCount[]): number {
  return counts.reduce((sum, { status, messages }) => sum + (status === 'unknown' ? messages : 0), 0);
}

function sumsOf({ status, messages, converted }: MessageCount): Sums {
  if (!isCounted(status)) return NONE;
  const opened = status === 'read' ? messages : 0;
  return { sent: messages, delivered: status === 'delivered' ? messages : opened, opened, converted };
}

function add(a: Sums, b: Sums): Sums {
  return {
    sent: a.sent + b.sent,
    delivered: a.delivered + b.delivered,
    opened: a.opened + b.opened,
    converted: a.converted + b.converted,
  };
}

function withRate(sums: Sums): CampaignAnalytics {
  const rate = sums.sent === 0 ? 0 : Math.round((sums.converted / sums.sent) * 10_000) / 100;
  return { ...sums, conversion_rate: rate };
}
