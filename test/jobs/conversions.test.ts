import { expect } from 'chai';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { ANA, EVA, logged, messageLog, phoneOf, sendNow } from './support.js';

describe('what messages bring', () => {
  const world = useWorld({ reengagement: { weekly_cap: 4, quiet_hours: { from: '00:00', until: '00:00' } } });

  const conversions = async (w: World) => {
    const { conversions: table } = w.database.tables;
    return await w.database.query((orm) => orm.select().from(table).orderBy(table.orderId));
  };
  const convertedOrders = async (w: World) => (await conversions(w)).map(({ orderId }) => orderId);
  const documented = async (w: World) =>
    (await messageLog(w)).map(({ converted, orderId, convertedAt }) => [
      converted,
      orderId,
      convertedAt?.getTime() ?? null,
    ]);
  const NONE = [0, null, null];

  /** Somebody who bought long ago gets a message now. */
  const reached = async (w: World, phone = ANA) => {
    w.order(phone, 70);
    await w.app.sync();
    expect(await sendNow(w, phone)).to.include({ success: true });
  };
  const later = async (w: World, days: number) => {
    w.clock.set(NOON + days * DAY);
    await w.app.sync();
  };
  const setStatus = async (w: World, status: string) => {
    await w.database.query((orm) => orm.update(w.database.tables.reengagementLog).set({ status }));
  };

  it('fault 16: an order that is pending, failed or cancelled converts nobody, until it is paid', async () => {
    const w = world();
    await reached(w);
    w.clock.set(NOON + DAY);
    const orders = (['pending', 'failed', 'cancelled'] as const).map((status) => w.order(ANA, 0, { status }));
    await w.app.sync();
    expect(await documented(w)).to.deep.equal([NONE]);
    expect(await conversions(w)).to.deep.equal([]);
    w.clock.set(NOON + 2 * DAY);
    w.shop.setOrderStatus(orders[0] ?? 0, 'completed');
    await w.app.sync();
    expect(await documented(w), 'at the time of the payment').to.deep.equal([[1, orders[0], NOON + 2 * DAY]]);
    expect(await convertedOrders(w)).to.deep.equal([orders[0]]);
  });

  it('fault 16: a second order stands beside the first and does not overwrite it', async () => {
    const w = world();
    await reached(w);
    w.clock.set(NOON + DAY);
    const first = w.order(ANA, 0);
    await later(w, 2);
    const second = w.order(ANA, 0);
    await w.app.sync();
    expect(await documented(w)).to.deep.equal([[1, first, NOON + DAY]]);
    expect(await convertedOrders(w)).to.deep.equal([first, second]);
  });

  it('fault 16: a refund lowers the revenue, and takes the conversion back when it is whole', async () => {
    const w = world();
    await reached(w);
    w.clock.set(NOON + DAY);
    const order = w.order(ANA, 0, { total: '80.00' });
    await later(w, 2);
    expect(await w.app.analytics.getAttributedRevenue()).to.deep.equal({ USD: '80' });
    w.shop.refundOrder(order, '30.50');
    await later(w, 3);
    expect(await w.app.analytics.getAttributedRevenue()).to.deep.equal({ USD: '49.5' });
    w.shop.refundOrder(order, '49.50');
    await later(w, 4);
    expect(await w.app.analytics.getAttributedRevenue()).to.deep.equal({});
    expect(await documented(w)).to.deep.equal([NONE]);
  });

  it('fault 16: amounts of different currencies are never added together', async () => {
    const w = world();
    await reached(w);
    w.clock.set(NOON + DAY);
    w.order(ANA, 0, { total: '10.10', currency: 'EUR' });
    w.order(ANA, 0, { total: '20.00', currency: 'USD' });
    w.order(ANA, 0, { total: '5.05', currency: 'EUR' });
    await w.app.sync();
    expect(await w.app.analytics.getAttributedRevenue()).to.deep.equal({ EUR: '15.15', USD: '20' });
  });

  it('are taken back when the order is cancelled or thrown into the trash', async () => {
    const w = world();
    await reached(w);
    await reached(w, EVA);
    w.clock.set(NOON + DAY);
    const [cancelled, trashed] = [w.order(ANA, 0), w.order(EVA, 0)];
    await w.app.sync();
    expect(await convertedOrders(w)).to.deep.equal([cancelled, trashed]);
    w.clock.set(NOON + 2 * DAY);
    w.shop.setOrderStatus(cancelled, 'cancelled');
    w.shop.trashOrder(trashed);
    await w.app.sync();
    expect(await conversions(w)).to.deep.equal([]);
    expect(await documented(w)).to.deep.equal([NONE, NONE]);
  });

  it('are those of the newest message', async () => {
    const w = world();
    await reached(w);
    await later(w, 8);
    await sendNow(w, ANA);
    w.clock.set(NOON + 9 * DAY);
    const order = w.order(ANA, 0);
    await w.app.sync();
    expect(await documented(w)).to.deep.equal([NONE, [1, order, NOON + 9 * DAY]]);
  });

  it('end 30 days after the message', async () => {
    const w = world();
    await reached(w);
    await reached(w, EVA);
    w.clock.set(NOON + 30 * DAY);
    const inTime = w.order(ANA, 0);
    w.clock.set(NOON + 31 * DAY);
    w.order(EVA, 0);
    await w.app.sync();
    expect(await convertedOrders(w)).to.deep.equal([inTime]);
  });

  it('are not what was bought before the message, though it is read after it', async () => {
    const w = world();
    await reached(w);
    w.clock.set(NOON + HOUR);
    w.order(ANA, 2 / 24);
    await w.app.sync();
    expect(await conversions(w)).to.deep.equal([]);
  });

  it('are as long as the setting says', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ reengagement: { attribution_window_days: 7 } }));
    await reached(w);
    w.clock.set(NOON + 8 * DAY);
    w.order(ANA, 0);
    await w.app.sync();
    expect(await conversions(w)).to.deep.equal([]);
  });

  it('go with an order that moves to another phone', async () => {
    const w = world();
    await reached(w);
    await reached(w, EVA);
    w.clock.set(NOON + DAY);
    const order = w.order(ANA, 0);
    await w.app.sync();
    expect(await documented(w)).to.deep.equal([[1, order, NOON + DAY], NONE]);
    const row = {
      id: order,
      status: 'completed',
      currency: 'USD',
      total: '10.00',
      date_created_gmt: '2026-02-11T11:00:00',
      date_paid_gmt: '2026-02-11T11:00:00',
      date_modified_gmt: '2026-02-12T11:00:00',
      billing: { phone: EVA },
    };
    w.clock.set(NOON + 2 * DAY);
    w.shop.faults.next(
      {
        status: 200,
        headers: { 'content-type': 'application/json', 'x-wp-total': '1', 'x-wp-totalpages': '1' },
        body: JSON.stringify([row]),
      },
      { when: ({ path }) => path.endsWith('/orders') },
    );
    await w.app.sync();
    expect(await documented(w)).to.deep.equal([NONE, [1, order, NOON + DAY]]);
    expect(await convertedOrders(w)).to.deep.equal([order]);
  });

  it('are the same bytes after a walk through all orders anew', async () => {
    const w = world();
    for (let number = 1; number <= 3; number++) await reached(w, phoneOf(number));
    w.clock.set(NOON + DAY);
    for (let number = 1; number <= 130; number++) w.order(phoneOf(number), 0, { total: `${number}.10` });
    await w.app.sync();
    const before = [await conversions(w), await messageLog(w)];
    expect(before[0]).to.have.length(3);
    // The fingerprint of the mirror changes, and every order is read anew.
    w.app.reconfigure(w.settings({ shop: { language_meta_keys: ['lang'] } }));
    expect(await w.app.sync()).to.deep.equal({ orders: 133, malformed: 0 });
    expect([await conversions(w), await messageLog(w)]).to.deep.equal(before);
  });

  it('neither double nor stop two daemons that sync at once', async () => {
    const w = world();
    for (let number = 1; number <= 5; number++) await reached(w, phoneOf(number));
    w.clock.set(NOON + DAY);
    const orders = Array.from({ length: 120 }, (_, n) => w.order(phoneOf((n % 5) + 1), 0));
    await Promise.all([w.app.sync(), w.anotherApp().sync(), w.anotherApp().sync()]);
    expect(await convertedOrders(w)).to.deep.equal(orders);
    expect((await documented(w)).map(([converted]) => converted)).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it('are logged', async () => {
    const w = world();
    await reached(w);
    expect(logged(w, 'Conversions are attributed')).to.deep.equal([]);
    w.clock.set(NOON + DAY);
    w.order(ANA, 0);
    await w.app.sync();
    expect(logged(w, 'Conversions are attributed')[0]).to.include({ level: 'info', changed: 1 });
  });

  describe('reengaged_attribute_conversions', () => {
    const heal = (w: World) => w.app.queue.doAction(HOOKS.attributeConversions);

    it('runs every day at 4:30 shop time', async () => {
      const w = world();
      await w.app.tick();
      expect(await w.app.queue.nextScheduledAction(HOOKS.attributeConversions)).to.equal(
        Date.parse('2026-02-11T03:30:00Z'),
      );
    });

    it('finds what was bought before the receipt of an unknown message came, and returns the count', async () => {
      const w = world();
      await reached(w);
      await setStatus(w, 'unknown');
      w.clock.set(NOON + DAY);
      const order = w.order(ANA, 0);
      await w.app.sync();
      expect(await conversions(w)).to.deep.equal([]);
      await setStatus(w, 'delivered');
      expect(await heal(w)).to.equal(1);
      expect(await documented(w)).to.deep.equal([[1, order, NOON + DAY]]);
      expect(await heal(w)).to.equal(0);
    });

    it('looks a day past the window and no further; analytics.recount looks at all', async () => {
      const w = world();
      await reached(w);
      await setStatus(w, 'unknown');
      w.clock.set(NOON + DAY);
      w.order(ANA, 0);
      await w.app.sync();
      await setStatus(w, 'sent');
      w.clock.set(NOON + 31 * DAY + MINUTE);
      expect(await heal(w)).to.equal(0);
      expect(await w.app.analytics.recount()).to.equal(1);
      expect(await w.app.analytics.recount()).to.equal(0);
    });
  });
});
