import { expect } from 'chai';
import type { PretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import { fetchProducts, newProducts } from '../../src/shop/products.js';
import { collect, failure, NOON, withShop } from './shop-support.js';

const OLD = { wooVersion: '9.8.3' };
const json = { 'content-type': 'application/json' };

function addMug(shop: PretendShop, name = 'Mug') {
  const category = shop.addCategory(`${name}s`);
  const mug = shop.addVariableProduct({
    name,
    categories: [category],
    variations: [
      { option: 'Red', price: '8.00' },
      { option: 'Blue', price: '9.50', stockStatus: 'outofstock' },
    ],
  });
  return { category, ...mug };
}

const paths = (shop: PretendShop) => shop.requests.map(({ path }) => path.replace('/wp-json/wc/v3/', ''));

describe('products by id', () => {
  it(
    'come as plain text with price, stock, categories and date',
    withShop(async ({ client, shop }) => {
      const category = shop.addCategory('Tea');
      const id = shop.addProduct({
        name: 'Tom &amp; Jerry <b>Tea</b>',
        price: '4.20',
        stockStatus: 'onbackorder',
        categories: [category],
        createdAt: NOON,
      });
      expect((await fetchProducts(client, [id])).get(id)).to.deep.equal({
        id,
        type: 'simple',
        parentId: null,
        name: 'Tom & Jerry Tea',
        price: '4.20',
        stockStatus: 'onbackorder',
        published: true,
        permalink: shop.requests.length === 1 ? `${shop.url}/product/${shop.products.get(id)?.slug ?? ''}/` : '',
        categoryIds: [category],
        createdAt: NOON,
      });
    }),
  );

  it(
    'that do not exist are absent, drafts and private ones are unpublished, one without a price has none',
    withShop(async ({ client, shop }) => {
      const draft = shop.addProduct({ name: 'Draft', status: 'draft', price: '1' });
      const hidden = shop.addProduct({ name: 'Private', status: 'private', price: '1' });
      const free = shop.addProduct({ name: 'No price' });
      const found = await fetchProducts(client, [draft, hidden, free, 99_999, 0, -1, Number.NaN]);
      expect([...found.keys()]).to.have.members([draft, hidden, free]);
      expect([draft, hidden].map((id) => found.get(id)?.published)).to.deep.equal([false, false]);
      expect(found.get(free)).to.include({ price: null, published: true });
    }),
  );

  it(
    'need no request where there are no ids',
    withShop(async ({ client, shop }) => {
      expect(await fetchProducts(client, [])).to.have.property('size', 0);
      expect(shop.requests).to.have.length(0);
    }),
  );

  for (const [generation, options] of [
    ['with a collection of variations', {}],
    ['before WooCommerce 10.3', OLD],
  ] as const) {
    it(
      `find variations on a shop ${generation}, under both names and with the parent's categories`,
      withShop(async ({ client, shop }) => {
        const { id: parent, category, variationIds } = addMug(shop);
        const [red = 0, blue = 0] = variationIds;
        const found = await fetchProducts(client, [red, blue, 99_999]);
        expect([...found.keys()]).to.have.members([red, blue]);
        expect(found.get(red)).to.deep.include({
          type: 'variation',
          parentId: parent,
          name: 'Mug - Red',
          price: '8.00',
          stockStatus: 'instock',
          published: true,
          categoryIds: [category],
        });
        expect(found.get(blue)).to.include({ name: 'Mug - Blue', stockStatus: 'outofstock' });
      }, options),
    );

    it(
      `do not publish a variation of a draft on a shop ${generation}`,
      withShop(async ({ client, shop }) => {
        const { id, variationIds } = addMug(shop);
        shop.setProduct(id, { status: 'draft' });
        const found = await fetchProducts(client, variationIds);
        expect([...found.values()].map(({ published }) => published)).to.deep.equal([false, false]);
      }, options),
    );
  }

  it(
    'do not publish a variation that is switched off',
    withShop(async ({ client, shop }) => {
      const { variationIds } = addMug(shop);
      const [red = 0, blue = 0] = variationIds;
      shop.setProduct(red, { status: 'private' });
      const found = await fetchProducts(client, variationIds);
      expect([red, blue].map((id) => found.get(id)?.published)).to.deep.equal([false, true]);
    }),
  );

  it(
    'ask an older shop only once whether it has the collection',
    withShop(async ({ client, shop }) => {
      const { id, variationIds } = addMug(shop);
      const [red = 0, blue = 0] = variationIds;
      await fetchProducts(client, [red]);
      await fetchProducts(client, [blue]);
      expect(paths(shop)).to.deep.equal([
        'products',
        'variations',
        `products/${red}`,
        'products',
        'products',
        `products/${blue}`,
        'products',
      ]);
      expect(shop.requests[3]?.query['include']).to.equal(String(id));
    }, OLD),
  );

  it(
    'take a request for a hundred ids, one for a hundred variations, one for a hundred parents',
    withShop(async ({ client, shop }) => {
      const simple = Array.from({ length: 150 }, (_, index) => shop.addProduct({ name: `P${index}`, price: '1' }));
      const mugs = Array.from({ length: 60 }, (_, index) => addMug(shop, `Mug ${index}`));
      const variations = mugs.flatMap(({ variationIds }) => variationIds);
      shop.clearRequests();
      const found = await fetchProducts(client, [...simple, ...variations, ...simple]);
      expect(found.size).to.equal(270);
      expect(paths(shop).sort()).to.deep.equal([
        ...Array<string>(3).fill('products'), // ids
        'products', // parents
        ...Array<string>(2).fill('variations'),
      ]);
    }),
  );

  it(
    'do not fetch a parent that was asked for anyway',
    withShop(async ({ client, shop }) => {
      const { id, variationIds } = addMug(shop);
      const found = await fetchProducts(client, [id, ...variationIds]);
      expect(found.size).to.equal(3);
      expect(paths(shop)).to.deep.equal(['products', 'variations']);
    }),
  );

  it(
    'do not bring parents that nobody asked for',
    withShop(async ({ client, shop }) => {
      const { variationIds } = addMug(shop);
      expect([...(await fetchProducts(client, variationIds)).keys()]).to.have.members(variationIds);
    }),
  );

  it(
    'with an odd field are still products, and less likely to be advertised',
    withShop(async ({ client, shop }) => {
      const id = shop.addProduct({ name: 'Tea', price: '1' });
      const odd = { id, name: null, price: 'call us', stock_status: 'preorder', type: 'custom', categories: null };
      shop.faults.next({ status: 200, headers: json, body: JSON.stringify([odd, { id: 'x' }, null]) });
      expect((await fetchProducts(client, [id])).get(id)).to.deep.include({
        price: null,
        stockStatus: 'outofstock',
        published: false,
        createdAt: 0,
      });
    }),
  );

  it(
    'fail as a whole when the shop fails',
    withShop(async ({ client, shop }) => {
      const { variationIds } = addMug(shop);
      shop.faults.next('503-retry-after', { when: ({ path }) => path.endsWith('/variations') });
      await failure(fetchProducts(client, variationIds), 'SHOP_BUSY');
      shop.faults.next({ status: 200, headers: json, body: '{"rows":[]}' });
      await failure(fetchProducts(client, variationIds), 'SHOP_BAD_ANSWER');
    }),
  );
});

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
      const pages = await collect(newProducts(client, NOON));
      expect(pages.flat().map(({ id }) => id)).to.deep.equal([first, last]);
      expect(shop.requests[0]?.query).to.include({ status: 'publish', stock_status: 'instock' });
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
      expect((await collect(newProducts(client, NOON))).flat().map(({ id }) => id)).to.deep.equal([6]);
    }),
  );

  it(
    'are neither lost nor repeated when products sell out and appear between pages',
    withShop(async ({ client, shop }) => {
      const ids = Array.from({ length: 350 }, (_, index) =>
        shop.addProduct({ name: `P${index}`, price: '1', createdAt: at(1 + Math.floor(index / 3)) }),
      );
      const seen: number[] = [];
      for await (const page of newProducts(client, NOON)) {
        seen.push(...page.map(({ id }) => id));
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
      const seen = (await collect(newProducts(client, NOON))).flat().map(({ id }) => id);
      expect(seen).to.have.length(230).and.to.have.members(ids);
    }),
  );
});
