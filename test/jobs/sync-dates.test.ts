import { expect } from 'chai';
import { writeWatermark } from '../../src/db/watermarks.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { customerRow, mirroredOrders } from './mirror-rows.js';
import { ANA, EVA, ordersRequests, phoneOf, plan } from './support.js';

describe('reengaged_sync_shop, on an old shop’s dates', () => {
  const world = useWorld();

  const doSync = (w: World) => w.app.queue.doAction(HOOKS.syncShop);

  describe('when an order says that it was modified next year', () => {
    const fromTheFuture = (w: World) => {
      const now = w.clock.now();
      w.clock.set(now + 365 * DAY);
      const id = w.order(EVA, 0, { status: 'pending' });
      w.clock.set(now);
      return id;
    };

    it('reads the orders of today all the same', async () => {
      const w = world();
      const [odd, old] = [fromTheFuture(w), w.order(phoneOf(3), 70)];
      await doSync(w);
      w.clock.set(NOON + HOUR);
      const fresh = w.order(ANA, 0);
      await doSync(w);
      expect((await mirroredOrders(w)).map(({ orderId }) => orderId)).to.have.members([odd, old, fresh]);
    });

    it('takes its next change', async () => {
      const w = world();
      const odd = fromTheFuture(w);
      await doSync(w);
      w.clock.set(NOON + HOUR);
      w.shop.setOrderStatus(odd, 'cancelled');
      await doSync(w);
      expect((await mirroredOrders(w))[0]).to.include({ status: 'cancelled' });
    });

    it('misses nothing that changes while its orders are read', async () => {
      const w = world();
      w.app.reconfigure(w.settings({ shop: { sync_overlap_seconds: 0 } }));
      const changed = w.order(ANA, 70, { status: 'pending' });
      for (let number = 10; number <= 115; number++) fromTheFuture(w);
      w.shop.beforeRequest(({ query }) => {
        if (ordersRequests(w).length !== 2 || query['status'] !== 'any') return;
        w.shop.setOrderStatus(changed, 'completed');
        w.clock.set(w.clock.now() + MINUTE);
      });
      await doSync(w);
      await doSync(w);
      expect(await customerRow(w, ANA)).to.include({ paidOrders: 1 });
    });

    it('mends a cursor that lies there already', async () => {
      const w = world();
      await doSync(w);
      for (const walk of ['any', 'trash'])
        await writeWatermark(w.database, `orders:${walk}:cursor`, NOON + 365 * DAY, NOON);
      w.order(ANA, 0);
      await doSync(w);
      expect(await customerRow(w, ANA)).to.include({ paidOrders: 1 });
    });
  });

  describe('when the dates of an order are odd', () => {
    /** An order whose dates somebody typed: placed and paid in 2099. */
    const of2099 = (w: World, phone: string, modifiedAt?: number) => {
      const at = Date.parse('2099-01-23T10:00:00Z');
      const productId = w.shop.addProduct({ name: 'Bowl', price: '5.00' });
      const billing = { phone, country: 'ES', first_name: 'Ana' };
      const meta = [{ key: '_wa_consent', value: 'yes' }];
      w.shop.placeOrder({ billing, items: [{ productId }], createdAt: at, modifiedAt: modifiedAt ?? at, meta });
    };
    const lastPaid = async (w: World, phone: string) => (await customerRow(w, phone))?.lastPaidAt?.getTime();

    it('counts an order of 2099 as placed when it was last modified: its customer is inactive like any other', async () => {
      const w = world();
      of2099(w, ANA, NOON - 70 * DAY);
      expect(await plan(w)).to.equal(1);
      expect(await lastPaid(w, ANA)).to.equal(NOON - 70 * DAY);
    });

    it('counts one that was modified in 2099 too as placed when it was first read, however often it is read', async () => {
      const w = world();
      w.order(ANA, 70);
      of2099(w, ANA);
      expect(await plan(w)).to.equal(0);
      w.clock.set(NOON + 59 * DAY);
      expect(await plan(w)).to.equal(0);
      w.clock.set(NOON + 61 * DAY);
      expect(await plan(w)).to.equal(1);
      expect(await lastPaid(w, ANA)).to.be.within(NOON, NOON + SECOND);
    });

    it('counts a payment of 2099 as made when the order was placed', async () => {
      const w = world();
      const productId = w.shop.addProduct({ name: 'Bowl', price: '5.00' });
      const createdAt = NOON - 90 * DAY;
      const paidAt = NOON + 1_000 * DAY;
      const billing = { phone: ANA, country: 'ES' };
      w.shop.placeOrder({ billing, items: [{ productId }], createdAt, paidAt, modifiedAt: NOON - DAY });
      await doSync(w);
      expect(await lastPaid(w, ANA)).to.equal(createdAt);
    });

    it('leaves an order of 1970 a purchase of 1970', async () => {
      const w = world();
      const productId = w.shop.addProduct({ name: 'Bowl', price: '5.00' });
      const meta = [{ key: '_wa_consent', value: 'yes' }];
      w.shop.placeOrder({ billing: { phone: ANA, country: 'ES' }, items: [{ productId }], createdAt: 0, meta });
      expect(await plan(w)).to.equal(1);
      expect(await customerRow(w, ANA)).to.include({ paidOrders: 1 });
      expect(await lastPaid(w, ANA)).to.equal(0);
    });
  });
});
