import PQueue from 'p-queue';
import type { ActionRow } from '../db/actions.js';
import { ensureCustomers } from '../db/customers.js';
import { markSending, reserveSlots, type Reservation, type ReservationRequest, type SendingMark } from '../db/log.js';
import { SECOND } from '../lib/clock.js';
import { errorMessage } from '../lib/errors.js';
import { grouped } from '../lib/group.js';
import { keepLogFields } from '../lib/logger.js';
import { compareMoney, moneyOf } from '../lib/money.js';
import { SKIP_SENTENCES } from '../reengagement/eligibility.js';
import { ENDINGS, SEND_ERRORS, type Ending } from '../reengagement/endings.js';
import { couponCode, couponTerms } from '../reengagement/loyalty.js';
import { buildMessage } from '../reengagement/message-builder.js';
import type { OutgoingMessage } from '../reengagement/message.js';
import { HOOKS } from '../queue/hooks.js';
import { couponOf, createCoupon, deleteCoupon } from '../shop/coupons.js';
import { templateScope, type HaltScope } from './halts.js';
import { emailOf, firstNameOf, inWindow, type Recipient } from './recipients.js';
import type { SendArguments } from './send-arguments.js';
import type { SendContent } from './send-content.js';
import type { SendLoaders } from './send-loaders.js';
import { findObstacle } from './send-obstacle.js';
import { endingOf } from './send-outcome.js';
import type { JobServices } from './services.js';
import { messageLimits, messageSettings } from './settings.js';

export interface Delivered {
  readonly action: ActionRow;
  readonly args: SendArguments;
  readonly recipient: Recipient;
  readonly content: SendContent;
  /** The code of a coupon that an earlier attempt may have made. */
  readonly coupon: string | null;
}

export type Delivery = (message: Delivered) => Promise<Ending>;

/** Reservations and marks wait this long for neighbours; the marks of a group are the most that a crash leaves unknown. */
const RESERVATIONS = { max: 100, waitMs: 10 };
const MARKS = { max: 100, waitMs: 5 };

/** Reserve a slot, make the coupon, build the message, mark it as being sent, POST once: in this order, each step durable before the next. */
export function createDelivery(services: JobServices, loaders: SendLoaders): Delivery {
  const { database, clock, config } = services;
  const reserve = grouped<ReservationRequest, Reservation>(async (requests) => {
    await ensureCustomers(
      database,
      requests.map((request) => request.phone),
    );
    return await reserveSlots(database, requests, messageLimits(config()), clock.now());
  }, RESERVATIONS);
  const mark = grouped<SendingMark, boolean>((marks) => markSending(database, marks, clock.now()), MARKS);
  const lane = rateLane(services);

  async function deliver(message: Delivered): Promise<Ending> {
    const { action, args } = message;
    const newCode = args.campaignType === 'loyalty_reward' ? couponCode(services.randomInt) : null;
    const slot = await reserve({
      actionId: action.id,
      claimId: action.claimId ?? '',
      phone: args.phone,
      campaignType: args.campaignType,
      lastPaidAt: message.recipient.customer?.lastPaidAt ?? null,
      couponCode: newCode,
    });
    if (slot.kind === 'lost') return lost();
    if (slot.kind === 'capped')
      return withCouponDeleted(failure('skipped', slot.reason, SKIP_SENTENCES[slot.reason]), message.coupon);
    if (slot.kind === 'begun')
      return failure('unknown', 'unknown', 'An earlier attempt had begun to send the message', message.content.views);
    const code = newCode === null ? null : slot.couponCode;
    const coupon = code === null ? null : await makeCoupon(services, message, code, code !== newCode);
    return withCouponDeleted(await send(message, coupon), code);
  }

  async function send(message: Delivered, coupon: Coupon | null): Promise<Ending> {
    const built = await compose(services, message, coupon);
    if (built === null) return failure('invalid', 'no_content', SEND_ERRORS.no_content);
    return await lane(async () => {
      const { action, args, content } = message;
      // Coupons and the rate may have taken minutes: everything is looked at once more.
      const obstacle =
        (await findObstacle(services, await loaders.recipient(args.phone), args, action)) ??
        lastObstacle(services, built);
      if (obstacle !== null) return obstacle;
      if (!(await mark({ actionId: action.id, claimId: action.claimId ?? '', views: content.views }))) return lost();
      try {
        const result = await services.whatsapp().send(built, `reengaged:${action.id}`);
        return endingOf(services, { result, message: built, action, views: content.views, phone: args.phone });
      } catch (error) {
        // Thrown on, it would count as a failed attempt, and a message that may be on its way would be sent again.
        services.logger.error('A message was sent, and then something failed that must not', {
          action: action.id,
          error,
        });
        return failure('unknown', 'unknown', errorMessage(error), content.views);
      }
    });
  }

  /** Somebody else holds the action now and ends it; what is returned here reaches no row. */
  function lost(): Ending {
    return { name: 'outage', reason: 'claim_lost', until: clock.now() };
  }

  return deliver;
}

