import { expect } from 'chai';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import type { StockStatus } from '../../src/sandbox/shop/state.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { checkStock, phoneOf, plan, sendDue, sendNow, statements } from './support.js';

const OLD = NOON - 300 * DAY;
const OPTIONS = 5;

/** Products of both kinds; each variable one has five variations. */
function fill(w: World, products: number, variations: number, stockStatus: StockStatus = 'instock') {
  const simple = Array.from({ length: products }, (_, index) =>
    w.shop.addProduct({ name: `Cup ${index}`, price: '8', stockStatus, createdAt: OLD }),
  );
  const variable = Array.from({ length: variations / OPTIONS }, (_, index) =>
    w.shop.addVariableProduct({
      name: `Mug ${index}`,
      createdAt: OLD,
      variations: Array.from({ length: OPTIONS }, (_each, option) => ({
        option: `No ${option}`,
        price: '8',
        stockStatus,
      })),
    }),
  );
  return [...simple, ...variable.flatMap(({ variationIds }) => variationIds)];
}

/** So many people, each with a view of one of the products, a day ago; neighbours of the same one. */
async function look(w: World, productIds: readonly number[], people: number, inStock: boolean): Promise<void> {
  const { productViews } = w.database.tables;
  const views = Array.from({ length: people }, (_, index) => ({
    customerPhone: phoneOf(index),
    productId: productIds[Math.floor((index * productIds.length) / people)] ?? 0,
    priceAtView: '10.00',
    inStock: Number(inStock),
    viewedAt: new Date(NOON - DAY),
    source: 'reengaged',
  }));
  await w.database.query((orm) => orm.insert(productViews).values(views));
}

async function agree(w: World, people: number): Promise<void> {
  const entries = Array.from({ length: people }, (_, index) => ({
    phone: phoneOf(index),
    decision: 'grant' as const,
    source: 'test',
    decidedAt: NOON - DAY,
  }));
  await w.app.recordConsent(entries);
}

/** So many people, each of whom bought one of the products 70 days ago and agreed to messages: as the mirror has them. */
async function buy(w: World, productIds: readonly number[], people: number): Promise<void> {
  const { customers, orders, orderItems } = w.database.tables;
  const at = new Date(NOON - 70 * DAY);
  const all = Array.from({ length: people }, (_, index) => ({ phone: phoneOf(index), orderId: 1_000_000 + index }));
  const money = { currency: 'USD', total: '10.00', refunded: '0' };
  const times = { createdAt: at, paidAt: at, modifiedAt: at };
  await w.database.query((orm) =>
    orm.insert(customers).values(all.map(({ phone }) => ({ phone, lastPaidAt: at, paidOrders: 1, orderConsent: 1 }))),
  );
  await w.database.query((orm) =>
    orm.insert(orders).values(
      all.map(({ phone, orderId }) => ({
        ...{ orderId, phone, person: phone, customerId: 0, status: 'completed' },
        ...money,
        ...times,
      })),
    ),
  );
  await w.database.query((orm) =>
    orm.insert(orderItems).values(
      all.map(({ orderId }, index) => ({
        orderId,
        productId: productIds[index % productIds.length] ?? 0,
        variationId: 0,
        quantity: 1,
      })),
    ),
  );
}

/** What every run has behind it: the site's facts, the orders and the catalogue are known. */
async function settle(w: World): Promise<void> {
  await w.app.sync();
  await w.app.queue.doAction(HOOKS.syncCatalogue);
  w.shop.clearRequests();
}

