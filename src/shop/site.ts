import { z } from 'zod';
import { siteZone } from '../lib/time-zone.js';
import type { SiteFacts } from '../reengagement/shop-facts.js';
import type { ShopClient } from './client.js';
import { ROOT_FIELDS, SETTING_FIELDS, SYSTEM_STATUS_FIELDS } from './fields.js';
import { badAnswer } from './shop-error.js';
import { decodeEntities, plainText } from './text.js';

const root = z.looseObject({
  name: z.string(),
  home: z.url({ protocol: /^https?$/ }),
  gmt_offset: z.coerce.number(),
  timezone_string: z.string().nullish(),
});

const systemStatus = z.looseObject({
  settings: z.looseObject({
    currency: z.string().min(1),
    currency_symbol: z.string(),
    currency_position: z.enum(['left', 'right', 'left_space', 'right_space']),
    thousand_separator: z.string(),
    decimal_separator: z.string(),
    number_of_decimals: z.coerce.number().int().min(0),
  }),
});

const generalSettings = z.array(z.looseObject({ id: z.string(), value: z.unknown() }));

/**
 * What the shop says of itself. The time zone stands only in the public root of the REST API (system_status always says UTC); a read-only
 * key is enough for the rest.
 */
export async function readSiteFacts(client: ShopClient): Promise<SiteFacts> {
  const [rootAnswer, statusAnswer, settingsAnswer] = await Promise.all([
    client.getPublic('', { _fields: ROOT_FIELDS }),
    client.get('system_status', { _fields: SYSTEM_STATUS_FIELDS }),
    client.get('settings/general', { _fields: SETTING_FIELDS }),
  ]);
  const site = parsed('the REST root', root, rootAnswer.data);
  const { settings } = parsed('system_status', systemStatus, statusAnswer.data);
  const general = parsed('settings/general', generalSettings, settingsAnswer.data);
  return {
    name: plainText(site.name),
    home: site.home.replace(/\/+$/, ''),
    zone: siteZone(site.timezone_string ?? '', site.gmt_offset),
    priceFormat: {
      currency: settings.currency,
      symbol: plainText(settings.currency_symbol),
      position: settings.currency_position,
      thousandSeparator: decodeEntities(settings.thousand_separator),
      decimalSeparator: decodeEntities(settings.decimal_separator),
      decimals: settings.number_of_decimals,
    },
    country: baseCountry(general.find(({ id }) => id === 'woocommerce_default_country')?.value),
  };
}

/** `US:CA` is California in the United States. */
function baseCountry(value: unknown): string | null {
  return typeof value === 'string' ? (/^([A-Z]{2})(:|$)/.exec(value)?.[1] ?? null) : null;
}

function parsed<T extends z.ZodType>(path: string, schema: T, data: unknown): z.infer<T> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw badAnswer(path, fields.join('; '));
}
