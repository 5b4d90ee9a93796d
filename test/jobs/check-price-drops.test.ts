import { expect } from 'chai';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { NOON, useWorld } from '../support/world.js';
import { explained, section } from './explain-support.js';
import { ANA, argsOf, EVA, grant, lastSummary, onlySend, phoneOf, revoke, sees, sendDue, sends } from './support.js';

describe('wch_check_price_drops', () => {
  const world = useWorld();

  const cup = (price: string, stockStatus: 'instock' | 'outofstock' = 'instock') =>
    world().shop.addProduct({ name: 'Blue cup', price, stockStatus, createdAt: NOON - 300 * DAY });
  const saw = (phone: string, productId: number, price = '20.00', daysAgo = 1) =>
    sees(world(), phone, productId, { inStock: true, price, daysAgo });
  const check = () => world().app.queue.doAction(HOOKS.checkPriceDrops);
  const planned = async () => (await world().app.actions({ hook: HOOKS.checkPriceDrops, status: 'pending' })).length;

  it('queues a message to whoever knows a higher price, bought lately or not, and returns the count', async () => {
    const w = world();
    const [cheaper, same] = [cup('18.00'), cup('20.00')];
    w.order(ANA, 3);
    await grant(w, EVA, phoneOf(3));
    const view = await saw(ANA, cheaper);
    await saw(EVA, cheaper, '19.90');
    await saw(phoneOf(3), same);
    expect(await check()).to.equal(1);
    const action = await onlySend(w);
    expect(argsOf(action)).to.deep.equal({
      customer_phone: ANA,
      campaign_type: 'price_drop',
      product_ids: [cheaper],
      views: [{ id: view, price: '18.00' }],
      planned_at: NOON,
      expires_at: null,
    });
    expect(action.args)
      .to.have.property('_wch_meta')
      .that.includes({ source: 'price_drop_checker', priority: 'normal' });
    await sendDue(w);
    expect(w.whatsapp.accepted.map(({ rendered }) => rendered).join()).to.contain('Blue cup');
  });

  it('queues nothing at night that will be too old in the morning: it would only stand in the way of the daily job', async () => {
    const w = world();
    await grant(w, ANA, EVA);
    await saw(ANA, cup('10.00'), '20.00', 29.5);
    await saw(EVA, cup('10.00'), '20.00', 29);
    w.clock.set(NOON + 9 * HOUR);
    expect(await check()).to.equal(1);
    expect(argsOf(await onlySend(w))).to.include({ customer_phone: EVA });
  });

  it('is off by default, runs by hand all the same, and runs every hour once it is switched on', async () => {
    const w = world();
    await w.app.tick();
    expect(await planned()).to.equal(0);
    expect(await check()).to.equal(0);
    w.app.reconfigure(w.settings({ reengagement: { hourly_price_drops: true } }));
    await w.app.tick();
    expect(await planned()).to.equal(1);
    await grant(w, ANA);
    await saw(ANA, cup('10.00'));
    w.clock.set(NOON + HOUR);
    expect(await w.app.runDue([HOOKS.checkPriceDrops])).to.deep.equal({ done: 1 });
    expect(await sends(w)).to.have.length(1);
  });

  it('does nothing in a run that was planned before it was switched off', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ reengagement: { hourly_price_drops: true } }));
    await w.app.tick();
    await grant(w, ANA);
    await saw(ANA, cup('10.00'));
    w.app.reconfigure(w.settings());
    w.clock.set(NOON + HOUR);
    expect(await w.app.runDue([HOOKS.checkPriceDrops])).to.deep.equal({ done: 1 });
    expect(await sends(w)).to.deep.equal([]);
  });

  it('does nothing while reengagement is disabled', async () => {
    const w = world();
    await grant(w, ANA);
    await saw(ANA, cup('10.00'));
    w.app.reconfigure(w.settings({ reengagement: { enabled: false, hourly_price_drops: true } }));
    expect(await check()).to.equal(0);
    expect(w.shop.requests).to.deep.equal([]);
  });

  it('tells of a drop once, and again only when the price has dropped as much once more', async () => {
    const w = world();
    const product = cup('18.00');
    await grant(w, ANA);
    await saw(ANA, product);
    const hour = async (hours: number, price: string) => {
      w.clock.set(NOON + hours * HOUR);
      w.shop.setPrice(product, price);
      const queued = await check();
      await sendDue(w);
      return queued;
    };
    expect(await hour(0, '18.00')).to.equal(1);
    // The cap of a week is over.
    expect(await hour(8 * 24, '18.00')).to.equal(0);
    expect(await hour(8 * 24 + 1, '16.30')).to.equal(0);
    expect(await hour(8 * 24 + 2, '16.20')).to.equal(1);
    expect(w.whatsapp.accepted).to.have.length(2);
  });

  it('looks at nobody once everybody was told, however often they had looked', async () => {
    const w = world();
    const product = cup('18.00');
    await grant(w, ANA);
    for (const daysAgo of [3, 2]) await saw(ANA, product, '20.00', daysAgo);
    await saw(ANA.slice(1), product, '20.00', 4);
    expect(await check()).to.equal(1);
    await sendDue(w);
    w.shop.clearRequests();
    w.clock.set(NOON + HOUR);
    expect(await check()).to.equal(0);
    expect(w.shop.requests.map(({ path }) => path).filter((path) => path.endsWith('/orders'))).to.deep.equal([]);
  });

  it('goes by the price that was seen last, inside the window, of what can be bought', async () => {
    const w = world();
    const [product, soldOut] = [cup('18.00'), cup('10.00', 'outofstock')];
    await grant(w, ANA, EVA, phoneOf(3));
    await saw(ANA, product, '20.00', 5);
    await saw(ANA, product, '18.00', 1);
    await saw(EVA, product, '20.00', 31);
    await saw(phoneOf(3), soldOut);
    expect(await check()).to.equal(0);
    expect(await sends(w)).to.deep.equal([]);
  });

  it('tells nobody who has bought the product since, who did not agree, or whom the cap holds back', async () => {
    const w = world();
    const product = cup('10.00');
    const { reengagementLog: log } = w.database.tables;
    w.order(ANA, 1, { productId: product });
    await saw(ANA, product, '20.00', 2);
    await saw(EVA, product);
    await grant(w, phoneOf(3));
    await saw(phoneOf(3), product);
    await w.database.query((orm) =>
      orm.insert(log).values({ customerPhone: phoneOf(3), campaignType: 'we_miss_you', sentAt: new Date(NOON - DAY) }),
    );
    expect(await check()).to.equal(0);
    expect(lastSummary(w, 'Prices are checked')['skipped']).to.deep.equal({ no_consent: 1, frequency_cap: 1 });
  });

  it('is looked at again when the message is sent: quiet hours, consent, the price and the view seen last', async () => {
    const w = world();
    const product = cup('10.00');
    const people = [ANA, EVA, phoneOf(3)];
    await grant(w, ...people);
    for (const phone of people) await saw(phone, product);
    w.clock.set(NOON + 10 * HOUR);
    expect(await check()).to.equal(3);
    expect(await sendDue(w)).to.deep.equal({ deferred: 3 });
    await revoke(w, EVA);
    w.clock.set(NOON + 20 * HOUR);
    await saw(phoneOf(3), product, '10.00', 0);
    w.clock.set(NOON + 22 * HOUR);
    expect(await sendDue(w)).to.deep.equal({ accepted: 1, skipped: 2 });
    const reasons = Object.fromEntries(
      (await sends(w)).map((action) => [String(argsOf(action)['customer_phone']), action.reason]),
    );
    expect(reasons).to.deep.equal({ [ANA]: 'accepted', [EVA]: 'opted_out', [phoneOf(3)]: 'price_up_again' });
  });

  it('stands in explain once it is switched on: whoever bought lately is told of a drop too', async () => {
    const w = world();
    w.order(ANA, 3);
    await saw(ANA, cup('10.00'));
    await w.app.sync();
    const daily = await explained(w);
    expect(daily.summary[0]).to.contain('they are not inactive yet');
    expect(section(daily, 'Campaign types')).to.contain('price_drop: not before they are inactive, about Blue cup');
    w.app.reconfigure(w.settings({ reengagement: { hourly_price_drops: true } }));
    const hourly = await explained(w);
    expect(hourly.verdict).to.deep.include({ outcome: 'send', by: 'hourly', campaignType: 'price_drop' });
    expect(section(hourly, 'Campaign types')).to.contain('price_drop: yes, about Blue cup');
  });

  it('asks the shop for nothing but the viewed products, and for the orders only when a price has dropped', async () => {
    const w = world();
    await w.app.sync();
    const product = cup('20.00');
    await grant(w, ANA);
    await saw(ANA, product);
    w.shop.clearRequests();
    await check();
    expect(w.shop.requests.map(({ path }) => path.split('/').at(-1))).to.deep.equal(['products']);
    w.shop.setPrice(product, '10.00');
    w.clock.set(NOON + 2 * MINUTE);
    w.shop.clearRequests();
    expect(await check()).to.equal(1);
    expect(w.shop.requests.map(({ path }) => path.split('/').at(-1)).filter((path) => path !== 'orders')).to.deep.equal(
      ['products'],
    );
  });
});
