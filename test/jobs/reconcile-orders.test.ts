import { expect } from 'chai';
import { readWatermark, writeWatermark } from '../../src/db/watermarks.js';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { customerRow, mirroredOrders } from './mirror-rows.js';
import { ANA, EVA, logged, phoneOf, whileTimePasses } from './support.js';

const JSON_PAGE = { 'content-type': 'application/json', 'x-wp-total': '0', 'x-wp-totalpages': '0' };

describe('reengaged_reconcile_orders', () => {
  const world = useWorld();

  const reconcile = (w: World) => w.app.queue.doAction(HOOKS.reconcileOrders);

  /** Mirrored, and read out of the shop's list no more: the hour is past the overlap. */
  async function synced(w: World) {
    await w.app.sync();
    w.clock.set(NOON + HOUR);
    w.shop.clearRequests();
  }

  const asked = (w: World) => w.shop.requests.map(({ path }) => path.replace('/wp-json/wc/v3/', ''));

  it('takes out of the mirror what the shop has deleted for good, and what it said about its customer', async () => {
    const w = world();
    const deleted = w.order(ANA, 70, { total: '30.00' });
    w.order(ANA, 100, { total: '12.00' });
    const only = w.order(EVA, 70);
    await synced(w);
    w.shop.deleteOrder(deleted);
    w.shop.deleteOrder(only);
    expect(await reconcile(w)).to.deep.equal({ orders: 3, removed: 2 });
    expect(await mirroredOrders(w)).to.have.length(1);
    expect(await customerRow(w, ANA)).to.deep.include({ paidOrders: 1, lifetimeValues: { USD: '12' } });
    expect((await customerRow(w, ANA))?.lastPaidAt?.getTime()).to.equal(NOON - 100 * DAY);
    expect(await customerRow(w, EVA)).to.include({ paidOrders: 0, lastPaidAt: null, firstName: null, email: null });
    expect(asked(w)).to.deep.equal(['orders', 'orders', `orders/${deleted}`, `orders/${only}`]);
    expect(logged(w, 'An order that the shop has no longer is forgotten').map((line) => line['order'])).to.deep.equal([
      deleted,
      only,
    ]);
  });

  for (const quietly of [true, false])
    it(`forgets who bought when an order is anonymised, ${quietly ? 'without' : 'with'} a new date`, async () => {
      const w = world();
      const id = w.order(ANA, 70, { total: '30.00' });
      await synced(w);
      w.shop.anonymiseOrder(id, { quietly });
      await (quietly ? reconcile(w) : w.app.sync());
      expect((await mirroredOrders(w))[0]).to.deep.include({
        phone: null,
        person: null,
        email: null,
        firstName: null,
        country: null,
        customerId: 0,
        total: '30.00000000',
      });
      expect(await customerRow(w, ANA)).to.deep.include({
        paidOrders: 0,
        lifetimeValues: {},
        firstName: null,
        email: null,
      });
    });

  it('finds in the trash what is there, and keeps it', async () => {
    const w = world();
    const id = w.order(ANA, 70);
    await synced(w);
    w.shop.trashOrder(id);
    expect(await reconcile(w)).to.deep.equal({ orders: 1, removed: 0 });
    expect((await mirroredOrders(w))[0]).to.include({ status: 'trash' });
    expect(asked(w)).to.deep.equal(['orders', 'orders']);
  });

  it('keeps, and reads, an order that no list shows', async () => {
    const w = world();
    const id = w.order(ANA, 70, { status: 'pending' });
    await synced(w);
    w.shop.setOrderStatus(id, 'completed');
    w.shop.faults.next({ status: 200, headers: JSON_PAGE, body: '[]' }, { times: 2 });
    expect(await reconcile(w)).to.deep.equal({ orders: 1, removed: 0 });
    expect((await mirroredOrders(w))[0]).to.include({ status: 'completed' });
  });

  it('keeps an order when the shop refuses to show it in any other words', async () => {
    const w = world();
    const ids = [w.order(ANA, 70), w.order(EVA, 70)];
    await synced(w);
    for (const id of ids) w.shop.deleteOrder(id);
    const refusals = [
      { status: 404, code: 'some_plugin_not_found' },
      { status: 400, code: 'woocommerce_rest_shop_order_invalid_id' },
    ];
    for (const { status, code } of refusals)
      w.shop.faults.next(
        { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code, message: 'No.' }) },
        { when: ({ path }) => /orders\/\d+$/.test(path) },
      );
    expect(await reconcile(w)).to.deep.equal({ orders: 2, removed: 0 });
    expect(await mirroredOrders(w)).to.have.length(2);
    const warned = logged(w, 'The shop neither shows an order nor says that it is gone: it is kept');
    expect(warned.map((line) => line['order'])).to.deep.equal(ids);
    expect(await reconcile(w), 'until it says so').to.deep.equal({ orders: 2, removed: 2 });
  });

  it('waits while the shop is out, and goes on behind an order that breaks it', async () => {
    const w = world();
    const [first, second] = [w.order(ANA, 70), w.order(EVA, 70)];
    await synced(w);
    w.shop.deleteOrder(first);
    w.shop.deleteOrder(second);
    w.shop.faults.next('html-500', { times: 3, when: ({ path }) => path.endsWith(`orders/${first}`) });
    expect(await whileTimePasses(w.clock, reconcile(w))).to.include({ success: false });
    const [job] = await w.app.actions({ hook: HOOKS.reconcileOrders });
    expect(job).to.include({ status: 'pending', reason: 'shop_busy', attempts: 0 });
    w.clock.set(job?.scheduledAt ?? 0);
    await w.app.runDue([HOOKS.reconcileOrders]);
    expect((await mirroredOrders(w)).map(({ orderId }) => orderId)).to.deep.equal([first]);
  });

  it('asks for a hundred orders a run and goes on where it was, from the beginning after the last', async () => {
    const w = world();
    for (let number = 1; number <= 230; number++) w.order(phoneOf(number), 300 - number);
    await synced(w);
    const results: unknown[] = [];
    for (let run = 0; run < 4; run++) results.push(await reconcile(w));
    expect(results).to.deep.equal([100, 100, 30, 100].map((orders) => ({ orders, removed: 0 })));
    const included = w.shop.requests.map(({ query }) => query['include']?.split(',').map(Number) ?? []);
    const ids = (await mirroredOrders(w)).map(({ orderId }) => orderId);
    expect(included.slice(0, 3).flat()).to.deep.equal(ids);
    expect(included[3]).to.deep.equal(included[0]);
  });

  it('asks for more a run where there are more than the days have runs', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ shop: { reconcile_days: 1 } }));
    for (let number = 1; number <= 130; number++) w.order(phoneOf(number), 300 - number);
    await synced(w);
    await writeWatermark(w.database, 'orders:reconcile', { after: 0, orders: 96 * 100 + 1, countedAt: NOON }, NOON);
    expect(await reconcile(w)).to.deep.equal({ orders: 130, removed: 0 });
    expect(w.shop.requests).to.have.length(2);
  });

  it('asks for at most 50 orders one by one, and for the next in the next run', async () => {
    const w = world();
    const ids: number[] = [];
    for (let number = 1; number <= 70; number++) ids.push(w.order(phoneOf(number), 300 - number));
    await synced(w);
    for (const id of ids.slice(0, 65)) w.shop.deleteOrder(id);
    expect(await reconcile(w)).to.deep.equal({ orders: 0, removed: 50 });
    expect(w.shop.requests).to.have.length(52);
    expect(await reconcile(w)).to.deep.equal({ orders: 20, removed: 15 });
    expect((await mirroredOrders(w)).map(({ orderId }) => orderId)).to.deep.equal(ids.slice(65));
  });

  it('leaves an order as it is whose row is malformed', async () => {
    const w = world();
    const id = w.order(ANA, 70);
    await synced(w);
    const headers = { ...JSON_PAGE, 'x-wp-total': '1', 'x-wp-totalpages': '1' };
    w.shop.faults.next({ status: 200, headers, body: JSON.stringify([{ id, total: 'a lot' }]) });
    expect(await reconcile(w)).to.deep.equal({ orders: 1, removed: 0 });
    expect((await mirroredOrders(w))[0]).to.include({ orderId: id, status: 'completed' });
  });

  it('asks nothing before the first walk is complete', async () => {
    const w = world();
    w.order(ANA, 70);
    expect(await reconcile(w)).to.deep.equal({ orders: 0, removed: 0 });
    expect(asked(w).filter((path) => path.startsWith('orders'))).to.deep.equal([]);
    expect(await readWatermark(w.database, 'orders:reconcile')).to.equal(null);
  });

  it('runs while re-engagement is off: the mirror is kept all the same', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ reengagement: { enabled: false } }));
    const id = w.order(ANA, 70);
    await synced(w);
    w.shop.deleteOrder(id);
    expect(await reconcile(w)).to.deep.equal({ orders: 1, removed: 1 });
  });
});
