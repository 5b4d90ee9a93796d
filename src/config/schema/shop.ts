import { z } from 'zod';
import { about, aboutSecret, metaKeys, natural, seconds, secret, text, webAddress } from './kinds.js';

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
