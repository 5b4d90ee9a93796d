import { expect } from 'chai';
import type { PretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import { fetchProducts as fetchAll } from '../../src/shop/products.js';
import type { CatalogueEntry } from '../../src/reengagement/shop-facts.js';
import { failure, NOON, withShop } from './shop-support.js';

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

const fetchProducts = async (...args: Parameters<typeof fetchAll>) => (await fetchAll(...args)).products;
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
        stockQuantity: null,
        stockId: id,
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
    'carry how many are left where the shop counts them, variations of a counting parent its number',
    withShop(async ({ client, shop }) => {
      const counted = shop.addProduct({ name: 'Tea', price: '1', stockQuantity: 7 });
      const owed = shop.addProduct({ name: 'Jug', price: '1', stockStatus: 'onbackorder', stockQuantity: -2 });
      const free = shop.addProduct({ name: 'Pot', price: '1' });
      const { id, variationIds } = shop.addVariableProduct({
        name: 'Mug',
        stockQuantity: 5,
        variations: [
          { option: 'Red', price: '8.00' },
          { option: 'Blue', price: '8.00', stockQuantity: 3 },
        ],
      });
      const found = await fetchProducts(client, [counted, owed, free, id, ...variationIds]);
      expect([counted, owed, free, id, ...variationIds].map((each) => found.get(each)?.stockQuantity)).to.deep.equal([
        7,
        -2,
        null,
        5,
        5,
        3,
      ]);
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
      shop.faults.next({ status: 200, headers: json, body: '{"rows":[]}' });
      await failure(fetchProducts(client, variationIds), 'SHOP_BAD_ANSWER');
      shop.faults.next('503-retry-after', { when: ({ path }) => path.endsWith('/variations') });
      await failure(fetchProducts(client, variationIds), 'SHOP_BUSY');
    }),
  );
});

describe('products that the catalogue knows', () => {
  const entry = (id: number, parentId: number | null = null, own: Partial<CatalogueEntry> = {}) =>
    [id, { id, parentId, name: 'Mug', status: 'publish', categoryIds: [7], ...own }] as const;

  it(
    'are asked for only where they are, and a variation takes name, status and categories of its parent from there',
    withShop(async ({ client, shop }) => {
      const tea = shop.addProduct({ name: 'Tea', price: '1' });
      const { id, variationIds } = addMug(shop);
      const [red = 0, blue = 0] = variationIds;
      const known = new Map([entry(tea), entry(red, id), entry(blue, id, { status: 'draft' })]);
      const { products, learned } = await fetchAll(client, [tea, red, blue], { known });
      expect(shop.requests.map(({ query }) => query['include'])).to.deep.equal([String(tea), `${red},${blue}`]);
      expect(paths(shop)).to.deep.equal(['products', 'variations']);
      expect(products.get(red)).to.deep.include({
        name: 'Mug - Red',
        published: true,
        categoryIds: [7],
        price: '8.00',
      });
      expect(products.get(blue)).to.include({ published: false });
      expect(learned).to.deep.equal([]);
    }),
  );

  it(
    'are gone when the shop does not answer with them, whatever the catalogue says',
    withShop(async ({ client, shop }) => {
      const { products, learned } = await fetchAll(client, [5, 6], { known: new Map([entry(5), entry(6, 4)]) });
      expect(products.size).to.equal(0);
      expect(learned).to.deep.equal([]);
      expect(paths(shop)).to.deep.equal(['products', 'variations']);
    }),
  );

  it(
    'have their parents asked for as well where that is wanted, together with the products',
    withShop(async ({ client, shop }) => {
      const tea = shop.addProduct({ name: 'Tea', price: '1' });
      const { id, variationIds } = addMug(shop);
      const [red = 0] = variationIds;
      shop.setProduct(id, { status: 'draft', name: 'Cup' });
      const known = new Map([entry(tea), entry(red, id)]);
      const { products, learned } = await fetchAll(client, [tea, red], { known, freshParents: true });
      expect(paths(shop)).to.deep.equal(['products', 'variations']);
      expect([...products.keys()]).to.have.members([tea, red]);
      expect(products.get(red)).to.include({ name: 'Cup - Red', published: false });
      expect(learned).to.deep.equal([]);
    }),
  );

  it(
    'take the route of their parent on a shop without the collection of variations, a request a parent',
    withShop(async ({ client, shop }) => {
      const mugs = [addMug(shop, 'Mug'), addMug(shop, 'Jug')];
      await fetchAll(client, [1_000_000]);
      shop.clearRequests();
      const ids = mugs.flatMap(({ variationIds }) => variationIds);
      const known = new Map(mugs.flatMap(({ id, variationIds }) => variationIds.map((each) => entry(each, id))));
      known.set(...entry(77, 76));
      const { products } = await fetchAll(client, [...ids, 77], { known });
      expect([...products.keys()]).to.have.members(ids);
      expect(products.get(ids[0] ?? 0)).to.include({ name: 'Mug - Red', published: true, stockStatus: 'instock' });
      expect(paths(shop)).to.have.members([
        ...mugs.map(({ id }) => `products/${id}/variations`),
        'products/76/variations',
      ]);
    }, OLD),
  );

  for (const [generation, options] of [
    ['with a collection of variations', {}],
    ['before WooCommerce 10.3', OLD],
  ] as const)
    it(
      `are those that were asked for once on a shop ${generation}: products, siblings of a variation, and what is gone`,
      withShop(async ({ client, shop }) => {
        const tea = shop.addProduct({ name: 'Tea', price: '1' });
        const { id, category, variationIds } = addMug(shop);
        const [red = 0, blue = 0] = variationIds;
        const { learned } = await fetchAll(client, [tea, red, 1_000_000]);
        const known = new Map(learned.map((one) => [one.id, one]));
        expect([...known.keys()]).to.have.members([tea, id, red, blue, 1_000_000]);
        const mug = { name: 'Mug', status: 'publish', categoryIds: [category] };
        expect(known.get(id)).to.deep.equal({ id, parentId: null, ...mug });
        expect(known.get(blue)).to.deep.equal({ id: blue, parentId: id, ...mug });
        expect(known.get(1_000_000)).to.include({ status: 'gone', parentId: null });
        shop.clearRequests();
        const again = await fetchAll(client, [tea, red, 1_000_000], { known });
        expect([...again.products.keys()]).to.have.members([tea, red]);
        expect(shop.requests).to.have.length(2);
      }, options),
    );

  it(
    'are not said to be gone while a row of the answer has no id, and such rows are named',
    withShop(async ({ client, shop }) => {
      const rows = [{ id: 'x7' }, { name: 'Tea' }];
      shop.faults.next({ status: 200, headers: json, body: JSON.stringify(rows) });
      const { products, learned, malformed } = await fetchAll(client, [7]);
      expect([products.size, learned.length]).to.deep.equal([0, 0]);
      expect(malformed).to.deep.equal(['x7', 'without an id']);
    }),
  );
});
