import { z } from 'zod';
import { isQuietTime } from '../../reengagement/quiet-hours.js';
import { about, days, messages, metaKeys, natural, percent, positive, text, time } from './kinds.js';

/** `enabled`, `inactivity_threshold`, `loyalty_discount` and `loyalty_min_ltv` are the plugin's own. */
export const reengagement = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .meta(about('Master switch: while false nothing is planned and nothing is sent.', true)),
    inactivity_threshold: days
      .max(3_650)
      .default(60)
      .meta(about('Days without a purchase after which a customer is inactive.', 45)),
    paid_statuses: z
      .array(text(/^(?!wc-)[a-z0-9-]+$/, 'a status without wc-'))
      .min(1)
      .default(['completed', 'processing'])
      .meta(about('Order statuses that count as a purchase.', ['completed', 'processing', 'shipped'])),
    loyalty_discount: percent.default(15).meta(about('What a loyalty coupon takes off, in percent.', 20)),
    loyalty_min_ltv: z
      .number()
      .min(0)
      .default(500)
      .meta(about("Lifetime value from which a customer is rewarded, in the shop's currency.", 1000)),
    loyalty_coupon_days: days.max(365).default(7).meta(about('Days that a loyalty coupon is valid.', 14)),
    weekly_cap: messages.default(1).meta(about('Messages to one person in 7 days.', 2)),
    monthly_cap: messages.default(4).meta(about('Messages to one person in 30 days.', 3)),
    max_messages_per_lapse: messages
      .default(3)
      .meta(
        about(
          'Campaign messages to one person until they buy again; back in stock and price drops are outside this count.',
          2,
        ),
      ),
    lapse_gaps_days: z
      .array(days.max(3_650))
      .min(1)
      .default([7, 21, 60])
      .meta(
        about(
          'Days between the campaign messages of one lapse: after the first, after the second, and so on; the last one repeats.',
          [14, 30],
        ),
      ),
    attribution_window_days: days
      .max(365)
      .default(30)
      .meta(
        about(
          'Days after a message in which an order counts as brought by it. A change reaches older messages by reengaged analytics --recount.',
          14,
        ),
      ),
    view_window_days: days.max(365).default(30).meta(about('Days that a product view counts.', 60)),
    view_repeat_minutes: natural
      .meta({ unit: 'minutes' })
      .default(60)
      .meta(about('The same view again is recorded only after this long.', 30)),
    price_drop_percent: percent.default(10).meta(about('The smallest drop that is told.', 12.5)),
    hourly_price_drops: z
      .boolean()
      .default(false)
      .meta(about('Whether price drops are also looked for every hour (wch_check_price_drops).', true)),
    max_products: positive.max(10).default(3).meta(about('Products named in one message.', 5)),
    backorders_in_stock: z
      .boolean()
      .default(false)
      .meta(about('Whether a product on backorder counts as in stock.', true)),
    send_time: time.default('09:00').meta(about("When the daily job runs, in the shop's time.", '10:30')),
    quiet_hours: z
      .strictObject({
        from: time.default('20:00').meta(about('From this time on nothing is sent.', '21:00')),
        until: time.default('09:00').meta(about('Until this time what should be sent waits.', '08:30')),
      })
      .prefault({})
      .describe("The hours in which nothing is sent, in the shop's time."),
    consent_meta_keys: metaKeys
      .default([])
      .meta(
        about('Order meta keys that record consent (a ticked box at the checkout).', ['_whatsapp_marketing_consent']),
      ),
    account_consent_meta_keys: metaKeys
      .default([])
      .meta(
        about('Meta keys of customer accounts that record consent; a no there outweighs every yes.', [
          'whatsapp_optin',
        ]),
      ),
    utm: z
      .strictObject({
        source: z.string().default('whatsapp').meta(about('utm_source of links.', 'wa')),
        medium: z.string().default('reengagement').meta(about('utm_medium of links.', 'winback')),
      })
      .prefault({})
      .describe('What links carry for the statistics of the shop; utm_campaign is the campaign type.'),
  })
  .refine(({ send_time: sendTime, quiet_hours: quietHours }) => !isQuietTime(sendTime, quietHours), {
    path: ['send_time'],
    error: 'a time outside quiet_hours: campaigns planned inside them would wait past the end of their day, and expire',
  })
  .describe('The campaigns.');
