import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { utcSecond } from '../../src/db/utc.js';
import { DAY, SECOND } from '../../src/lib/clock.js';
import { NOON, useWorld } from '../support/world.js';
import { ANA, argsOf, checkStock, grant, lastSummary, onlySend, phoneOf, sees, sendDue } from './support.js';

describe('more products than a message can answer', () => {
  const world = useWorld();

  it('of which one is back: it is told of, however many others were looked at since', async () => {
    const w = world();
    const add = (name: string, stockStatus: 'instock' | 'outofstock') =>
      w.shop.addProduct({ name, price: '12.50', stockStatus, createdAt: NOON - 300 * DAY });
    const back = add('Blue cup', 'instock');
    await grant(w, ANA);
    await sees(w, ANA, back, { daysAgo: 20 });
    for (let index = 0; index < 201; index += 1) await sees(w, ANA, add(`Cup ${index}`, 'outofstock'));
    expect(await checkStock(w)).to.equal(1);
    expect(argsOf(await onlySend(w))['product_ids']).to.deep.equal([back]);
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
  });
});

describe('10,000 views of a product', () => {
  const world = useWorld();

  const cup = (name = 'Blue cup') => world().shop.addProduct({ name, price: '12.50', createdAt: NOON - 300 * DAY });
  const TEN_THOUSAND = 10_000;

  async function seen(productId: number, phone: (index: number) => string): Promise<void> {
    const { database } = world();
    const values = Array.from({ length: TEN_THOUSAND }, (_, index) => {
      const at = utcSecond(NOON - DAY - index * SECOND);
      return `('${phone(index)}', ${productId}, 0, '${at}', 'import')`;
    });
    await database.query((orm) =>
      orm.execute(
        `INSERT INTO \`${database.prefix}product_views\` (customer_phone, product_id, in_stock, viewed_at, source) VALUES ${values.join()}`,
      ),
    );
  }

  it('by one person are one message of a few views, which answers them all', async () => {
    const w = world();
    const [mug, jug] = [cup(), cup('Jug')];
    await grant(w, ANA);
    await sees(w, ANA, jug, { daysAgo: 20 });
    await seen(mug, () => ANA);
    expect(await checkStock(w)).to.equal(1);
    const action = await onlySend(w);
    expect(argsOf(action)['product_ids']).to.deep.equal([mug, jug]);
    expect(JSON.stringify(action.args)).to.have.length.below(2_000);
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    const { productViews: v } = w.database.tables;
    const rows = await w.database.query((orm) => orm.select({ id: v.id }).from(v).where(eq(v.inStock, 0)));
    expect(rows).to.deep.equal([]);
  });

  it('by as many people are looked at page by page', async () => {
    const w = world();
    await seen(cup(), phoneOf);
    await grant(w, phoneOf(1), phoneOf(5_000), phoneOf(9_999));
    expect(await checkStock(w)).to.equal(3);
    expect(lastSummary(w, 'Stock is checked')['skipped']).to.deep.equal({ no_consent: TEN_THOUSAND - 3 });
  });
});
