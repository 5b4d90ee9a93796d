import { canonicalPhone, isE164 } from '../lib/phone.js';
import { unwrapPayload } from './payload.js';

/** Action Scheduler's group of all our actions (job documentation). */
export const GROUP = 'wch';

/** The documented hooks, and the daemon's own housekeeping. */
export const HOOKS = {
  processCampaigns: 'wch_process_reengagement_campaigns',
  checkBackInStock: 'wch_check_back_in_stock',
  checkPriceDrops: 'wch_check_price_drops',
  sendMessage: 'wch_send_reengagement_message',
  syncShop: 'reengaged_sync_shop',
  syncAccounts: 'reengaged_sync_accounts',
  reconcileOrders: 'reengaged_reconcile_orders',
  syncCatalogue: 'reengaged_sync_catalogue',
  deleteCoupon: 'reengaged_delete_coupon',
  pruneActions: 'reengaged_prune_actions',
  attributeConversions: 'reengaged_attribute_conversions',
} as const;

export type Hook = (typeof HOOKS)[keyof typeof HOOKS];

export const ALL_HOOKS: readonly Hook[] = Object.values(HOOKS);

export function isHook(value: string): value is Hook {
  return (ALL_HOOKS as readonly string[]).includes(value);
}

/** Lower runs first, as in Action Scheduler; a claim takes one priority after the other. */
export const PRIORITIES = { high: 5, normal: 10, low: 20 } as const;
export type Priority = keyof typeof PRIORITIES;

/**
 * What there may be only one unfinished action of: a message to one person, and a run of a job by hand. A message that waits for
 * somebody forbids a second one, whoever queues it. Null where any number may wait.
 */
export function unfinishedKey(hook: string, args: unknown): string | null {
  if (hook === HOOKS.sendMessage) {
    const phone = recipientOf(hook, args);
    return phone === null ? null : `send:${phone}`;
  }
  return hook === HOOKS.deleteCoupon ? null : `by-hand:${hook}`;
}

/** Whom a message is for, as canonicalPhone gives it; null for other hooks, and where the payload names nobody. */
export function recipientOf(hook: string, args: unknown): string | null {
  if (hook !== HOOKS.sendMessage) return null;
  const phone = unwrapPayload(args)['customer_phone'];
  return typeof phone === 'string' && isE164(canonicalPhone(phone)) ? canonicalPhone(phone) : null;
}

/** The same for the planned runs of a recurring job: tomorrow's run must not keep anybody from running the job now. */
export function slotJobKey(hook: Hook): string {
  return `slot:${hook}`;
}
