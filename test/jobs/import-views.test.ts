import { expect } from 'chai';
import type { SeenProduct } from '../../src/db/views.js';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { ANA, checkStock, EVA, grant, sees, sendDue } from './support.js';

describe('product views out of a list', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  const cup = (name: string, stockStatus: 'instock' | 'outofstock' | 'onbackorder', price = '12.50') =>
    world().shop.addProduct({ name, price, stockStatus, createdAt: NOON - 300 * DAY });

  /** As the command does: price and stock from the shop, then all of them at once. */
  async function bring(w: World, ...views: readonly (readonly [phone: string, productId: number, viewedAt: number])[]) {
    const products = await w.app.seenProducts(views.map(([, productId]) => productId));
    return await w.app.importViews(
      views.flatMap(([phone, productId, viewedAt]): SeenProduct[] => {
        const seen = products.get(productId);
        return seen === undefined ? [] : [{ phone, productId, viewedAt, ...seen }];
      }),
    );
  }
  const rows = async (w: World) => {
    const { productViews } = w.database.tables;
    return await w.database.query((orm) => orm.select().from(productViews).orderBy(productViews.id));
  };

  it('are noted with price and stock as the shop has them, as those of the plugin are', async () => {
    const w = world();
    const ids = [cup('Blue cup', 'instock'), cup('Red cup', 'outofstock'), cup('Car', 'instock', '150000000')];
    for (const id of ids) await sees(w, EVA, id, { source: null, price: null, inStock: true });
    await checkStock(w);
    const adopted = await rows(w);
    await bring(w, ...ids.map((id) => [ANA, id, NOON - HOUR] as const));
    const imported = (await rows(w)).slice(ids.length);
    const noted = (list: typeof adopted) => list.map(({ priceAtView, inStock }) => ({ priceAtView, inStock }));
    expect(noted(imported)).to.deep.equal([
      { priceAtView: '12.50', inStock: 1 },
      { priceAtView: '12.50', inStock: 0 },
      { priceAtView: null, inStock: 1 },
    ]);
    expect(noted(imported)).to.deep.equal(noted(adopted));
  });

  it('take what can be ordered for stock where the settings say so', async () => {
    const w = world();
    const product = cup('Red cup', 'onbackorder');
    const inStock = async () => (await w.app.seenProducts([product])).get(product)?.inStock;
    w.app.reconfigure(w.settings({ reengagement: { backorders_in_stock: true } }));
    expect(await inStock()).to.equal(true);
    w.app.reconfigure(w.settings({ reengagement: { backorders_in_stock: false } }));
    expect(await inStock()).to.equal(false);
  });

  it('ask for products in requests of a hundred, and tell of those that the shop has not', async () => {
    const w = world();
    const ids = Array.from({ length: 150 }, (_, index) => cup(`Cup ${index}`, 'instock'));
    w.shop.clearRequests();
    const asked: number[] = [];
    const found = await w.app.seenProducts([...ids, ...ids, 999_999], (count) => asked.push(count));
    expect([...found.keys()]).to.have.members(ids);
    expect(asked).to.deep.equal([151]);
    const products = w.shop.requests.filter(({ path }) => path.endsWith('/products'));
    expect(products.map(({ query }) => query['include']?.split(',').length)).to.have.members([100, 51]);
  });

  it('lead to a message when the product is back', async () => {
    const w = world();
    const product = cup('Red cup', 'outofstock');
    await grant(w, ANA);
    await bring(w, [ANA, product, NOON - DAY]);
    expect(await checkStock(w)).to.equal(0);
    w.shop.setStock(product, 'instock');
    w.clock.set(NOON + HOUR);
    expect(await checkStock(w)).to.equal(1);
    await sendDue(w);
    expect(w.whatsapp.accepted.map(({ to, rendered }) => [to, rendered.includes('Red cup')])).to.deep.equal([
      [ANA, true],
    ]);
  });

  it('are left alone by the adoption of the plugin’s', async () => {
    const w = world();
    const product = cup('Red cup', 'outofstock');
    await bring(w, [ANA, product, NOON - DAY]);
    const before = await rows(w);
    await sees(w, EVA, product, { source: null, price: null, inStock: true });
    w.shop.setPrice(product, '20.00');
    w.clock.set(NOON + HOUR);
    await checkStock(w);
    const after = await rows(w);
    expect(after[0]).to.deep.equal(before[0]);
    expect(after[1]).to.include({ source: 'adopted' });
  });

  it('older than the window are noted, counted, and count for nothing', async () => {
    const w = world();
    const product = cup('Red cup', 'outofstock');
    await grant(w, ANA, EVA);
    const views = [
      [ANA, product, NOON - 30 * DAY],
      [EVA, product, NOON - 30 * DAY - 1_000],
    ] as const;
    expect(await bring(w, ...views)).to.deep.equal({ added: 2, known: 0, old: 1 });
    expect(await bring(w, ...views)).to.deep.equal({ added: 0, known: 2, old: 1 });
    w.app.reconfigure(w.settings({ reengagement: { view_window_days: 10 } }));
    expect(await bring(w, ...views)).to.deep.equal({ added: 0, known: 2, old: 2 });
    w.shop.setStock(product, 'instock');
    w.clock.set(NOON + HOUR);
    expect(await checkStock(w)).to.equal(0);
  });
});
