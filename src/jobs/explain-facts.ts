import type { ActionRow } from '../db/actions.js';
import { answeredViewsOf } from '../db/log.js';
import type { EndedAction, LedgerRow, MessageRow } from '../db/story.js';
import type { StoredView } from '../db/views.js';
import { maskPhonesIn } from '../lib/phone.js';
import type { Config } from '../config/schema.js';
import { unwrapPayload } from '../queue/payload.js';
import { isOpen, type CustomerInterest } from '../reengagement/campaign-type-resolver.js';
import type {
  ConsentTold,
  EndedTold,
  MessageTold,
  OrderFacts,
  OrdersTold,
  ViewTold,
  WaitingTold,
} from '../reengagement/explanation-facts.js';
import { inactiveFrom } from '../reengagement/inactive-customers.js';
import { droppedViews, isAvailable, isInWindow, toldLately } from '../reengagement/product-interest.js';
import { purchaseOf } from '../reengagement/purchase.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import { ruleFor } from '../whatsapp/error-table.js';
import type { Recipient } from './recipients.js';
import type { JobServices } from './services.js';
import { interestSettings } from './settings.js';

export function ordersTold(
  { customer }: Recipient,
  newest: readonly OrderFacts[],
  { reengagement }: Config,
): OrdersTold {
  const lastPaidAt = customer?.lastPaidAt ?? null;
  const { inactivity_threshold: thresholdDays, paid_statuses: paidStatuses } = reengagement;
  return {
    paid: customer?.paidOrders ?? 0,
    lastPaidAt,
    lifetimeValues: customer?.lifetimeValues ?? {},
    inactivityThresholdDays: thresholdDays,
    inactiveAt: lastPaidAt === null ? null : inactiveFrom(lastPaidAt, thresholdDays),
    newest: newest.map((order) => ({
      ...order,
      notCounted: purchaseOf(order, paidStatuses) !== null ? null : whyNot(order, paidStatuses),
    })),
    paidStatuses,
  };
}

/** All of it given back, or else its status does not count. */
function whyNot(order: OrderFacts, paidStatuses: readonly string[]): 'status' | 'refunded' {
  const asPaid = { ...order, status: paidStatuses[0] ?? '' };
  return purchaseOf(asPaid, paidStatuses) === null ? 'refunded' : 'status';
}

export function consentTold(recipient: Recipient, ledger: readonly LedgerRow[], config: Config): ConsentTold {
  const { consent, profiles, customer } = recipient;
  return {
    granted: consent.granted,
    source: withoutPhones(consent.source),
    ledger: ledger.map((row) => ({ ...row, source: withoutPhones(row.source) })),
    profiles: profiles.map(({ optInMarketing, notificationOptOut }) => ({ optInMarketing, notificationOptOut })),
    order: customer?.orderConsent ?? null,
    metaKeys: config.reengagement.consent_meta_keys,
    account: customer?.accountConsent ?? null,
  };
}

/** Whoever notes where somebody agreed may write a phone there, with or without its plus. */
export function withoutPhones<T extends string | null>(source: T): T | string {
  return source === null ? source : maskPhonesIn(source);
}

export function messageTold({ messageId, ...row }: MessageRow): MessageTold {
  return {
    ...row,
    status: row.status ?? 'sent',
    messageIdEnd: messageId?.slice(-8) ?? null,
    advice: row.errorCode === null ? null : ruleFor(row.errorCode).advice,
  };
}

/** Views that a message told of: that they are back in stock is nowhere else to be seen. */
export async function toldViewIds(
  { database }: Pick<JobServices, 'database'>,
  messages: readonly MessageRow[],
): Promise<ReadonlySet<number>> {
  const counted = messages.filter(({ status }) => status !== 'failed' && status !== 'reserved');
  const ids = counted.map(({ actionId }) => actionId).filter((id) => id !== null);
  const answered = await answeredViewsOf(database, ids);
  return new Set([...answered.values()].flat().flatMap(({ id, priceTold }) => (priceTold === null ? [id] : [])));
}

interface Shelf {
  readonly config: Config;
  readonly now: number;
  readonly toldIds: ReadonlySet<number>;
  /** Null: the shop could not be asked. */
  readonly products: ReadonlyMap<number, ShopProduct> | null;
  /** Product or variation to the last purchase. */
  readonly boughtAt: CustomerInterest['boughtAt'];
}

export function viewsTold(views: readonly StoredView[], shelf: Shelf): ViewTold[] {
  const { now, products, toldIds, boughtAt } = shelf;
  const settings = interestSettings(shelf.config);
  const dropped = new Set(droppedViews(views, products ?? new Map(), now, settings).map(({ id }) => id));
  const lately = toldLately(views, now, settings);
  return views.map((view) => {
    // Who was told may wait again: the product went out of stock once more.
    const isTold = view.stockToldAt === null ? toldIds.has(view.id) : view.inStock;
    const product = products?.get(view.productId);
    const available = products === null ? null : isAvailable(product, settings.backordersInStock);
    const standing = (): ViewTold['standing'] => {
      if (!isInWindow(view, now, settings)) return 'too_old';
      if (!isOpen(view, boughtAt)) return 'bought_since';
      if (isTold) return 'told';
      if (available === null) return 'unknown';
      if (product?.published !== true) return 'gone';
      if (!view.inStock) return !available ? 'still_out' : lately.has(view.productId) ? 'told' : 'back';
      return dropped.has(view.id) ? 'cheaper' : 'same';
    };
    return {
      productId: view.productId,
      product: product?.name ?? null,
      viewedAt: view.viewedAt,
      priceAtView: view.priceAtView,
      priceNow: product?.price ?? null,
      priceTold: view.priceTold,
      foundInStock: view.inStock && !isTold,
      availableNow: available,
      standing: standing(),
    };
  });
}

export function waitingTold(action: ActionRow): WaitingTold {
  const { id, attempts, reason, error, history } = action;
  return {
    ...{ id, attempts, reason, error, history },
    campaignType: campaignTypeOf(action.args),
    isRunning: action.status === 'in-progress',
    dueAt: action.scheduledAt,
  };
}

export function endedTold({ args, ...action }: EndedAction): EndedTold {
  return { ...action, campaignType: campaignTypeOf(args) };
}

function campaignTypeOf(args: unknown): string | null {
  const type = unwrapPayload(args)['campaign_type'];
  return typeof type === 'string' ? type : null;
}
