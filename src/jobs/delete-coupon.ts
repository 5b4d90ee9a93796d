import { z } from 'zod';
import { couponOfAction } from '../db/log.js';
import type { Ending } from '../reengagement/endings.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { unwrapPayload } from '../queue/payload.js';
import { deleteCoupon } from '../shop/coupons.js';
import type { JobServices } from './services.js';

const schema = z.union([z.object({ coupon_code: z.string().min(1) }), z.object({ action_id: z.int().positive() })]);

/** reengaged_delete_coupon: takes back the coupon of a message that was not accepted. Done again it does no harm. */
export function deleteCouponHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.deleteCoupon,
    exclusive: false,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async (action): Promise<Ending> => {
      const args = schema.safeParse(unwrapPayload(action.args));
      if (!args.success) return { name: 'broken', error: 'The payload names neither a coupon_code nor an action_id' };
      const code =
        'coupon_code' in args.data
          ? args.data.coupon_code
          : await couponOfAction(services.database, args.data.action_id);
      return { name: 'done', result: { deleted: code !== null && (await deleteCoupon(services.shop(), code)) } };
    },
  };
}
