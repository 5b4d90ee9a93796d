import type { Config } from '../config/schema.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS, type Hook } from '../queue/hooks.js';
import type { Schedule } from '../queue/schedule.js';
import { attributeConversionsHandler } from './attribute-conversions.js';
import { checkBackInStockHandler } from './check-back-in-stock.js';
import { deleteCouponHandler } from './delete-coupon.js';
import { processCampaignsHandler } from './process-reengagement-campaigns.js';
import { pruneActionsHandler } from './prune-actions.js';
import { sendMessageHandler } from './send-reengagement-message.js';
import type { JobServices } from './services.js';
import { syncShopHandler } from './sync-shop.js';

/** One handler for each hook. */
export function createHandlers(services: JobServices): Handler[] {
  return [
    processCampaignsHandler(services),
    checkBackInStockHandler(services),
    sendMessageHandler(services),
    syncShopHandler(services),
    deleteCouponHandler(services),
    pruneActionsHandler(services),
    attributeConversionsHandler(services),
  ];
}

/** What recurs, and when: the documented jobs as the job documentation says, in the shop's own time. */
export function recurringJobs(config: Config): ReadonlyMap<Hook, Schedule> {
  return new Map<Hook, Schedule>([
    [HOOKS.syncShop, { kind: 'minutes', every: 15 }],
    [HOOKS.processCampaigns, { kind: 'daily', time: config.reengagement.send_time }],
    [HOOKS.checkBackInStock, { kind: 'hourly' }],
    [HOOKS.pruneActions, { kind: 'daily', time: '04:00' }],
    [HOOKS.attributeConversions, { kind: 'daily', time: '04:30' }],
  ]);
}
