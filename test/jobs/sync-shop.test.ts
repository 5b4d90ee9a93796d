import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { readWatermark } from '../../src/db/watermarks.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/lib/clock.js';
import { adoptSettings, saveCompleted, saveCursor } from '../../src/jobs/mirror.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { customerRow, mirroredOrders } from './mirror-rows.js';
import {
  ANA,
  EVA,
  logged,
  onlySend,
  ordersRequests,
  phoneOf,
  plan,
  sendDue,
  sendNow,
  whileTimePasses,
} from './support.js';

describe('reengaged_sync_shop', () => {
  const world = useWorld();

  const doSync = (w: World) => w.app.queue.doAction(HOOKS.syncShop);

  /** What the shop says it has, the next time. */
  function answerOrders(w: World, rows: readonly object[]) {
    w.shop.faults.next(
      {
        status: 200,
        headers: { 'content-type': 'application/json', 'x-wp-total': String(rows.length), 'x-wp-totalpages': '1' },
        body: JSON.stringify(rows),
      },
      { when: ({ path }) => path.endsWith('/orders') },
    );
  }

  it('mirrors orders of every status and returns how many it read', async () => {
    const w = world();
    for (const status of ['completed', 'processing', 'pending', 'failed', 'cancelled'] as const)
      w.order(ANA, 70, { status });
    expect(await doSync(w)).to.deep.equal({ orders: 5, malformed: 0 });
    expect((await mirroredOrders(w)).map(({ status }) => status)).to.have.members([
      'completed',
      'processing',
      'pending',
      'failed',
      'cancelled',
    ]);
    expect(await customerRow(w, ANA)).to.include({ paidOrders: 2, firstName: 'Ana', orderConsent: 1 });
  });

  it('reads the second time only what was modified since', async () => {
    const w = world();
    for (let number = 1; number <= 150; number++) w.order(phoneOf(number), 200 - number);
    await doSync(w);
    w.clock.set(NOON + HOUR);
    w.order(EVA, 0);
    w.shop.clearRequests();
    expect(await doSync(w)).to.deep.equal({ orders: 2, malformed: 0 });
    expect(ordersRequests(w).map(({ query }) => query['status'])).to.deep.equal(['any', 'trash']);
  });

  it('sees an order that changes its status, is refunded or is thrown into the trash', async () => {
    const w = world();
    const [paidLater, refunded, trashed] = [
      w.order(ANA, 70, { status: 'pending' }),
      w.order(EVA, 70, { total: '80.00' }),
      w.order(phoneOf(3), 70),
    ];
    await doSync(w);
    w.clock.set(NOON + HOUR);
    w.shop.setOrderStatus(paidLater, 'completed');
    w.shop.refundOrder(refunded, '30.00');
    w.shop.trashOrder(trashed);
    await doSync(w);
    expect(await customerRow(w, ANA)).to.include({ paidOrders: 1 });
    expect((await customerRow(w, EVA))?.lifetimeValues).to.deep.equal({ USD: '50' });
    expect(await customerRow(w, phoneOf(3))).to.include({ paidOrders: 0, lastPaidAt: null });
  });

  it('finds in the trash what was thrown there while the first walk went on', async () => {
    const w = world();
    const first = w.order(ANA, 250);
    for (let number = 10; number <= 140; number++) w.order(phoneOf(number), 200 - number);
    const throwAway = () => {
      w.clock.set(NOON + 5 * MINUTE);
      w.shop.trashOrder(first);
      w.clock.set(NOON + 10 * MINUTE);
      return false;
    };
    let begun = false;
    w.shop.faults.next('reset', {
      when: ({ path, query }) => {
        const isSecondPage = path.endsWith('/orders') && query['modified_after'] !== undefined && !begun;
        if (!isSecondPage) return false;
        begun = true;
        return throwAway();
      },
    });
    await doSync(w);
    expect(begun).to.equal(true);
    expect(await customerRow(w, ANA)).to.include({ paidOrders: 0 });
  });

  it('leaves out what lay in the trash before it began', async () => {
    const w = world();
    w.shop.trashOrder(w.order(ANA, 70));
    w.clock.set(NOON + DAY);
    expect(await doSync(w)).to.deep.equal({ orders: 0, malformed: 0 });
    expect(await mirroredOrders(w)).to.deep.equal([]);
  });

  it('goes on where it was when the shop broke off', async () => {
    const w = world();
    for (let number = 1; number <= 250; number++) w.order(phoneOf(number), 300 - number);
    let pages = 0;
    w.shop.faults.next('html-500', {
      times: 3,
      when: ({ path }) => path.endsWith('/orders') && (pages += 1) > 2,
    });
    expect(await whileTimePasses(w.clock, doSync(w))).to.include({ success: false });
    expect(await mirroredOrders(w)).to.have.length(199);
    w.shop.clearRequests();
    const [job] = await w.app.actions({ hook: HOOKS.syncShop });
    expect(job).to.include({ status: 'pending', attempts: 0, reason: 'shop_busy' });
    w.clock.set(job?.scheduledAt ?? 0);
    await w.app.runDue([HOOKS.syncShop]);
    expect(await mirroredOrders(w)).to.have.length(250);
    expect(ordersRequests(w), 'the rest, and the trash').to.have.length(2);
  });

  it('reads a page again that could not be saved', async () => {
    const w = world();
    w.order(ANA, 70);
    const { prefix } = w.database;
    const rename = (from: string, to: string) =>
      w.database.query((orm) => orm.execute(sql.raw(`RENAME TABLE ${prefix}${from} TO ${prefix}${to}`)));
    await rename('reengagement_order_items', 'away');
    try {
      expect(await doSync(w)).to.include({ success: false });
      expect(await readWatermark(w.database, 'orders:any:cursor')).to.equal(null);
    } finally {
      await rename('away', 'reengagement_order_items');
    }
    await w.app.sync();
    expect(await customerRow(w, ANA)).to.include({ paidOrders: 1 });
  });

  it('steps back by the overlap, so that an order saved late is seen', async () => {
    const w = world();
    w.order(ANA, 0);
    await doSync(w);
    w.clock.set(NOON + MINUTE);
    w.order(EVA, 0);
    await doSync(w);
    w.order(phoneOf(3), SECOND / DAY);
    await doSync(w);
    expect(await customerRow(w, phoneOf(3))).to.include({ paidOrders: 1 });
  });

  it('knows the site’s zone: in the hour that its clocks skip the time is sent with a Z', async () => {
    const w = world();
    w.clock.set(Date.parse('2026-03-29T02:32:01Z'));
    w.order(ANA, 0);
    await doSync(w);
    w.shop.clearRequests();
    await doSync(w);
    const [any] = ordersRequests(w);
    expect(any?.query).to.include({ modified_after: '2026-03-29T02:30:00Z' });
    expect(any?.query).not.to.have.property('dates_are_gmt');
  });

  it('brings guests and accounts together under one phone, and people apart who share an account', async () => {
    const w = world();
    const customerId = w.shop.addCustomer({ email: 'family@shop.example' });
    const productId = w.shop.addProduct({ name: 'Bowl', price: '5.00' });
    for (const phone of ['600 000 001', '+34 600 000 002'])
      w.shop.placeOrder({ customerId, billing: { phone, country: 'ES' }, items: [{ productId }] });
    w.order(ANA, 70);
    await doSync(w);
    expect(await customerRow(w, ANA)).to.include({ paidOrders: 2 });
    expect(await customerRow(w, EVA)).to.include({ paidOrders: 1 });
  });

  it('leaves out an order that is not what WooCommerce documents, with a warning, and reads the others', async () => {
    const w = world();
    w.order(ANA, 70);
    await doSync(w);
    const [good] = await mirroredOrders(w);
    const row = {
      id: 7_000,
      status: 'completed',
      currency: 'USD',
      total: 'a lot',
      date_created_gmt: '2026-02-01T10:00:00',
    };
    const other = { ...row, id: (good?.orderId ?? 0) + 1, total: '5.00', billing: { phone: EVA } };
    answerOrders(w, [row, other]);
    expect(await doSync(w)).to.deep.equal({ orders: 1, malformed: 1 });
    const [warning] = logged(w, 'An order is left out: it is not what WooCommerce documents');
    expect(warning).to.include({ level: 'warn', order: 7_000, problem: 'total: not an amount' });
    expect(await customerRow(w, EVA)).to.include({ paidOrders: 1 });
  });

  it('leaves out an order that the mirror cannot hold, and reads the others', async () => {
    const w = world();
    const good = {
      id: 7_000,
      status: 'completed',
      currency: 'USD',
      total: '5.00',
      date_created_gmt: '2026-02-01T10:00:00',
      billing: { phone: EVA },
    };
    answerOrders(w, [{ ...good, id: 7_001, currency: 'a currency of a plugin' }, good]);
    expect(await doSync(w)).to.deep.equal({ orders: 1, malformed: 1 });
    const [warning] = logged(w, 'An order is left out: it is not what WooCommerce documents');
    expect(warning).to.include({ order: 7_001, problem: 'currency: not three capital letters' });
    expect(await customerRow(w, EVA)).to.include({ paidOrders: 1 });
  });

  describe('when a setting that the mirror was made with changes', () => {
    const NOTICE = 'The settings of the mirror have changed: every order is read anew';

    it('takes the consent away that a removed key gave', async () => {
      const w = world();
      w.order(ANA, 70);
      w.order(EVA, 1);
      await doSync(w);
      w.clock.set(NOON + HOUR);
      w.app.reconfigure(w.settings({ reengagement: { consent_meta_keys: ['_other'] } }));
      expect(await plan(w)).to.equal(0);
      expect(await customerRow(w, ANA)).to.include({ orderConsent: null });
      expect(await sendNow(w, ANA)).to.include({ success: false });
      expect(logged(w, NOTICE)).to.have.length(1);
    });

    it('counts the orders of a status that is paid now', async () => {
      const w = world();
      w.order(ANA, 70, { status: 'pending' });
      w.order(EVA, 1);
      await doSync(w);
      w.clock.set(NOON + HOUR);
      w.app.reconfigure(w.settings({ reengagement: { paid_statuses: ['completed', 'pending'] } }));
      await doSync(w);
      expect(await customerRow(w, ANA)).to.include({ paidOrders: 1 });
    });

    it('still sees what was thrown into the trash before the change', async () => {
      const w = world();
      const order = w.order(ANA, 70);
      await doSync(w);
      w.clock.set(NOON + HOUR);
      w.shop.trashOrder(order);
      w.clock.set(NOON + 2 * HOUR);
      w.app.reconfigure(w.settings({ shop: { default_country: 'MX' } }));
      await doSync(w);
      expect(await customerRow(w, ANA)).to.include({ paidOrders: 0 });
    });

    it('takes nothing from a walk that began with the settings of before', async () => {
      const w = world();
      const before = {
        parse: { defaultCountry: 'ES', consentMetaKeys: [], languageMetaKeys: [] },
        paidStatuses: ['completed'],
      };
      await adoptSettings(w, before);
      await adoptSettings(w, { ...before, paidStatuses: ['shipped'] });
      const of = { walk: 'any', begun: NOON, settings: before } as const;
      for (const mark of [saveCursor(w, of, NOON), saveCompleted(w, of)])
        expect(await mark.catch((error: unknown) => error)).to.include({ code: 'MIRROR_NOT_READY' });
      expect(await readWatermark(w.database, 'orders:any:cursor')).to.equal(null);
      expect(await readWatermark(w.database, 'orders:any:completed')).to.equal(null);
    });

    it('plans nothing until every order is read anew', async () => {
      const w = world();
      for (let number = 1; number <= 150; number++) w.order(phoneOf(number), 250 - number);
      await doSync(w);
      w.clock.set(NOON + MINUTE);
      w.app.reconfigure(w.settings({ shop: { language_meta_keys: ['lang'] } }));
      let pages = 0;
      w.shop.faults.next('html-500', {
        times: 3,
        when: ({ path }) => path.endsWith('/orders') && (pages += 1) > 1,
      });
      expect(await whileTimePasses(w.clock, doSync(w))).to.include({ success: false });
      expect(await readWatermark(w.database, 'orders:any:completed')).to.equal(null);
      expect(await plan(w)).to.be.greaterThan(0);
      expect(await readWatermark(w.database, 'orders:any:completed')).not.to.equal(null);
    });

    it('does nothing anew while they stay the same', async () => {
      const w = world();
      for (let number = 1; number <= 3; number++) w.order(phoneOf(number), 70 + number);
      await doSync(w);
      w.clock.set(NOON + HOUR);
      w.app.reconfigure(w.settings({ reengagement: { inactivity_threshold: 30 } }));
      expect(await doSync(w)).to.include({ orders: 1 });
      expect(logged(w, NOTICE)).to.deep.equal([]);
    });

    it('plans nothing on a walk that began with the old ones', async () => {
      const w = world();
      w.order(ANA, 70);
      const change = () => {
        w.app.reconfigure(w.settings({ reengagement: { consent_meta_keys: [] } }));
        return false;
      };
      w.shop.faults.next('reset', { when: ({ path }) => path.endsWith('/orders') && change() });
      expect(await plan(w)).to.include({ success: false });
      const [job] = await w.app.actions({ hook: HOOKS.processCampaigns });
      expect(job).to.include({ status: 'pending', reason: 'mirror_not_ready' });
    });
  });

  it('lets a planned message count as bought since what the shop sold after its orders were read', async () => {
    const w = world();
    w.order(ANA, 70);
    const sell = () => {
      w.clock.set(NOON + 2 * SECOND);
      w.order(ANA, 0);
      w.clock.set(NOON + 4 * SECOND);
      return false;
    };
    let sold = false;
    w.shop.faults.next('reset', {
      when: ({ path, query }) => {
        if (!path.endsWith('/orders') || query['status'] !== 'trash' || sold) return false;
        sold = true;
        return sell();
      },
    });
    expect(await plan(w)).to.equal(1);
    await w.app.sync();
    expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
    expect(await onlySend(w)).to.include({ reason: 'bought_since' });
  });

  it('waits while the keys are wrong, says once what to do, and reads everything when they are right', async () => {
    const w = world();
    w.order(ANA, 70);
    await w.app.sync();
    w.clock.set(NOON + HOUR);
    w.order(EVA, 0);
    w.app.reconfigure(w.settings({ shop: { consumer_secret: 'cs_wrong' } }));
    await doSync(w);
    for (let hour = 1; hour <= 3; hour++) {
      w.clock.set((await w.app.actions({ hook: HOOKS.syncShop }))[0]?.scheduledAt ?? 0);
      await w.app.runDue([HOOKS.syncShop]);
    }
    const [job] = await w.app.actions({ hook: HOOKS.syncShop });
    expect(job).to.include({ status: 'pending', reason: 'shop_denied', attempts: 0 });
    expect(w.log.filter(({ level, message }) => level === 'warn' && /Waiting/.test(String(message)))).to.have.length(1);
    expect(JSON.stringify(w.log)).not.to.contain('cs_wrong');
    w.app.reconfigure(w.settings());
    w.clock.set(job?.scheduledAt ?? 0);
    await w.app.runDue([HOOKS.syncShop]);
    expect(await customerRow(w, EVA)).to.include({ paidOrders: 1 });
  });
});
