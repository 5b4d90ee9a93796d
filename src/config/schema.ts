import { z } from 'zod';
import { CAMPAIGN_TYPES } from '../reengagement/campaign-type.js';
import { isQuietTime } from '../reengagement/quiet-hours.js';
import { TEMPLATE_VARIABLES } from '../reengagement/template-variables.js';

/**
 * The configuration, whole: the only table of defaults. Keys are snake_case; `reengagement.enabled`, `inactivity_threshold`,
 * `loyalty_discount` and `loyalty_min_ltv` are the plugin's own, and every number that the plugin fixed in code is a setting here.
 *
 * `meta` says what the other files read out of the JSON Schema: `writeOnly` marks a secret, `unit` and `wanted` are words for
 * messages about faults.
 */

const secret = (what: string) =>
  z
    .string()
    .min(1)
    .meta({ writeOnly: true, description: `${what} Write "env:NAME" or "file:PATH" to keep it out of this file.` });
const text = (pattern: RegExp, wanted: string) => z.string().regex(pattern).meta({ wanted });
const webAddress = z.url({ protocol: /^https?$/ }).meta({ wanted: 'an address that begins with http:// or https://' });
const time = text(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day as HH:MM');
const language = text(/^[a-z]{2,3}([_-][A-Z]{2})?$/, 'a language such as en or es_ES');
const natural = z.int().min(0);
const positive = z.int().min(1);
const seconds = positive.meta({ unit: 'seconds' });
const minutes = positive.meta({ unit: 'minutes' });
const days = positive.meta({ unit: 'days' });
const messages = natural.max(100).meta({ unit: 'messages' });
const percent = z.number().positive().max(100).meta({ unit: 'percent' });
const metaKeys = z.array(z.string().min(1));

const shop = z
  .strictObject({
    url: webAddress.describe("The shop's address, http or https."),
    rest_prefix: z.string().min(1).default('wp-json').describe('The path of the REST API (WordPress rest_url_prefix).'),
    consumer_key: secret('WooCommerce REST key, with read and write permission.'),
    consumer_secret: secret('Its secret.'),
    query_string_auth: z
      .boolean()
      .default(false)
      .describe(
        'Send the key in the address over https, for hosts that strip the Authorization header. It then stands in their logs.',
      ),
    timeout_seconds: seconds.max(600).default(30).describe('How long one request may take.'),
    default_country: text(/^[A-Z]{2}$/, 'two capital letters (ISO 3166)')
      .optional()
      .describe(
        "The country of phone numbers written without one, where the order's address names none. Default: the shop's own.",
      ),
    sync_overlap_seconds: natural
      .max(86_400)
      .meta({ unit: 'seconds' })
      .default(120)
      .describe('How far a sync steps back, so that orders saved late are seen.'),
    language_meta_keys: metaKeys
      .default(['wpml_language', 'trp_language'])
      .describe("Order meta that holds the customer's language."),
  })
  .describe('The WooCommerce shop.');

const database = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: positive.max(65_535).default(3306),
    socket: z.string().min(1).optional().describe('Path of a Unix socket; it wins over host and port.'),
    user: z.string().min(1),
    password: secret("The user's password.").or(z.literal('')).default(''),
    name: z.string().min(1).describe("The schema: the shop's own, or another on the same server."),
    table_prefix: text(/^[A-Za-z0-9_]{0,40}$/, 'at most 40 letters, digits and underscores')
      .default('wp_wch_')
      .describe("What every table's name begins with. With the plugin: WordPress's prefix and wch_."),
    pool_size: positive.max(100).default(10),
  })
  .describe('MySQL or MariaDB. Takes effect at the next start.');

const variable = z.enum(TEMPLATE_VARIABLES);

const template = z.strictObject({
  name: text(/^[a-z0-9_]{1,512}$/, 'small letters, digits and underscores'),
  language: language.describe("As in Meta's template."),
  body: z
    .union([z.array(variable), z.record(z.string().min(1), variable)])
    .default([])
    .describe('Positional parameters: a list of variables. Named parameters: an object, parameter name to variable.'),
  url_button: natural
    .max(9)
    .optional()
    .describe("Index of the button whose address ends in {{1}}: it gets the product's path."),
  coupon_button: natural.max(9).optional().describe('Index of the copy-code button.'),
});

const texts = z.partialRecord(z.enum(CAMPAIGN_TYPES), z.string().min(1).max(1024));

