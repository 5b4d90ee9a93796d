import { attributedRevenue, countMessages } from '../db/analytics.js';
import { attributeSince } from '../db/conversions.js';
import { DAY } from '../lib/clock.js';
import { AppError } from '../lib/errors.js';
import { analyticsByType, analyticsTotal, unknownMessages, type Analytics } from '../reengagement/analytics.js';
import { CAMPAIGN_TYPES, isCampaignType } from '../reengagement/campaign-type.js';
import { attributionRules, reportConversions } from './attribute-conversions.js';
import type { JobServices } from './services.js';

const DOCUMENTED_DAYS = 30;
const MAX_DAYS = 3_650;

export function createAnalytics(services: Pick<JobServices, 'database' | 'clock' | 'config' | 'logger'>): Analytics {
  const { database, clock } = services;
  const since = (days: number) => clock.now() - assertDays(days) * DAY;

  const getAnalytics = async (days = DOCUMENTED_DAYS) => analyticsByType(await countMessages(database, since(days)));

  return {
    getAnalytics,
    getConversionRate: async (campaignType, days) => {
      if (!isCampaignType(campaignType))
        throw new AppError('USAGE', `There is no such campaign type; there are ${CAMPAIGN_TYPES.join(', ')}`);
      return (await getAnalytics(days))[campaignType]?.conversion_rate ?? 0;
    },
    getAttributedRevenue: async (days = DOCUMENTED_DAYS) => await attributedRevenue(database, since(days)),
    report: async (days = DOCUMENTED_DAYS) => {
      const from = since(days);
      const counts = await countMessages(database, from);
      const types = analyticsByType(counts);
      return {
        days,
        since: from,
        types,
        total: analyticsTotal(types),
        revenue: await attributedRevenue(database, from),
        unknown: unknownMessages(counts),
      };
    },
    recount: async (onProgress = () => undefined) => {
      const changed = await attributeSince(database, 0, attributionRules(services.config()), (read) => {
        onProgress({ read, total: null });
      });
      reportConversions(services, changed);
      return changed;
    },
  };
}

/** @throws AppError USAGE */
function assertDays(days: number): number {
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days;
  throw new AppError('USAGE', `days has to be a whole number from 1 to ${MAX_DAYS}`);
}
