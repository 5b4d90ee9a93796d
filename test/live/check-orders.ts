import { SECOND } from '../../src/lib/clock.js';
import type { ShopClient, ShopParams } from '../../src/shop/client.js';
import { CUSTOMER_FIELDS, ORDER_FIELDS } from '../../src/shop/fields.js';
import { fromGmt, modifiedAfter } from '../../src/shop/gmt.js';
import { parseOrder } from '../../src/shop/order-row.js';
import { readSiteFacts } from '../../src/shop/site.js';
import { NO_ID } from './check-site.js';
import { cannotTell, differs, idsOf, rowsOf, unless, type Check, type Finding, type Row } from './finding.js';

const PARSING = { defaultCountry: null, consentMetaKeys: [], languageMetaKeys: [] };

/** That a collection can be walked by the time of modification, with a filter that leaves the named second out. */
export async function walkable(client: ShopClient, path: string, all: ShopParams): Promise<Finding[]> {
  const { zone } = await readSiteFacts(client);
  const walk = { ...all, orderby: 'modified', order: 'asc', per_page: 100, _fields: 'id,date_modified_gmt' };
  const timeOf = (row: Row | undefined) => fromGmt(String(row?.['date_modified_gmt']));
  const rows = await rowsOf(client, path, walk);
  const times = rows.map(timeOf);
  const dated = times.filter((at) => at !== null);
  const second = dated.at(0);
  if (rows.length === 0) return cannotTell(`There are no ${path}.`);
  if (second === undefined) return differs(`None of the first ${path} has a date_modified_gmt.`);
  const later = await rowsOf(client, path, { ...walk, ...modifiedAfter(second, zone) });
  const from = await rowsOf(client, path, { ...walk, ...modifiedAfter(second - SECOND, zone) });
  return [
    ...unless(
      dated.every((at, index) => at >= (dated[index - 1] ?? at)),
      `The ${path} are not in the order of their modification.`,
    ),
    ...unless(
      later.every((row) => (timeOf(row) ?? 0) > second),
      `modified_after with dates_are_gmt shows ${path} of the second that it names, or earlier ones.`,
    ),
    ...unless(timeOf(from[0]) === second, `modified_after with dates_are_gmt hides ${path} of the second after it.`),
  ];
}

const everyOrder = { status: 'any' };

export const orderChecks: readonly Check[] = [
  {
    rule: 'Orders can be read',
    run: async (client) => {
      const rows = await rowsOf(client, 'orders', { ...everyOrder, per_page: 100, _fields: ORDER_FIELDS });
      if (rows.length === 0) return cannotTell('The shop has no order.');
      return rows
        .map((row) => parseOrder(row, PARSING))
        .flatMap((order) => ('problem' in order ? differs(`Order ${order.id ?? '?'}: ${order.problem}.`) : []));
    },
  },
  {
    rule: 'Orders can be walked by the time of their modification, a second at a time',
    run: (client) => walkable(client, 'orders', everyOrder),
  },
  {
    rule: 'Orders are found by their ids, and what does not exist is left out',
    run: async (client) => {
      const known = idsOf(await rowsOf(client, 'orders', { ...everyOrder, per_page: 3, _fields: 'id' }));
      if (known.length === 0) return cannotTell('The shop has no order.');
      const found = idsOf(await rowsOf(client, 'orders', { ...everyOrder, include: [...known, NO_ID], _fields: 'id' }));
      return unless(
        found.length === known.length && known.every((id) => found.includes(id)),
        `include names ${found.length} of ${known.length} orders.`,
      );
    },
  },
  {
    rule: 'status=any leaves the trash out, and status=trash shows it',
    run: async (client) => {
      const [thrown] = idsOf(await rowsOf(client, 'orders', { status: 'trash', per_page: 1, _fields: 'id' }));
      if (thrown === undefined) return cannotTell('No order is in the trash.');
      const shown = await rowsOf(client, 'orders', { ...everyOrder, include: [thrown], _fields: 'id' });
      return unless(shown.length === 0, 'status=any shows an order that is in the trash.');
    },
  },
  {
    rule: 'A refund stands in its order with a negative amount',
    run: async (client) => {
      const asked = { per_page: 100, _fields: 'id,refunds' };
      const orders = [
        ...(await rowsOf(client, 'orders', { ...asked, ...everyOrder })),
        ...(await rowsOf(client, 'orders', { ...asked, status: 'refunded' })),
      ];
      const refunds = orders.flatMap((order) => (Array.isArray(order['refunds']) ? (order['refunds'] as Row[]) : []));
      if (refunds.length === 0) return cannotTell('None of the last orders has a refund.');
      return unless(
        refunds.every(({ total }) => /^-\d+(\.\d+)?$/.test(String(total))),
        'A refund has no negative total.',
      );
    },
  },
  {
    rule: 'Accounts of every role come by descending id, with the fields that are asked for',
    run: async (client) => {
      const all = { role: 'all', _fields: CUSTOMER_FIELDS };
      const rows = await rowsOf(client, 'customers', { ...all, orderby: 'id', order: 'desc', per_page: 100 });
      const ids = idsOf(rows);
      const [first] = rows;
      if (first === undefined) return cannotTell('The shop has no account.');
      const found = idsOf(await rowsOf(client, 'customers', { ...all, include: ids.slice(0, 3) }));
      return [
        ...unless(
          ids.every((id, index) => id <= (ids[index - 1] ?? id)),
          'The accounts are not in descending order of their ids.',
        ),
        ...unless(found.length === Math.min(3, ids.length), 'include does not name every account that was asked for.'),
        ...['email', 'billing', 'meta_data'].flatMap((field) => unless(field in first, `An account has no ${field}.`)),
      ];
    },
  },
];