const whatsapp = z
  .strictObject({
    base_url: webAddress.default('https://graph.facebook.com'),
    api_version: text(/^v\d+\.\d+$/, 'a version such as v26.0').default('v26.0'),
    phone_number_id: text(/^\d+$/, 'digits in quotes: the id, not the number'),
    business_account_id: text(/^\d+$/, 'digits in quotes').describe(
      'The WhatsApp Business Account (WABA) id, under which the templates stand.',
    ),
    access_token: secret('A system user token with whatsapp_business_messaging and whatsapp_business_management.'),
    mode: z
      .enum(['auto', 'template', 'text'])
      .default('auto')
      .describe(
        'auto: text inside a proven 24-hour window, else a template. text: only inside the window, nothing outside it.',
      ),
    default_language: language.default('en').describe('For customers whose language is unknown or has no template.'),
    templates: z
      .partialRecord(z.enum(CAMPAIGN_TYPES), z.array(template).min(1))
      .default({})
      .describe(
        'For each campaign type the approved templates, one a language. A campaign type without one is not sent outside the window.',
      ),
    texts: z
      .record(language, texts)
      .default({})
      .describe(
        'Texts for inside the window, by language and campaign type, with {first_name} and the other variables. English ones are built in.',
      ),
    unnamed_customer: z
      .string()
      .min(1)
      .default('there')
      .describe('What {first_name} becomes when the name is unknown.'),
    messages_per_second: positive.max(1_000).default(80),
    concurrency: positive
      .max(100)
      .default(100)
      .describe('Messages under way at once; also the most that a crash can leave unknown.'),
    timeout_seconds: seconds
      .max(120)
      .default(30)
      .describe('After this long without an answer a message is unknown, and never sent again.'),
    halt_retry_minutes: minutes
      .default(15)
      .describe(
        'After a refusal that concerns the account, the number or a template: how long until one message tries again.',
      ),
    us_marketing: z
      .boolean()
      .default(false)
      .describe('Send to US numbers too. Meta does not deliver marketing templates to them.'),
  })
  .describe('WhatsApp Cloud API.');

const reengagement = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Master switch: while false nothing is planned and nothing is sent.'),
    inactivity_threshold: days
      .max(3_650)
      .default(60)
      .describe('Days without a purchase after which a customer is inactive.'),
    paid_statuses: z
      .array(text(/^(?!wc-)[a-z0-9-]+$/, 'a status without wc-'))
      .min(1)
      .default(['completed', 'processing'])
      .describe('Order statuses that count as a purchase.'),
    loyalty_discount: percent.default(15).describe('Percent.'),
    loyalty_min_ltv: z
      .number()
      .min(0)
      .default(500)
      .describe("Lifetime value from which a customer is rewarded, in the shop's currency."),
    loyalty_coupon_days: days.max(365).default(7).describe('Days that a loyalty coupon is valid.'),
    weekly_cap: messages.default(1).describe('Messages to one person in 7 days.'),
    monthly_cap: messages.default(4).describe('Messages to one person in 30 days.'),
    view_window_days: days.max(365).default(30).describe('Days that a product view counts.'),
    view_repeat_minutes: natural
      .meta({ unit: 'minutes' })
      .default(60)
      .describe('The same view again is recorded only after this long.'),
    price_drop_percent: percent.default(10).describe('The smallest drop that is told.'),
    max_products: positive.max(10).default(3).describe('Products named in one message.'),
    backorders_in_stock: z.boolean().default(false).describe('Whether a product on backorder counts as in stock.'),
    send_time: time.default('09:00').describe("When the daily job runs, in the shop's time."),
    quiet_hours: z
      .strictObject({
        from: time.default('20:00').describe('Nothing is sent from this time on ...'),
        until: time.default('09:00').describe('... until this one; it waits.'),
      })
      .prefault({})
      .describe("The hours in which nothing is sent, in the shop's time."),
    consent_meta_keys: metaKeys
      .default([])
      .describe('Order meta keys that record consent (a ticked box at the checkout).'),
    utm: z
      .strictObject({ source: z.string().default('whatsapp'), medium: z.string().default('reengagement') })
      .prefault({})
      .describe('utm_source and utm_medium of links; utm_campaign is the campaign type.'),
  })
  .refine(({ send_time: sendTime, quiet_hours: quietHours }) => !isQuietTime(sendTime, quietHours), {
    path: ['send_time'],
    error: 'a time outside quiet_hours: campaigns planned inside them would wait past the end of their day, and expire',
  })
  .describe('The campaigns.');

const queue = z
  .strictObject({
    claim_size: positive.max(1_000).default(500),
    lease_seconds: seconds.min(2).default(60).describe('After a crash, how long until the work is taken up again.'),
    poll_seconds: seconds
      .max(60)
      .default(5)
      .describe('How often the journal is looked at for work that came from outside.'),
    drain_seconds: seconds.default(30).describe('How long a stop waits for what is under way.'),
    retry_delays_seconds: z.array(seconds).min(1).default([30, 90, 270]),
    outage_delay_seconds: seconds
      .default(60)
      .describe('How long work waits while the shop, Meta or the database is down.'),
    keep_complete_days: days.default(31),
  })
  .prefault({})
  .describe('The queue.');

const http = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: natural.max(65_535).optional().describe('Where GET /health is answered; without a port nothing listens.'),
  })
  .prefault({})
  .describe('The listener. Takes effect at the next start.');

const log = z
  .strictObject({
    level: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
    format: z
      .enum(['auto', 'json', 'pretty'])
      .default('auto')
      .describe('auto: pretty on a terminal, JSON lines elsewhere.'),
  })
  .prefault({})
  .describe('The log, on standard output.');

export const configSchema = z
  .strictObject({
    $schema: z.string().optional(),
    shop,
    database,
    whatsapp,
    reengagement: reengagement.prefault({}),
    queue,
    http,
    log,
  })
  .describe('Configuration of reengaged');

export type Config = z.output<typeof configSchema>;
export type TemplateConfig = z.output<typeof template>;