function requests(w: World): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { path } of w.shop.requests) {
    const name = path.replace('/wp-json/wc/v3/', '').replace(/\d+/, '<id>');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const hundreds = (number: number) => Math.ceil(number / 100);

describe('what the hourly check costs', () => {
  const world = useWorld();

  for (const [products, variations] of [
    [0, 250],
    [250, 0],
    [150, 150],
  ] as const)
    it(`a request for a hundred of ${products} products and of ${variations} variations; two for orders where one is back`, async () => {
      const w = world();
      const ids = fill(w, products, variations);
      await look(w, ids, ids.length, false);
      await settle(w);
      await checkStock(w);
      const pages = {
        ...(products === 0 ? {} : { products: hundreds(products) }),
        ...(variations === 0 ? {} : { variations: hundreds(variations) }),
      };
      expect(requests(w), 'all of them back').to.deep.equal({ ...pages, orders: 2 });
      for (const id of ids) w.shop.setStock(id, 'outofstock');
      w.clock.set(NOON + HOUR);
      w.shop.clearRequests();
      await checkStock(w);
      expect(requests(w), 'none of them back').to.deep.equal(pages);
    });

  it('no more than that again, and its parents, before the catalogue was read', async () => {
    const w = world();
    await look(w, fill(w, 150, 150), 300, false);
    await w.app.sync();
    w.shop.clearRequests();
    await checkStock(w);
    expect(requests(w)).to.deep.equal({ products: hundreds(300) + hundreds(30), variations: 2, orders: 2 });
  });

  it('the same for what somebody saw in stock, and so may have to wait from now on', async () => {
    const w = world();
    await look(w, fill(w, 150, 150, 'outofstock'), 300, true);
    await settle(w);
    await checkStock(w);
    expect(requests(w)).to.deep.equal({ products: 2, variations: 2 });
  });

  it('a number of statements that does not grow with the people who wait', async () => {
    const w = world();
    await look(w, fill(w, 20, 20), 1_000, false);
    await agree(w, 1_000);
    await settle(w);
    let queued: unknown;
    const asked = await statements(w, async () => {
      queued = await checkStock(w);
    });
    expect(queued).to.equal(1_000);
    expect(asked).to.be.at.most(80);
  });
});

describe('what the hourly check costs a shop before WooCommerce 10.3', () => {
  const world = useWorld({}, { wooVersion: '9.8.3' });

  it('a request for a hundred products, and one for the variations of each parent', async () => {
    const w = world();
    await look(w, fill(w, 150, 100), 250, false);
    await settle(w);
    await checkStock(w);
    expect(requests(w)).to.deep.equal({ products: 2, variations: 1, 'products/<id>/variations': 20, orders: 2 });
  });
});

describe('what the daily run costs', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  it('pages of orders and products, a fixed number of statements, and nothing for each of 1,200 customers', async () => {
    const w = world();
    const viewed = fill(w, 150, 150);
    const [cups, mugs] = [w.shop.addCategory('Cups'), w.shop.addCategory('Mugs')];
    const bought = fill(w, 120, 0);
    w.shop.setCategories(bought, [cups]);
    for (let number = 0; number < 130; number++)
      w.shop.addProduct({
        name: `New ${number}`,
        price: '9',
        categories: [number % 2 ? cups : mugs],
        createdAt: NOON - DAY + number * MINUTE,
      });
    await buy(w, bought, 1_200);
    await look(w, viewed, 1_200, true);
    await settle(w);
    let queued: unknown;
    const asked = await statements(w, async () => {
      queued = await plan(w);
    });
    expect(queued).to.equal(1_200);
    expect(requests(w), 'orders by two walks, two pages of arrivals').to.deep.equal({
      orders: 2,
      products: 2 + 2,
      variations: 2,
    });
    expect(asked).to.be.at.most(100);
  });
});

describe('what messages cost', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  it('one request for the products of neighbouring messages about new arrivals', async () => {
    const w = world();
    const category = w.shop.addCategory('Mugs');
    const mug = w.shop.addProduct({ name: 'Mug', price: '9', categories: [category], createdAt: OLD });
    w.shop.addProduct({ name: 'New mug', price: '9', categories: [category], createdAt: NOON - DAY });
    for (let number = 0; number < 30; number++) w.order(phoneOf(number), 70, { productId: mug });
    await settle(w);
    expect(await plan(w)).to.equal(30);
    w.clock.set(NOON + 5 * MINUTE);
    w.shop.clearRequests();
    await sendDue(w);
    expect(w.whatsapp.accepted).to.have.length(30);
    expect(requests(w)).to.deep.equal({ products: 1 });
  });

  it('by hand one walk through the new products in ten minutes, for however many customers', async () => {
    const w = world();
    const category = w.shop.addCategory('Mugs');
    const mug = w.shop.addProduct({ name: 'Mug', price: '9', categories: [category], createdAt: OLD });
    w.shop.addProduct({ name: 'New mug', price: '9', categories: [category], createdAt: NOON - DAY });
    for (let number = 0; number < 4; number++) w.order(phoneOf(number), 70, { productId: mug });
    await settle(w);
    const walks = () => w.shop.requests.filter(({ query }) => query['orderby'] === 'date').length;
    for (const number of [0, 1, 2])
      expect(await sendNow(w, phoneOf(number), 'new_arrivals')).to.include({ success: true });
    expect(walks()).to.equal(1);
    w.clock.set(NOON + 10 * MINUTE);
    await sendNow(w, phoneOf(3), 'new_arrivals');
    expect(walks()).to.equal(2);
    expect(w.whatsapp.accepted).to.have.length(4);
  });
});
