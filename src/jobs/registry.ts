import type { Config } from '../config/schema.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS, type Hook } from '../queue/hooks.js';
import type { Schedule } from '../queue/schedule.js';
import { attributeConversionsHandler } from './attribute-conversions.js';
import { checkBackInStockHandler } from './check-back-in-stock.js';
import { checkPriceDropsHandler } from './check-price-drops.js';
import { deleteCouponHandler } from './delete-coupon.js';
import { processCampaignsHandler } from './process-reengagement-campaigns.js';
import { pruneActionsHandler } from './prune-actions.js';
import { RECONCILE_EVERY_MINUTES, reconcileOrdersHandler } from './reconcile-orders.js';
import { sendMessageHandler } from './send-reengagement-message.js';
import type { JobServices } from './services.js';
import { ACCOUNTS_EVERY_MINUTES, syncAccountsHandler } from './sync-accounts.js';
import { syncCatalogueHandler } from './sync-catalogue.js';
import { syncShopHandler } from './sync-shop.js';

/** One handler for each hook. */
export function createHandlers(services: JobServices): Handler[] {
  return [
    processCampaignsHandler(services),
    checkBackInStockHandler(services),
    checkPriceDropsHandler(services),
    sendMessageHandler(services),
    syncShopHandler(services),
    syncAccountsHandler(services),
    reconcileOrdersHandler(services),
    syncCatalogueHandler(services),
    deleteCouponHandler(services),
    pruneActionsHandler(services),
    attributeConversionsHandler(services),
  ];
}

/** What recurs, and when: the documented jobs as the job documentation says, in the shop's own time. */
export function recurringJobs(config: Config): ReadonlyMap<Hook, Schedule> {
  return new Map<Hook, Schedule>([
    [HOOKS.syncShop, { kind: 'minutes', every: 15 }],
    [HOOKS.syncAccounts, { kind: 'minutes', every: ACCOUNTS_EVERY_MINUTES }],
    [HOOKS.reconcileOrders, { kind: 'minutes', every: RECONCILE_EVERY_MINUTES }],
    [HOOKS.syncCatalogue, { kind: 'minutes', every: 15 }],
    [HOOKS.processCampaigns, { kind: 'daily', time: config.reengagement.send_time }],
    [HOOKS.checkBackInStock, { kind: 'hourly' }],
    ...(config.reengagement.hourly_price_drops ? ([[HOOKS.checkPriceDrops, { kind: 'hourly' }]] as const) : []),
    [HOOKS.pruneActions, { kind: 'daily', time: '04:00' }],
    [HOOKS.attributeConversions, { kind: 'daily', time: '04:30' }],
  ]);
}
