import { z } from 'zod';
import { about, aboutSecret, days, metaKeys, natural, positive, seconds, secret, text, webAddress } from './kinds.js';

export const shop = z
  .strictObject({
    url: webAddress.meta(about("The shop's address, http or https.", 'https://shop.example.com')),
    rest_prefix: z
      .string()
      .min(1)
      .default('wp-json')
      .meta(about('The path of the REST API (WordPress rest_url_prefix).', 'api')),
    consumer_key: secret.meta(aboutSecret('WooCommerce REST key, with read and write permission.', 'WOOCOMMERCE_KEY')),
    consumer_secret: secret.meta(aboutSecret('The secret of that key.', 'WOOCOMMERCE_SECRET')),
    query_string_auth: z
      .boolean()
      .default(false)
      .meta(
        about(
          'Send the key in the address over https, for hosts that strip the Authorization header. It then stands in their logs.',
          true,
        ),
      ),
    timeout_seconds: seconds.max(600).default(30).meta(about('How long one request may take.', 60)),
    concurrency: positive
      .max(10)
      .meta({ unit: 'requests' })
      .default(2)
      .meta(
        about(
          "Requests to the shop at a time. More take PHP workers from the shop's own customers and gain little.",
          1,
        ),
      ),
    requests_per_second: positive
      .max(100)
      .meta({ unit: 'requests' })
      .default(10)
      .meta(about('Requests to the shop in one second, at most.', 5)),
    reconcile_days: days
      .max(365)
      .default(7)
      .meta(
        about(
          'Days over which every order and every account is asked for once more, to notice what vanished or changed.',
          14,
        ),
      ),
    default_country: text(/^[A-Z]{2}$/, 'two capital letters (ISO 3166)')
      .optional()
      .meta(
        about(
          "The country of phone numbers written without one, where the order's address names none. Without it: the shop's own.",
          'ES',
        ),
      ),
    sync_overlap_seconds: natural
      .max(86_400)
      .meta({ unit: 'seconds' })
      .default(120)
      .meta(about('How far a sync steps back, so that orders saved late are seen.', 300)),
    language_meta_keys: metaKeys
      .default(['wpml_language', 'trp_language'])
      .meta(about("Order meta that holds the customer's language.", ['wpml_language', 'site_language'])),
  })
  .describe('The WooCommerce shop.');
