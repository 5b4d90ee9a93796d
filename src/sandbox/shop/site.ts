import { currencyEntity, currencyName } from './money.js';
import { links, RestError, type Route } from './rest.js';
import type { ShopState } from './state.js';

const NAMESPACES = [
  'oembed/1.0',
  'wc/v3',
  'wc/v2',
  'wc/v1',
  'wc-admin',
  'wc-analytics',
  'wc/store',
  'wc/store/v1',
  'wp/v2',
];

function rootBody(state: ShopState, withLinks: boolean) {
  return {
    name: 'Pretend Shop',
    description: '',
    url: state.home,
    home: state.home,
    gmt_offset: state.time.gmtOffset(state.now()),
    timezone_string: state.time.timezoneString,
    page_for_posts: 0,
    page_on_front: 0,
    show_on_front: 'posts',
    namespaces: NAMESPACES,
    authentication: {
      'application-passwords': {
        endpoints: { authorization: `${state.home}/wp-admin/authorize-application.php` },
      },
    },
    site_logo: 0,
    site_icon: 0,
    site_icon_url: '',
    ...(withLinks ? { _links: { help: [{ href: 'https://developer.wordpress.org/rest-api/' }] } } : {}),
  };
}

const ENVIRONMENT = {
  store_id: '00000000-0000-4000-8000-000000000000',
  log_directory: '/var/www/html/wp-content/uploads/wc-logs/',
  log_directory_writable: true,
  wp_version: '6.9.1',
  wp_multisite: false,
  wp_memory_limit: 536870912,
  wp_debug_mode: false,
  wp_cron: true,
  wp_environment_type: 'production',
  language: 'en_US',
  external_object_cache: null,
  server_info: 'nginx/1.22.1',
  server_architecture: 'Linux x86_64',
  php_version: '8.2.36',
  php_post_max_size: 8388608,
  php_max_execution_time: 300,
  php_max_input_vars: 1000,
  curl_version: '7.88.1, OpenSSL/3.0.22',
  suhosin_installed: false,
  max_upload_size: 2097152,
  mysql_version: '10.11.19',
  mysql_version_string: '10.11.19-MariaDB-0+deb12u1',
  // UTC on every site: the shop's own zone is only in /wp-json/.
  default_timezone: 'UTC',
  fsockopen_or_curl_enabled: true,
  soapclient_enabled: false,
  domdocument_enabled: true,
  gzip_enabled: true,
  mbstring_enabled: true,
  remote_post_successful: true,
  remote_post_response: false,
  remote_get_successful: true,
  remote_get_response: false,
};

const TERMS = [
  'exclude-from-catalog',
  'exclude-from-search',
  'featured',
  'outofstock',
  'rated-1',
  'rated-2',
  'rated-3',
];
const selfNamed = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, name]));

function systemStatus(state: ShopState) {
  const { currency, decimals, wooVersion } = state.settings;
  return {
    environment: { home_url: state.home, site_url: state.home, version: wooVersion, ...ENVIRONMENT },
    database: { wc_database_version: wooVersion, database_prefix: 'wp_' },
    settings: {
      api_enabled: false,
      force_ssl: false,
      currency,
      currency_symbol: currencyEntity(currency),
      currency_position: 'left',
      thousand_separator: ',',
      decimal_separator: '.',
      number_of_decimals: decimals,
      geolocation_enabled: false,
      taxonomies: selfNamed(['external', 'grouped', 'simple', 'variable']),
      product_visibility_terms: selfNamed([...TERMS, 'rated-4', 'rated-5']),
      woocommerce_com_connected: 'no',
      enforce_approved_download_dirs: true,
      order_datastore: 'Automattic\\WooCommerce\\Internal\\DataStores\\Orders\\OrdersTableDataStore',
      HPOS_enabled: true,
      HPOS_sync_enabled: false,
      enabled_features: ['analytics', 'order_attribution', 'custom_order_tables'],
    },
    security: { secure_connection: state.home.startsWith('https:'), hide_errors: true },
  };
}

