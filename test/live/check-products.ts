import type { ShopClient } from '../../src/shop/client.js';
import { CATALOGUE_FIELDS, PRODUCT_FIELDS, VARIATION_FIELDS } from '../../src/shop/fields.js';
import { walkable } from './check-orders.js';
import {
  cannotTell,
  differs,
  idsOf,
  refusalOf,
  rowsOf,
  unless,
  type Check,
  type Finding,
  type Row,
} from './finding.js';

const STOCK = ['instock', 'outofstock', 'onbackorder'];

function missing(what: string, row: Row, fields: string): Finding[] {
  return fields.split(',').flatMap((field) => unless(field in row, `A ${what} has no ${field}.`));
}

const stock = (what: string, row: Row) =>
  unless(STOCK.includes(String(row['stock_status'])), `A ${what} has the stock status ${String(row['stock_status'])}.`);

/** Both generations of shops are known to the code; a third would be a difference. */
async function variationFound(client: ShopClient, parent: number, id: number): Promise<Finding[]> {
  const refused = await refusalOf(client.get('variations', { per_page: 1 }));
  if (refused !== null && refused !== 'rest_no_route') return differs(`/variations is refused: ${refused}.`);
  const path = refused === null ? 'variations' : `products/${parent}/variations`;
  const [row] = await rowsOf(client, path, { include: [id], per_page: 100, _fields: VARIATION_FIELDS });
  if (row === undefined) return differs(`/${path} does not find a variation by its id.`);
  const { data } = await client.get(`products/${id}`, { _fields: 'type,parent_id' });
  const { type, parent_id: parentId } = data as Row;
  return [
    ...missing('variation', row, 'id,name,price,stock_status,manage_stock,stock_quantity,status,permalink'),
    ...stock('variation', row),
    ...unless(type === 'variation' && parentId === parent, 'A variation by its own address does not name its parent.'),
  ];
}

export const productChecks: readonly Check[] = [
  {
    rule: 'Products have the fields that are asked for, and no others',
    run: async (client) => {
      const [row] = await rowsOf(client, 'products', { status: 'publish', per_page: 1, _fields: PRODUCT_FIELDS });
      if (row === undefined) return cannotTell('The shop has no published product.');
      const others = Object.keys(row).filter(
        (field) => !PRODUCT_FIELDS.split(',').includes(field) && field !== '_links',
      );
      return [
        ...missing('product', row, `${PRODUCT_FIELDS},${CATALOGUE_FIELDS}`.replace(',date_modified_gmt', '')),
        ...stock('product', row),
        ...unless(
          others.length === 0,
          `_fields does not leave the other fields out: ${others.slice(0, 3).join(', ')}.`,
        ),
      ];
    },
  },
  {
    rule: 'Products can be walked by the time of their modification, a second at a time',
    run: (client) => walkable(client, 'products', {}),
  },
  {
    rule: 'A variation is left out of /products, and found where variations are',
    run: async (client) => {
      const [parent] = await rowsOf(client, 'products', { type: 'variable', per_page: 1, _fields: 'id,variations' });
      const [id] = Array.isArray(parent?.['variations']) ? (parent['variations'] as number[]) : [];
      if (parent === undefined || id === undefined) return cannotTell('No product has variations.');
      const [parentId = 0] = idsOf([parent]);
      const asProduct = idsOf(await rowsOf(client, 'products', { include: [parentId, id], _fields: 'id' }));
      return [
        ...unless(asProduct.includes(parentId), 'include does not name a product that was asked for.'),
        ...unless(!asProduct.includes(id), 'A variation is among the products.'),
        ...(await variationFound(client, parentId, id)),
      ];
    },
  },
];
