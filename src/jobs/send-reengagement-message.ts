import type { ActionRow } from '../db/actions.js';
import { MINUTE } from '../lib/clock.js';
import { decideEligibility, SKIP_SENTENCES, type SkipReason } from '../reengagement/eligibility.js';
import { SEND_ERRORS, type Ending } from '../reengagement/endings.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { createDelivery, type Delivery } from './delivery.js';
import { templateObstacle } from './process-reengagement-campaigns.js';
import { eligibilityFacts, type Recipient } from './recipients.js';
import { parseSendArguments, type SendArguments } from './send-arguments.js';
import { sendContent } from './send-content.js';
import { createSendLoaders, type SendLoaders } from './send-loaders.js';
import type { JobServices } from './services.js';
import { eligibilityRules } from './settings.js';

/** Actions prepared at once for each message that may be under way: preparing waits for neighbours to share statements with. */
const PREPARED_AHEAD = 3;

/**
 * wch_send_reengagement_message: checks everything again, takes a slot under the cap, sends, and returns the documented
 * `{success, message_id}` or `{success, error}`. design.md, "Sending", has the order of the steps and why.
 */
export function sendMessageHandler(services: JobServices): Handler {
  const loaders = createSendLoaders(services);
  const delivery = createDelivery(services);
  return {
    hook: HOOKS.sendMessage,
    exclusive: false,
    concurrency: () => services.config().whatsapp.concurrency * PREPARED_AHEAD,
    run: (action) => send(services, loaders, delivery, action),
    interrupted: (action) => interrupted(action),
    exhausted: (action, error) => exhausted(action, error),
  };
}

async function send(
  services: JobServices,
  loaders: SendLoaders,
  delivery: Delivery,
  action: ActionRow,
): Promise<Ending> {
  const args = parseSendArguments(action.args);
  if ('error' in args) return invalid(args.error);
  const recipient = await loaders.recipient(args.phone);
  if (!recipient.known) return invalid(SEND_ERRORS.customer_not_found);
  const coupon = recipient.log.find((row) => row.actionId === action.id)?.couponCode ?? null;
  const obstacle = await findObstacle(services, recipient, args, action);
  if (obstacle !== null) return withoutCoupon(obstacle, coupon);
  const interests = await loaders.interests(recipient);
  const content = await sendContent(services, recipient, args, interests);
  if (typeof content === 'string')
    return withoutCoupon(
      content === 'no_products' && args.productIds === null ? invalid(SEND_ERRORS.no_content) : skipped(content),
      coupon,
    );
  return await delivery({ action, args, recipient, content });
}

/** Why the message may not go, or not now; null when it may. */
async function findObstacle(
  services: JobServices,
  recipient: Recipient,
  args: SendArguments,
  action: ActionRow,
): Promise<Ending | null> {
  const config = services.config();
  const now = services.clock.now();
  const { zone } = await services.site();
  const decision = decideEligibility(
    eligibilityFacts(recipient, {
      campaignType: args.campaignType,
      enabled: config.reengagement.enabled,
      now,
      actionId: action.id,
      plannedAt: args.plannedAt,
      expiresAt: args.expiresAt,
    }),
    eligibilityRules(config, zone, now),
  );
  if (decision.kind === 'skip') return skipped(decision.reason);
  if (decision.kind === 'defer') {
    // Waiting would only keep tomorrow's campaign from being planned.
    if (args.expiresAt !== null && args.expiresAt <= decision.until) return skipped('expired');
    return { name: 'deferred', reason: decision.reason, until: decision.until };
  }
  const halt = services.halts.current('all');
  if (halt !== null) return { name: 'outage', reason: 'halted', error: halt.reason, until: halt.until };
  const template = await templateObstacle(services, recipient, args.campaignType, now);
  if (template === 'template_held') {
    return {
      name: 'outage',
      reason: template,
      error: SKIP_SENTENCES[template],
      until: now + config.whatsapp.halt_retry_minutes * MINUTE,
    };
  }
  return template === null ? null : skipped(template);
}

function skipped(reason: SkipReason): Ending {
  const error = SKIP_SENTENCES[reason];
  return { name: 'skipped', reason, error, result: { success: false, error } };
}

function invalid(error: string): Ending {
  return { name: 'invalid', error, result: { success: false, error } };
}

/** An earlier attempt may have made a coupon: an action that ends without it, or gives its reservation up, has it deleted. */
function withoutCoupon(ending: Ending, couponCode: string | null): Ending {
  if (couponCode === null || ending.name === 'outage') return ending;
  return { ...ending, followUps: [{ hook: HOOKS.deleteCoupon, args: { coupon_code: couponCode } }] };
}

/** The daemon died after the POST had begun: nobody knows, and it is never made again. */
function interrupted(action: ActionRow): Ending {
  const args = parseSendArguments(action.args);
  const error = 'The daemon stopped while the message was being sent';
  return { name: 'unknown', error, result: { success: false, error }, views: 'error' in args ? [] : args.views };
}

function exhausted(action: ActionRow, error: string): Ending {
  return {
    name: 'refused',
    error,
    result: { success: false, error },
    followUps: [{ hook: HOOKS.deleteCoupon, args: { action_id: action.id } }],
  };
}
