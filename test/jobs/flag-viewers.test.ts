import { expect } from 'chai';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { NOON, useWorld } from '../support/world.js';
import { ANA, checkStock, EVA, grant, phoneOf, sees, sendDue, sends, waiting } from './support.js';

describe('recent viewers of a product that goes out of stock', () => {
  const world = useWorld({ reengagement: { view_window_days: 60 }, back_in_stock: { repeat_after: 20 } });

  const cup = (name = 'Blue cup', stockStatus: 'instock' | 'outofstock' | 'onbackorder' = 'outofstock') =>
    world().shop.addProduct({ name, price: '12.50', stockStatus, createdAt: NOON - 300 * DAY });
  const saw = (phone: string, productId: number, daysAgo = 1) =>
    sees(world(), phone, productId, { inStock: true, daysAgo });

  it('wait for it too, and are told when it is back', async () => {
    const w = world();
    const product = cup('Blue cup', 'instock');
    await grant(w, ANA, EVA);
    const views = [await saw(ANA, product, 59), await saw(EVA.slice(1), product)];
    const tooOld = await saw(phoneOf(3), product, 61);
    await checkStock(w);
    expect(await waiting(w, ...views, tooOld), 'while it is in stock').to.deep.equal([false, false, false]);
    w.shop.setStock(product, 'outofstock');
    w.clock.set(NOON + HOUR);
    await checkStock(w);
    expect(await waiting(w, ...views, tooOld)).to.deep.equal([true, true, false]);
    w.shop.setStock(product, 'instock');
    w.clock.set(NOON + 2 * HOUR);
    expect(await checkStock(w)).to.equal(2);
    expect(await sendDue(w)).to.deep.equal({ accepted: 2 });
  });

  it('are flagged once, however often it is checked', async () => {
    const w = world();
    await saw(ANA, cup());
    const flagged = () =>
      w.log.filter(({ message }) => message === 'Who saw a product before it went out of stock waits for it');
    for (const minutes of [0, 60, 120]) {
      w.clock.set(NOON + minutes * MINUTE);
      await checkStock(w);
    }
    expect(flagged().map(({ views }) => views)).to.deep.equal([1]);
  });

  it('do not wait for what they have bought since, but do when they looked again', async () => {
    const w = world();
    const [bought, again] = [cup('Blue cup', 'instock'), cup('Red cup', 'instock')];
    for (const productId of [bought, again]) w.order(ANA, 5, { productId });
    const views = [await saw(ANA, bought, 9), await saw(ANA, again, 9), await saw(ANA, again, 2)];
    await w.app.sync();
    for (const id of [bought, again]) w.shop.setStock(id, 'outofstock');
    await checkStock(w);
    expect(await waiting(w, ...views)).to.deep.equal([false, false, true]);
  });

  it('who buy it before it is back are not told', async () => {
    const w = world();
    const product = cup();
    await grant(w, ANA);
    const view = await saw(ANA, product);
    await checkStock(w);
    expect(await waiting(w, view)).to.deep.equal([true]);
    w.clock.set(NOON + HOUR);
    w.order(ANA, 0, { productId: product });
    w.shop.setStock(product, 'instock');
    expect(await checkStock(w)).to.equal(0);
  });

  it('do not wait for a draft, nor what is deleted, hidden, without a price, or on backorder', async () => {
    const w = world();
    const products = [cup(), cup(), cup(), cup(), cup('Red cup', 'onbackorder')] as const;
    w.shop.setProduct(products[0], { status: 'draft' });
    w.shop.removeProduct(products[1]);
    w.shop.setProduct(products[2], { status: 'private' });
    w.shop.setPrice(products[3], '');
    const views: number[] = [];
    for (const id of products) views.push(await saw(ANA, id));
    await checkStock(w);
    expect(await waiting(w, ...views)).to.deep.equal([false, false, false, false, false]);
  });

  it('who were told lately that it is back are not flagged again, and after repeat_after days are, and are told', async () => {
    const w = world();
    const product = cup('Blue cup', 'instock');
    await grant(w, ANA);
    const view = await sees(w, ANA, product);
    await checkStock(w);
    await sendDue(w);
    const sellsOut = async (days: number) => {
      w.clock.set(NOON + days * DAY);
      w.shop.setStock(product, 'outofstock');
      await checkStock(w);
      const [waits] = await waiting(w, view);
      w.shop.setStock(product, 'instock');
      w.clock.set(NOON + days * DAY + HOUR);
      return { waits, queued: await checkStock(w) };
    };
    expect(await sellsOut(19)).to.deep.equal({ waits: false, queued: 0 });
    expect(await sellsOut(21), 'the same view, another occasion').to.deep.equal({ waits: true, queued: 1 });
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
  });

  it('are left alone where the setting says so', async () => {
    const w = world();
    const product = cup();
    const view = await saw(ANA, product);
    w.app.reconfigure(w.settings({ back_in_stock: { flag_recent_viewers: false } }));
    await checkStock(w);
    expect(await waiting(w, view)).to.deep.equal([false]);
    expect(w.shop.requests.filter(({ path }) => path.endsWith('/products'))).to.deep.equal([]);
  });

  it('cost no request of their own: every viewed product is asked for once, a hundred at a time', async () => {
    const w = world();
    const { productViews } = w.database.tables;
    const products = Array.from({ length: 150 }, (_, index) =>
      cup(`Cup ${index}`, index % 3 === 0 ? 'instock' : 'outofstock'),
    );
    await w.database.query((orm) =>
      orm.insert(productViews).values(
        products.map((productId, index) => ({
          customerPhone: phoneOf(index),
          productId,
          inStock: index % 2,
          viewedAt: new Date(NOON - DAY),
          source: 'reengaged',
        })),
      ),
    );
    await grant(w, ...products.map((_, index) => phoneOf(index)));
    await w.app.sync();
    w.shop.clearRequests();
    expect(await checkStock(w)).to.equal(25);
    expect(w.shop.requests.filter(({ path }) => path.endsWith('/products'))).to.have.length(2);
    expect(await sends(w)).to.have.length(25);
  });
});
