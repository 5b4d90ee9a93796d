import type { ActionRow } from '../db/actions.js';
import { SEND_ERRORS, type AnsweredView, type Ending } from '../reengagement/endings.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { createDelivery, type Delivery } from './delivery.js';
import { sendArgumentsOf } from './send-arguments.js';
import { sendContent } from './send-content.js';
import { findObstacle, invalid, skipped } from './send-obstacle.js';
import { createSendLoaders, type SendLoaders } from './send-loaders.js';
import type { JobServices } from './services.js';

/** Actions prepared at once for each message that may be under way: preparing waits for neighbours to share statements with. */
const PREPARED_AHEAD = 3;

/**
 * wch_send_reengagement_message: checks everything again, takes a slot under the cap, sends, and returns the documented
 * `{success, message_id}` or `{success, error}`. design.md, "Sending", has the order of the steps and why.
 */
export function sendMessageHandler(services: JobServices): Handler {
  const loaders = createSendLoaders(services);
  const delivery = createDelivery(services, loaders);
  return {
    hook: HOOKS.sendMessage,
    exclusive: false,
    concurrency: () => services.config().whatsapp.concurrency * PREPARED_AHEAD,
    run: (action) => send(services, loaders, delivery, action),
    interrupted: (_action, views) => interrupted(views),
    exhausted: (action, error) => exhausted(action, error),
  };
}

async function send(
  services: JobServices,
  loaders: SendLoaders,
  delivery: Delivery,
  action: ActionRow,
): Promise<Ending> {
  const args = sendArgumentsOf(action);
  if ('error' in args) return invalid(args.error);
  const recipient = await loaders.recipient(args.phone);
  if (!recipient.known) return invalid(SEND_ERRORS.customer_not_found);
  const coupon = recipient.log.find((row) => row.actionId === action.id)?.couponCode ?? null;
  const obstacle = await findObstacle(services, recipient, args, action);
  if (obstacle !== null) return withoutCoupon(obstacle, coupon);
  const interests = await loaders.interests(recipient, args.productIds);
  const sending = { ...services, products: loaders.products };
  const content = await sendContent(sending, recipient, args, interests, loaders.arrivals);
  if (typeof content === 'string')
    return withoutCoupon(
      content === 'no_products' && args.productIds === null ? invalid(SEND_ERRORS.no_content) : skipped(content),
      coupon,
    );
  return await delivery({ action, args, recipient, content, coupon });
}

/** An earlier attempt may have made a coupon: an action that ends without it, or gives its reservation up, has it deleted. */
function withoutCoupon(ending: Ending, couponCode: string | null): Ending {
  if (couponCode === null || ending.name === 'outage') return ending;
  return { ...ending, followUps: [{ hook: HOOKS.deleteCoupon, args: { coupon_code: couponCode } }] };
}

/** The daemon died after the POST had begun: nobody knows, and it is never made again. */
function interrupted(views: readonly AnsweredView[]): Ending {
  const error = 'The daemon stopped while the message was being sent';
  return { name: 'unknown', error, result: { success: false, error }, views };
}

function exhausted(action: ActionRow, error: string): Ending {
  return {
    name: 'refused',
    error,
    result: { success: false, error },
    followUps: [{ hook: HOOKS.deleteCoupon, args: { action_id: action.id } }],
  };
}
