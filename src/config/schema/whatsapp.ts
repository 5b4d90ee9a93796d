import { z } from 'zod';
import { CAMPAIGN_TYPES } from '../../reengagement/campaign-type.js';
import { TEMPLATE_VARIABLES } from '../../reengagement/template-variables.js';
import {
  about,
  aboutSecret,
  language,
  minutes,
  natural,
  positive,
  seconds,
  secret,
  text,
  webAddress,
} from './kinds.js';

const variable = z.enum(TEMPLATE_VARIABLES);
const campaignType = z.enum(CAMPAIGN_TYPES).meta({ placeholder: 'CAMPAIGN_TYPE' });

export const template = z.strictObject({
  name: text(/^[a-z0-9_]{1,512}$/, 'small letters, digits and underscores').meta(
    about("The template's name at Meta.", 'we_miss_you'),
  ),
  language: language.meta(about("As in Meta's template.", 'es_ES')),
  body: z
    .union([z.array(variable), z.record(z.string().min(1), variable)])
    .default([])
    .meta(
      about(
        'Positional parameters: a list of variables. Named parameters: an object, parameter name to variable.',
        ['first_name', 'shop_name'],
        { customer: 'first_name', until: 'coupon_expires' },
      ),
    ),
  url_button: natural
    .max(9)
    .optional()
    .meta(about("Index of the button whose address ends in {{1}}: it gets the product's path.", 0)),
  coupon_button: natural.max(9).optional().meta(about('Index of the copy-code button.', 0)),
});

const texts = z
  .partialRecord(
    campaignType,
    z
      .string()
      .min(1)
      .max(1024)
      .meta(about('The text of one campaign type in one language.', 'Hola {first_name}, te echamos de menos.')),
  )
  .meta(
    about('The texts in one language, by campaign type.', { we_miss_you: 'Hola {first_name}, te echamos de menos.' }),
  );

export const whatsapp = z
  .strictObject({
    base_url: webAddress
      .default('https://graph.facebook.com')
      .meta(about("Meta's address, or that of a proxy before it.", 'https://graph-proxy.example.com')),
    api_version: text(/^v\d+\.\d+$/, 'a version such as v26.0')
      .default('v26.0')
      .meta(about('The version of the Graph API.', 'v26.0')),
    phone_number_id: text(/^\d+$/, 'digits in quotes: the id, not the number').meta(
      about('The id, at Meta, of the number that sends.', '100000000000001'),
    ),
    business_account_id: text(/^\d+$/, 'digits in quotes').meta(
      about('The WhatsApp Business Account (WABA) id, under which the templates stand.', '100000000000002'),
    ),
    access_token: secret.meta(
      aboutSecret(
        'A system user token with whatsapp_business_messaging and whatsapp_business_management.',
        'WHATSAPP_TOKEN',
      ),
    ),
    mode: z
      .enum(['auto', 'template', 'text'])
      .default('auto')
      .meta(
        about(
          'auto: text inside a proven 24-hour window, else a template. template: always a template. text: only inside the window, nothing outside it.',
          'template',
        ),
      ),
    default_language: language
      .default('en')
      .meta(about('For customers whose language is unknown or has no template.', 'es_ES')),
    templates: z
      .partialRecord(campaignType, z.array(template).min(1))
      .default({})
      .meta(
        about(
          'For each campaign type the approved templates, one a language. A campaign type without one is not sent outside the window.',
          { we_miss_you: [{ name: 'we_miss_you', language: 'en', body: ['first_name', 'shop_name'] }] },
        ),
      ),
    texts: z
      .record(language.meta({ placeholder: 'LANGUAGE' }), texts)
      .default({})
      .meta(
        about(
          'Texts for inside the window, by language and campaign type, with {first_name} and the other variables. English ones are built in.',
          { es: { we_miss_you: 'Hola {first_name}, te echamos de menos.' } },
        ),
      ),
    unnamed_customer: z
      .string()
      .min(1)
      .default('there')
      .meta(about('What {first_name} becomes when the name is unknown.', 'friend')),
    messages_per_second: positive
      .max(1_000)
      .default(80)
      .meta(about("How many are sent in a second, at most; the default is Meta's for a number.", 20)),
    concurrency: positive
      .max(100)
      .default(100)
      .meta(about('Messages under way at once; also the most that a crash can leave unknown.', 10)),
    timeout_seconds: seconds
      .max(120)
      .default(30)
      .meta(about('After this long without an answer a message is unknown, and never sent again.', 60)),
    halt_retry_minutes: minutes
      .default(15)
      .meta(
        about(
          'After a refusal that concerns the account, the number or a template: how long until one message tries again.',
          60,
        ),
      ),
    us_marketing: z
      .boolean()
      .default(false)
      .meta(about('Send to US numbers too. Meta does not deliver marketing templates to them.', true)),
  })
  .describe('WhatsApp Cloud API.');
