import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { NOON, useWorld } from '../support/world.js';
import { verdict } from './explain-support.js';
import {
  argsOf,
  checkStock,
  grant,
  lastSummary,
  phoneOf,
  plan,
  sees,
  sendDue,
  sends,
  statements,
  typesByPhone,
} from './support.js';

describe('limited stock (back_in_stock.customers_per_unit)', () => {
  const world = useWorld({ back_in_stock: { customers_per_unit: 2 } });

  const cup = (stockQuantity?: number, name = 'Blue cup') =>
    world().shop.addProduct({
      name,
      price: '12.50',
      createdAt: NOON - 300 * DAY,
      ...(stockQuantity === undefined ? {} : { stockQuantity }),
    });
  /** Each waits a day longer than the one after them. All of them agreed to messages. */
  async function wait(productId: number, ...numbers: readonly number[]): Promise<void> {
    await grant(world(), ...numbers.map(phoneOf));
    for (const [index, number] of numbers.entries())
      await sees(world(), phoneOf(number), productId, { daysAgo: numbers.length - index + 1 });
  }
  const hour = async (hours: number) => {
    world().clock.set(NOON + hours * HOUR);
    const queued = await checkStock(world());
    await sendDue(world());
    return queued;
  };
  const told = async () => new Set((await sends(world())).map((action) => argsOf(action)['customer_phone']));
  const skipped = () => lastSummary(world(), 'Stock is checked')['skipped'];

  it('is told to so many people a unit, those who have waited longest first, whatever their phones', async () => {
    await wait(cup(2), 9, 1, 8, 2, 7);
    expect(await hour(0)).to.equal(4);
    expect([...(await told())]).to.have.members([9, 1, 8, 2].map(phoneOf));
    expect(skipped()).to.deep.equal({ limited_stock: 1 });
  });

  it('is told to the rest in waves, a day after the first, while it lasts', async () => {
    const w = world();
    const product = cup(1);
    await wait(product, 5, 4, 3, 2, 1);
    expect(await hour(0)).to.equal(2);
    expect([await hour(1), await hour(23)], 'they hold their places for a day').to.deep.equal([0, 0]);
    expect(await hour(24.1)).to.equal(2);
    w.shop.setStock(product, 'outofstock');
    expect(await hour(50)).to.equal(0);
    w.shop.setStock(product, 'instock');
    expect(await hour(51)).to.equal(1);
    expect(await told()).to.have.property('size', 5);
  });

  it('is told to more as soon as there is more of it', async () => {
    const product = cup(1);
    await wait(product, 1, 2, 3, 4, 5);
    await hour(0);
    world().shop.setProduct(product, { stockQuantity: 2 });
    expect(await hour(1)).to.equal(2);
  });

  it('is told to nobody in the quiet hours, but to as many as there is left for when they end', async () => {
    const product = cup(10);
    await wait(product, ...Array.from({ length: 20 }, (_, index) => index + 1));
    expect([await hour(10), await hour(16)]).to.deep.equal([0, 0]);
    world().shop.setProduct(product, { stockQuantity: 1 });
    expect(await hour(21.1)).to.equal(2);
    expect(await told()).to.have.property('size', 2);
  });

  it('counts whose message is on its way, and not a second time when it is sent', async () => {
    const w = world();
    await wait(cup(1), 1, 2, 3);
    expect([await checkStock(w), await checkStock(w)]).to.deep.equal([2, 0]);
    expect(await sendDue(w)).to.deep.equal({ accepted: 2 });
    expect(await hour(1)).to.equal(0);
  });

  it('is one stock for all variations that share it, and stays held by those nobody waits for any more', async () => {
    const w = world();
    const variable = { name: 'Shirt', createdAt: NOON - 300 * DAY, stockQuantity: 1 };
    const variations = ['Red', 'Blue', 'Green'].map((option) => ({ option, price: '10.00' }));
    const { id, variationIds } = w.shop.addVariableProduct({ ...variable, variations });
    for (const [index, each] of [id, ...variationIds].entries()) await wait(each, 2 * index + 1, 2 * index + 2);
    expect([await hour(0), await hour(1), await hour(2)]).to.deep.equal([2, 0, 0]);
    expect(await hour(24.1)).to.equal(2);
  });

  it('asks no more statements the longer the row is of those who may not be told', async () => {
    const w = world();
    const product = cup(1);
    const { productViews: v } = w.database.tables;
    const viewed = { productId: product, inStock: 0, viewedAt: new Date(NOON - DAY), source: 'import' };
    const rows = Array.from({ length: 600 }, (_, number) => ({ ...viewed, customerPhone: phoneOf(1_000 + number) }));
    await w.database.query((orm) => orm.insert(v).values(rows));
    await wait(product, 1);
    await w.database.query((orm) =>
      orm
        .update(v)
        .set({ viewedAt: new Date(NOON - HOUR) })
        .where(eq(v.customerPhone, phoneOf(1))),
    );
    await w.app.sync();
    let queued: unknown;
    const asked = await statements(w, async () => {
      queued = await checkStock(w);
    });
    expect(queued).to.equal(1);
    expect(asked).to.be.at.most(120);
  });

  it('keeps no place for whoever may not be written to, has bought it, or has a message waiting', async () => {
    const w = world();
    const product = cup(1);
    await wait(product, 1, 2, 3, 4, 5);
    await w.app.recordConsent([{ phone: phoneOf(1), decision: 'revoke', source: 'test', decidedAt: NOON }]);
    w.order(phoneOf(2), 0, { productId: product });
    await w.app.queue.dispatch('wch_send_reengagement_message', {
      customer_phone: phoneOf(3),
      campaign_type: 'we_miss_you',
    });
    expect(await checkStock(w)).to.equal(2);
    expect(await typesByPhone(w)).to.deep.equal({
      [phoneOf(3)]: 'we_miss_you',
      [phoneOf(4)]: 'back_in_stock',
      [phoneOf(5)]: 'back_in_stock',
    });
  });

  it('counts a phone once, however it is written', async () => {
    const w = world();
    const product = cup(1);
    await wait(product, 1, 2, 3);
    await sees(w, phoneOf(1).slice(1), product, { daysAgo: 9 });
    expect(await hour(0)).to.equal(2);
    expect([...(await told())]).to.have.members([1, 2].map(phoneOf));
  });

  it('is no limit for what the shop does not count; who waits for both is told of what it is their turn for', async () => {
    const w = world();
    const [counted, uncounted] = [cup(1), cup(undefined, 'Red cup')];
    await wait(counted, 1, 2, 3);
    await wait(uncounted, 3, 2, 4);
    expect(await hour(0)).to.equal(4);
    const about = Object.fromEntries(
      (await sends(w)).map((action) => [String(argsOf(action)['customer_phone']), argsOf(action)['product_ids']]),
    );
    expect(about).to.deep.equal({
      [phoneOf(1)]: [counted],
      [phoneOf(2)]: [uncounted, counted],
      [phoneOf(3)]: [uncounted],
      [phoneOf(4)]: [uncounted],
    });
  });

  it('gives one person a place of each of two products', async () => {
    const w = world();
    const [mug, jug] = [cup(1), cup(1, 'Jug')];
    await wait(mug, 1, 2, 3);
    await wait(jug, 1, 4, 5);
    expect(await hour(0)).to.equal(3);
    const [first] = (await sends(w)).filter((action) => argsOf(action)['customer_phone'] === phoneOf(1));
    expect(argsOf(first!)['product_ids']).to.have.members([mug, jug]);
  });

  it('is left to the hourly check by the daily run, which says something else meanwhile', async () => {
    const w = world();
    const product = cup(1);
    for (const number of [1, 2, 3]) w.order(phoneOf(number), 70);
    await wait(product, 1, 2, 3);
    await w.app.sync();
    await checkStock(w);
    expect(await plan(w)).to.equal(1);
    expect((await typesByPhone(w))[phoneOf(3)]).to.equal('we_miss_you');
  });

  it('is no limit without the setting', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ back_in_stock: { customers_per_unit: undefined } }));
    await wait(cup(1), 1, 2, 3, 4);
    expect(await hour(0)).to.equal(4);
  });

  it('shows in the preview and in explain who waits for the next wave', async () => {
    const w = world();
    await wait(cup(1), 3, 2, 1);
    await w.app.sync();
    const { runs } = await w.app.preview();
    expect(runs[1].planned).to.deep.equal({ back_in_stock: 2 });
    expect(runs[1].skipped).to.deep.equal([
      { reason: 'limited_stock', customers: 1, sentence: 'Others have waited longer for the few in stock' },
    ]);
    expect(await verdict(w, phoneOf(3))).to.match(/^Nothing stands in the way: the hourly check of the stock sends/);
    expect(await verdict(w, phoneOf(1))).to.equal(
      'This customer gets no message now: others have waited longer for the few in stock.\n' +
        'It is their turn in one of the next hours, while stock lasts (back_in_stock.customers_per_unit).',
    );
  });
});
