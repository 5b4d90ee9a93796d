import { expect } from 'chai';
import { newProducts } from '../../src/shop/catalogue.js';
import type { ShopClient } from '../../src/shop/client.js';
import { collect, NOON, withShop } from './shop-support.js';

const json = { 'content-type': 'application/json' };
const arrivals = async (client: ShopClient, options = { backorders: false }) =>
  (await collect(newProducts(client, NOON, options))).flatMap(({ products }) => products.map(({ id }) => id));

describe('new products', () => {
  const at = (second: number) => NOON + second * 1_000;

  it(
    'are those created after the moment, published, in stock and shown',
    withShop(async ({ client, shop }) => {
      const add = (name: string, second: number, own = {}) =>
        shop.addProduct({ name, price: '1', createdAt: at(second), ...own });
      add('before', -1);
      add('at that second', 0);
      const first = add('first', 1);
      add('draft', 2, { status: 'draft' });
      add('sold out', 3, { stockStatus: 'outofstock' });
      add('back order', 3, { stockStatus: 'onbackorder' });
      const last = add('last', 4);
      expect(await arrivals(client)).to.deep.equal([first, last]);
      expect(shop.requests[0]?.query).to.include({ status: 'publish', stock_status: 'instock' });
    }),
  );

  it(
    'are those on backorder too where these count as in stock',
    withShop(async ({ client, shop }) => {
      const add = (name: string, stockStatus: 'instock' | 'outofstock' | 'onbackorder') =>
        shop.addProduct({ name, price: '1', createdAt: at(1), stockStatus });
      const offered = [add('here', 'instock'), add('on its way', 'onbackorder')];
      add('sold out', 'outofstock');
      expect(await arrivals(client, { backorders: true })).to.have.members(offered);
    }),
  );

  it(
    'leave out what the shop itself hides',
    withShop(async ({ client, shop }) => {
      const row = { id: 5, status: 'publish', stock_status: 'instock', date_created_gmt: '2026-11-22T18:00:00' };
      const rows = [
        { ...row, catalog_visibility: 'hidden' },
        { ...row, id: 6, catalog_visibility: 'search' },
      ];
      shop.faults.next({ status: 200, headers: json, body: JSON.stringify(rows) });
      expect(await arrivals(client)).to.deep.equal([6]);
    }),
  );

  it(
    'are neither lost nor repeated when products sell out and appear between pages',
    withShop(async ({ client, shop }) => {
      const ids = Array.from({ length: 350 }, (_, index) =>
        shop.addProduct({ name: `P${index}`, price: '1', createdAt: at(1 + Math.floor(index / 3)) }),
      );
      const seen: number[] = [];
      for await (const { products } of newProducts(client, NOON, { backorders: false })) {
        seen.push(...products.map(({ id }) => id));
        // Those sell out that have been seen: with page numbers, as many unseen ones would slip through.
        for (const id of seen.slice(-40)) shop.setStock(id, 'outofstock');
      }
      expect(seen).to.deep.equal(ids);
    }),
  );

  it(
    'of one import, all in the same second, all come',
    withShop(async ({ client, shop }) => {
      const ids = Array.from({ length: 230 }, (_, index) =>
        shop.addProduct({ name: `P${index}`, price: '1', createdAt: at(1) }),
      );
      const seen = await arrivals(client);
      expect(seen).to.have.length(230).and.to.have.members(ids);
    }),
  );
});