/** Halts are looked at in the moment before the message goes: it may be the one that finds out whether they still hold. */
function lastObstacle(services: JobServices, message: OutgoingMessage): Ending | null {
  const scopes: HaltScope[] = message.kind === 'template' ? ['all', templateScope(message)] : ['all'];
  const halt = scopes.map((scope) => services.halts.current(scope)).find((found) => found !== null);
  if (halt) return { name: 'outage', reason: 'halted', error: halt.reason, until: halt.until };
  for (const scope of scopes) services.halts.enter(scope);
  return null;
}

/** Runs tasks at the configured rate, a bounded number at a time. */
function rateLane(services: JobServices): <T>(task: () => Promise<T>) => Promise<T> {
  let rate = 0;
  let queue = new PQueue();
  return async (task) => {
    const { messages_per_second: perSecond, concurrency } = services.config().whatsapp;
    if (perSecond !== rate) {
      rate = perSecond;
      queue = new PQueue({ interval: SECOND, intervalCap: perSecond, strict: true, concurrency });
    }
    queue.concurrency = concurrency;
    return await queue.add(keepLogFields(task));
  };
}

export interface Coupon {
  readonly code: string;
  readonly expiresAt: number;
}

/** `mayExist`: the code was reserved by an earlier attempt, whose coupon is taken over while it is good. */
async function makeCoupon(
  services: JobServices,
  { recipient }: Delivered,
  code: string,
  mayExist: boolean,
): Promise<Coupon> {
  const { loyalty_discount: discountPercent, loyalty_coupon_days: validDays } = services.config().reengagement;
  const now = services.clock.now();
  const shop = services.shop();
  const known = mayExist ? await couponOf(shop, code) : null;
  const good =
    known !== null && (known.expiresAt ?? 0) > now && compareMoney(known.percent, moneyOf(discountPercent)) === 0;
  if (good && known.expiresAt !== null) return { code, expiresAt: known.expiresAt };
  // An outage may have lasted longer than the coupon was good for, or the discount is another now.
  if (known !== null) await deleteCoupon(shop, code);
  const terms = couponTerms({ code, discountPercent, email: emailOf(recipient), now, validDays });
  await createCoupon(shop, terms);
  return { code, expiresAt: terms.expiresAt };
}

/** The message as it goes to Meta; null when it cannot be built. */
export async function compose(
  services: Pick<JobServices, 'config' | 'site' | 'clock'>,
  {
    args,
    recipient,
    content,
  }: Pick<Delivered, 'recipient' | 'content'> & {
    readonly args: Pick<SendArguments, 'phone' | 'campaignType'>;
  },
  coupon: Coupon | null,
): Promise<OutgoingMessage | null> {
  const config = services.config();
  return buildMessage(
    {
      to: args.phone,
      campaignType: args.campaignType,
      firstName: firstNameOf(recipient),
      language: recipient.customer?.language ?? null,
      shop: await services.site(),
      products: content.products,
      coupon,
      discountPercent: config.reengagement.loyalty_discount,
      inWindow: inWindow(recipient, services.clock.now()),
    },
    messageSettings(config),
  );
}

function failure(name: Ending['name'], reason: string, error: string, views: Ending['views'] = []): Ending {
  return { name, reason, error, result: { success: false, error }, views };
}

/** A coupon stays only with a message that was accepted or may have been, and with one that will be tried again. */
function withCouponDeleted(ending: Ending, code: string | null): Ending {
  const { log } = ENDINGS[ending.name];
  if (code === null || (log !== 'failed' && log !== 'removed')) return ending;
  return { ...ending, followUps: [{ hook: HOOKS.deleteCoupon, args: { coupon_code: code } }] };
}
