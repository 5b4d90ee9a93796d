import { expect } from 'chai';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { NOON, useWorld } from '../support/world.js';
import { ANA, checkStock, EVA, grant, logged, sees, sendDue } from './support.js';

const PLUGIN = { source: null, price: null, inStock: true } as const;

describe('product views that the plugin wrote', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  const cup = (name = 'Blue cup', stockStatus: 'instock' | 'outofstock' = 'instock') =>
    world().shop.addProduct({ name, price: '12.50', stockStatus, createdAt: NOON - 300 * DAY });

  it('are adopted once: local time becomes UTC, price and stock come from the shop', async () => {
    const w = world();
    const [there, gone] = [cup(), cup('Red cup', 'outofstock')];
    await sees(w, ANA, there, PLUGIN);
    await sees(w, ANA.slice(1), gone, PLUGIN);
    await checkStock(w);
    await checkStock(w);
    const { productViews } = w.database.tables;
    const rows = await w.database.query((orm) => orm.select().from(productViews).orderBy(productViews.id));
    // Noon in Madrid was written as 11:00, an hour before it in UTC.
    const viewedAt = new Date(NOON - DAY - HOUR);
    expect(
      rows.map(({ priceAtView, inStock, viewedAt: at, source }) => ({ priceAtView, inStock, viewedAt: at, source })),
    ).to.deep.equal([
      { priceAtView: '12.50', inStock: 1, viewedAt, source: 'adopted' },
      { priceAtView: '12.50', inStock: 0, viewedAt, source: 'adopted' },
    ]);
  });

  it('lead to a message when the product is back', async () => {
    const w = world();
    const product = cup('Red cup', 'outofstock');
    await grant(w, ANA);
    await sees(w, ANA.slice(1), product, PLUGIN);
    expect(await checkStock(w)).to.equal(0);
    w.shop.setStock(product, 'instock');
    w.clock.set(NOON + HOUR);
    expect(await checkStock(w)).to.equal(1);
    await sendDue(w);
    expect(w.whatsapp.accepted.map(({ to }) => to)).to.deep.equal([ANA]);
  });

  it('of a product that the shop no longer has are adopted without a price', async () => {
    const w = world();
    await sees(w, ANA, 4_711, PLUGIN);
    await checkStock(w);
    const { productViews } = w.database.tables;
    const [row] = await w.database.query((orm) => orm.select().from(productViews));
    expect(row).to.include({ priceAtView: null, inStock: 1, source: 'adopted' });
  });

  it('with a time that no calendar knows are named in one warning, and stop nothing', async () => {
    const w = world();
    const product = cup('Red cup', 'outofstock');
    const { productViews } = w.database.tables;
    const ids = [await sees(w, ANA, product, PLUGIN), await sees(w, EVA, product, PLUGIN)];
    await w.database.query((orm) =>
      orm.execute(
        `UPDATE \`${w.database.prefix}product_views\` SET viewed_at = '2026-02-00 10:00:00' WHERE id = ${ids[0] ?? 0}`,
      ),
    );
    await checkStock(w);
    const rows = await w.database.query((orm) =>
      orm.select({ id: productViews.id, source: productViews.source }).from(productViews).orderBy(productViews.id),
    );
    expect(rows.map(({ source }) => source)).to.deep.equal([null, 'adopted']);
    const [warning, ...more] = logged(w, 'Product views are left out: their time is none');
    expect(warning).to.deep.include({ level: 'warn', count: 1, views: [ids[0]] });
    expect(more).to.deep.equal([]);
  });

  it('from the future count from now, and are too old one day like all others', async () => {
    const w = world();
    const { productViews } = w.database.tables;
    const product = cup('Red cup', 'outofstock');
    await w.database.query((orm) =>
      orm
        .insert(productViews)
        .values({ customerPhone: ANA, productId: product, viewedAt: new Date('2099-01-23T10:00:00Z') }),
    );
    await checkStock(w);
    const [row] = await w.database.query((orm) => orm.select().from(productViews));
    expect(row?.viewedAt.getTime()).to.equal(NOON);
  });

  it('with a time that the clocks skipped count from the change', async () => {
    const w = world();
    const change = Date.parse('2026-03-29T01:00:00Z');
    w.clock.set(change + 12 * HOUR);
    const { productViews } = w.database.tables;
    const product = cup('Red cup', 'outofstock');
    const viewedAt = new Date('2026-03-29T02:30:00Z');
    await w.database.query((orm) =>
      orm.insert(productViews).values({ customerPhone: ANA, productId: product, viewedAt }),
    );
    await checkStock(w);
    const [row] = await w.database.query((orm) => orm.select().from(productViews));
    expect(row?.viewedAt.getTime()).to.equal(change);
  });

  it('of a product that costs more than the column holds are adopted without a price', async () => {
    const w = world();
    const product = w.shop.addProduct({ name: 'Car', price: '150000000', createdAt: NOON - 300 * DAY });
    await sees(w, ANA, product, PLUGIN);
    expect(await checkStock(w)).to.equal(0);
    const { productViews } = w.database.tables;
    const [row] = await w.database.query((orm) => orm.select().from(productViews));
    expect(row).to.include({ priceAtView: null, source: 'adopted' });
    expect(await w.app.trackView(EVA, product)).to.include({ recorded: true });
  });
});
