import { DEFAULT_TEMPLATE_SETTINGS } from './whatsapp/default-templates.js';

interface Shop {
  readonly url: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
}

interface WhatsApp {
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly phoneNumberId: string;
  readonly businessAccountId: string;
  readonly accessToken: string;
}

interface Schema {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly socket?: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly name: string;
  readonly tablePrefix?: string | undefined;
}

/** A configuration file's content that points at the pretend shop, the pretend WhatsApp and a private database, enabled. */
export function sandboxConfiguration(shop: Shop, whatsapp: WhatsApp, schema: Schema) {
  return {
    shop: {
      url: shop.url,
      consumer_key: shop.consumerKey,
      consumer_secret: shop.consumerSecret,
      // It has no customers of its own to be spared for.
      requests_per_second: 100,
    },
    database: {
      ...(schema.socket === undefined ? { host: schema.host, port: schema.port } : { socket: schema.socket }),
      user: schema.user,
      password: schema.password,
      name: schema.name,
      ...(schema.tablePrefix === undefined ? {} : { table_prefix: schema.tablePrefix }),
    },
    whatsapp: {
      base_url: whatsapp.baseUrl,
      api_version: whatsapp.apiVersion,
      phone_number_id: whatsapp.phoneNumberId,
      business_account_id: whatsapp.businessAccountId,
      access_token: whatsapp.accessToken,
      templates: DEFAULT_TEMPLATE_SETTINGS,
    },
    reengagement: { enabled: true, consent_meta_keys: ['_wa_consent'] },
  };
}
