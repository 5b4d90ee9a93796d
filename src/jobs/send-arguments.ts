import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ActionRow, NewAction } from '../db/actions.js';
import { utcSecond } from '../db/utc.js';
import { canonicalPhone, isE164 } from '../lib/phone.js';
import { isCampaignType, type CampaignType } from '../reengagement/campaign-type.js';
import { SEND_ERRORS, type AnsweredView } from '../reengagement/endings.js';
import { newAction } from '../queue/action.js';
import { HOOKS, type Priority } from '../queue/hooks.js';
import { unwrapPayload, wrapPayload } from '../queue/payload.js';

/** The arguments of wch_send_reengagement_message: the two documented ones, and what our own planners add. */
export interface SendArguments {
  /** As canonicalPhone gives it: E.164 with plus. */
  readonly phone: string;
  readonly campaignType: CampaignType;
  /** Null in a payload from outside: then the message is worked out when it is sent. */
  readonly productIds: readonly number[] | null;
  /** The product views that the message answers, with the price it will tell. */
  readonly views: readonly AnsweredView[];
  readonly plannedAt: number | null;
  readonly expiresAt: number | null;
}

const additions = z.object({
  product_ids: z.array(z.int().positive()).nullable().catch(null).default(null),
  views: z
    .array(z.object({ id: z.int().positive(), price: z.string().nullable() }))
    .catch([])
    .default([]),
  planned_at: z.number().nullable().catch(null).default(null),
  expires_at: z.number().nullable().catch(null).default(null),
});

/** The arguments, or the documented error. */
function parseSendArguments(payload: unknown): SendArguments | { readonly error: string } {
  const args = unwrapPayload(payload);
  const phone = args['customer_phone'];
  const campaignType = args['campaign_type'];
  if (typeof phone !== 'string' || phone === '') return { error: SEND_ERRORS.missing_phone };
  if (!isE164(canonicalPhone(phone))) return { error: SEND_ERRORS.bad_phone };
  if (typeof campaignType !== 'string' || campaignType === '') return { error: SEND_ERRORS.missing_campaign_type };
  if (!isCampaignType(campaignType)) return { error: SEND_ERRORS.unknown_campaign_type };
  const more = additions.parse(args);
  return {
    phone: canonicalPhone(phone),
    campaignType,
    productIds: more.product_ids,
    views: more.views.map(({ id, price }) => ({ id, priceTold: price })),
    plannedAt: more.planned_at,
    expiresAt: more.expires_at,
  };
}

/** The arguments of an action. A payload from outside does not say when it was thought of: then its action was made, and who bought since is left alone. */
export function sendArgumentsOf(
  action: Pick<ActionRow, 'args' | 'createdAt'>,
): SendArguments | { readonly error: string } {
  const args = parseSendArguments(action.args);
  return 'error' in args ? args : { ...args, plannedAt: args.plannedAt ?? action.createdAt };
}

export interface PlannedMessage {
  readonly phone: string;
  readonly campaignType: CampaignType;
  readonly productIds: readonly number[];
  readonly views: readonly AnsweredView[];
  readonly plannedAt: number;
  readonly expiresAt: number | null;
  readonly source: 'campaign_processor' | 'back_in_stock_checker' | 'price_drop_checker';
  readonly priority: Priority;
  readonly uniqueKey: string;
}

/** A planned message as an action, in the v2 form. */
export function sendAction(message: PlannedMessage): NewAction {
  const args = {
    customer_phone: message.phone,
    campaign_type: message.campaignType,
    product_ids: message.productIds,
    views: message.views.map(({ id, priceTold }) => ({ id, price: priceTold })),
    planned_at: message.plannedAt,
    expires_at: message.expiresAt,
  };
  const meta = { queued_at: utcSecond(message.plannedAt), source: message.source, priority: message.priority };
  return newAction(HOOKS.sendMessage, wrapPayload(args, meta), message.plannedAt, message.uniqueKey);
}

/** One campaign message to a person in a day of the shop. */
export function campaignKey(phone: string, localDate: string): string {
  return `campaign:${phone}:${localDate}`;
}

/** What a message of an hourly check answers: a view, with the price it tells, or when its product was told to be back the last time (ms). */
export interface Occasion extends AnsweredView {
  readonly stockToldAt: number | null;
}

/** The same occasion is answered once: a later view of the same product is another, and so is a lower price. */
export function interestKey(
  campaignType: 'back_in_stock' | 'price_drop',
  phone: string,
  occasions: readonly Occasion[],
): string {
  const words = [...occasions]
    .sort((a, b) => a.id - b.id)
    .map(({ id, priceTold, stockToldAt }) => {
      if (priceTold !== null) return `${id}=${priceTold}`;
      return stockToldAt === null ? String(id) : `${id}@${stockToldAt}`;
    });
  const hash = createHash('sha256').update(words.join(',')).digest('hex');
  return `${campaignType}:${phone}:${hash.slice(0, 32)}`;
}