interface Setting {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly type: string;
  readonly default: string;
  readonly value: string;
  readonly options?: Readonly<Record<string, string>>;
}

function generalSettings({ currency, decimals }: ShopState['settings']): Setting[] {
  const symbol = currencyEntity(currency);
  return [
    {
      id: 'woocommerce_default_country',
      label: 'Country / State',
      description: 'The country and state or province, if any, in which your business is located.',
      type: 'select',
      default: 'US:CA',
      value: 'US:CA',
      options: { 'US:CA': 'United States (US) — California' },
    },
    {
      id: 'woocommerce_currency',
      label: 'Currency',
      description:
        'This controls what currency prices are listed at in the catalog and which currency gateways will take payments in.',
      type: 'select',
      default: 'USD',
      value: currency,
      options: { [currency]: `${currencyName(currency)} (${symbol}) — ${currency}` },
    },
    {
      id: 'woocommerce_currency_pos',
      label: 'Currency position',
      description: 'This controls the position of the currency symbol.',
      type: 'select',
      default: 'left',
      value: 'left',
      options: { left: 'Left', right: 'Right', left_space: 'Left with space', right_space: 'Right with space' },
    },
    {
      id: 'woocommerce_price_thousand_sep',
      label: 'Thousand separator',
      description: 'This sets the thousand separator of displayed prices.',
      type: 'text',
      default: ',',
      value: ',',
    },
    {
      id: 'woocommerce_price_decimal_sep',
      label: 'Decimal separator',
      description: 'This sets the decimal separator of displayed prices.',
      type: 'text',
      default: '.',
      value: '.',
    },
    {
      id: 'woocommerce_price_num_decimals',
      label: 'Number of decimals',
      description: 'This sets the number of decimal points shown in displayed prices.',
      type: 'number',
      default: '2',
      value: String(decimals),
    },
  ];
}

const SETTING_METHODS = ['GET', 'POST', 'PUT', 'PATCH'] as const;

function settingBody(state: ShopState, setting: Setting) {
  const api = `${state.home}/wp-json/wc/v3/settings/general`;
  return { ...setting, tip: setting.description, _links: links(`${api}/${setting.id}`, api, SETTING_METHODS) };
}

function findSetting(state: ShopState, path: string) {
  const setting = generalSettings(state.settings).find(({ id }) => path.endsWith(`/${id}`));
  if (setting === undefined) throw new RestError(404, 'rest_setting_setting_invalid', 'Invalid setting.');
  return { ...settingBody(state, setting), group_id: 'general' };
}

function currentCurrency(state: ShopState) {
  const { currency } = state.settings;
  const api = `${state.home}/wp-json/wc/v3/data/currencies`;
  return {
    code: currency,
    name: currencyName(currency),
    symbol: currencyEntity(currency),
    _links: links(`${api}/${currency}`, api, ['GET']),
  };
}

/** What a client asks about the site itself before anything else. The root is open to everybody. */
export function siteRoutes(state: ShopState): Route[] {
  return [
    {
      method: 'GET',
      path: /^\/?$/,
      allow: 'GET',
      action: 'open',
      handle: ({ query }) => ({ body: rootBody(state, !query.has('_fields')) }),
    },
    {
      method: 'GET',
      path: /^\/wc\/v3\/system_status$/,
      allow: 'GET',
      action: 'list',
      handle: () => ({ body: systemStatus(state) }),
    },
    {
      method: 'GET',
      path: /^\/wc\/v3\/settings\/general$/,
      allow: 'GET',
      action: 'list',
      handle: () => ({ body: generalSettings(state.settings).map((setting) => settingBody(state, setting)) }),
    },
    {
      method: 'GET',
      path: /^\/wc\/v3\/settings\/general\/[\w-]+$/,
      allow: SETTING_METHODS.join(', '),
      action: 'list',
      handle: ({ path }) => ({ body: findSetting(state, path) }),
    },
    {
      method: 'GET',
      path: /^\/wc\/v3\/data\/currencies\/current$/,
      allow: 'GET',
      action: 'list',
      handle: () => ({ body: currentCurrency(state) }),
    },
  ];
}
