import { offsetAt } from '../../src/lib/time-zone.js';
import { fromGmt } from '../../src/shop/gmt.js';
import { readSiteFacts } from '../../src/shop/site.js';
import { cannotTell, differs, refusalOf, rowsOf, unless, type Check } from './finding.js';

/** No shop has come this far. */
export const NO_ID = 2_000_000_000;

export const siteChecks: readonly Check[] = [
  {
    rule: 'The name, the time zone, the currency and the country are where they are looked for',
    run: async (client) => {
      const { country } = await readSiteFacts(client);
      return country === null ? cannotTell('The shop names no country of its own.') : [];
    },
  },
  {
    rule: 'Dates come in the time zone of the site, and beside it in UTC',
    run: async (client) => {
      const { zone } = await readSiteFacts(client);
      const [order] = await rowsOf(client, 'orders', { per_page: 1, _fields: 'date_created,date_created_gmt' });
      const [local, gmt] = [String(order?.['date_created']), fromGmt(String(order?.['date_created_gmt']))];
      if (order === undefined) return cannotTell('The shop has no order.');
      if (gmt === null) return differs('An order has no date_created_gmt.');
      return unless(
        Date.parse(`${local}Z`) - gmt === offsetAt(gmt, zone),
        `An order's two dates are not an offset of ${zone} apart.`,
      );
    },
  },
  {
    rule: 'Pages hold 1 to 100 rows, say how many there are, and are empty past the end',
    run: async (client) => {
      const { headers } = await client.get('products', { per_page: 1 });
      const counted = ['x-wp-total', 'x-wp-totalpages'].filter((name) => !/^\d+$/.test(headers[name] ?? ''));
      const tooMany = await refusalOf(client.get('products', { per_page: 101 }));
      const beyond = await rowsOf(client, 'products', { per_page: 100, page: 1_000_000 });
      return [
        ...counted.flatMap((name) => differs(`The header ${name} is missing.`)),
        ...unless(
          tooMany === 'rest_invalid_param',
          `per_page=101 is ${tooMany ?? 'answered'}, not rest_invalid_param.`,
        ),
        ...unless(beyond.length === 0, 'A page past the end has rows.'),
      ];
    },
  },
  {
    rule: 'A parameter that the shop does not know is ignored',
    run: async (client) => {
      const refused = await refusalOf(client.get('orders', { per_page: 1, reengaged_unknown: 1 }));
      return unless(refused === null, `An unknown parameter is refused: ${refused ?? ''}.`);
    },
  },
  {
    rule: 'Without a key nothing is shown, and what does not exist has its own error',
    run: async (client) => {
      const requests = [
        ['woocommerce_rest_cannot_view', client.getPublic('wc/v3/orders', { per_page: 1 }), 'A request without a key'],
        ['woocommerce_rest_shop_order_invalid_id', client.get(`orders/${NO_ID}`), 'An order that does not exist'],
        ['woocommerce_rest_product_invalid_id', client.get(`products/${NO_ID}`), 'A product that does not exist'],
        ['wc_user_invalid_id', client.get(`customers/${NO_ID}`), 'An account that does not exist'],
        ['rest_no_route', client.get('reengaged_unknown'), 'A path that does not exist'],
      ] as const;
      const found = await Promise.all(
        requests.map(async ([code, request, what]) => {
          const refused = await refusalOf(request);
          return unless(refused === code, `${what}: ${refused ?? 'answered'}, not ${code}.`);
        }),
      );
      return found.flat();
    },
  },
];
