import { expect } from 'chai';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { insertActions } from '../../src/db/actions.js';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { newAction } from '../../src/queue/action.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { testServer } from '../support/server.js';
import { NOON, useWorld, type World } from '../support/world.js';
import {
  ANA,
  checkStock,
  deleteCoupons,
  EVA,
  grant,
  messageLog,
  onlySend,
  opensWindow,
  phoneOf,
  plan,
  profile,
  queueSend,
  revoke,
  sees,
  sendDue,
  sendNow,
  sends,
  typesByPhone,
  waiting,
} from './support.js';

/** Lets the log be read and not written, so that whoever reserves a slot without a lock has read it before anybody writes. */
async function lockLog(w: World) {
  const { name: database, user, password, host, port } = (await testServer()).schema;
  const connection = await createConnection({ database, user, password, ...(host && { host }), ...(port && { port }) });
  await connection.query(`LOCK TABLES \`${w.database.prefix}reengagement_log\` READ`);
  const isWaiting = `INFO LIKE 'insert into%' OR INFO LIKE '%FOR UPDATE'`;
  return {
    async waitForWaiting(sessions: number): Promise<void> {
      for (let found = -1; found < sessions;) {
        const [rows] = await connection.query<RowDataPacket[]>(
          `SELECT COUNT(*) AS found, SLEEP(0.01) FROM information_schema.PROCESSLIST WHERE ${isWaiting}`,
        );
        found = Number(rows[0]?.['found']);
      }
    },
    async unlock(): Promise<void> {
      await connection.query('UNLOCK TABLES');
      await connection.end();
    },
  };
}

/** The plugin’s faults by their numbers. Those that are no affair of the jobs (5, 18, 19) are tested where they belong. */
describe('the plugin’s faults are not ours', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 } });

  const OLD = NOON - 300 * DAY;

  /** `price_drop` etc., planned for a customer of long ago at the clock's time. */
  async function plannedType(w: World): Promise<unknown> {
    const before = new Set((await sends(w)).map(({ id }) => id));
    await plan(w);
    const [action] = (await sends(w)).filter(({ id }) => !before.has(id));
    return (action?.args as { args: { campaign_type: string } } | undefined)?.args.campaign_type;
  }

  it('fault 1: a back-in-stock message still names its product when it is sent long after it was queued', async () => {
    const w = world();
    const product = w.shop.addProduct({ name: 'Blue cup', price: '8.00', createdAt: OLD });
    await grant(w, ANA);
    const view = await sees(w, ANA, product);
    expect(await checkStock(w)).to.equal(1);
    expect(await waiting(w, view), 'the flag stays until the message is accepted').to.deep.equal([true]);
    w.clock.set(NOON + 3 * HOUR);
    expect(await checkStock(w)).to.equal(0);
    await sendDue(w);
    expect(w.whatsapp.accepted.map(({ rendered }) => rendered).join()).to.contain('Blue cup can be ordered again');
  });

  it('fault 2: whoever is skipped by the cap keeps the flag and is told when the cap is over', async () => {
    const w = world();
    const product = w.shop.addProduct({ name: 'Blue cup', price: '8.00', createdAt: OLD });
    await grant(w, ANA);
    await sendNow(w, ANA);
    const view = await sees(w, ANA, product);
    expect(await checkStock(w)).to.equal(0);
    expect(await waiting(w, view)).to.deep.equal([true]);
    w.clock.set(NOON + 7 * DAY);
    expect(await checkStock(w)).to.equal(1);
    await sendDue(w);
    expect(w.whatsapp.accepted.at(-1)?.template).to.equal('back_in_stock');
  });

  it('fault 3: the hourly scan has the same 30-day window as the message', async () => {
    const w = world();
    const [forgotten, product] = ['Red cup', 'Blue cup'].map((name) =>
      w.shop.addProduct({ name, price: '8.00', createdAt: OLD }),
    );
    await grant(w, ANA, EVA);
    await sees(w, ANA, forgotten ?? 0, { daysAgo: 31 });
    await sees(w, EVA, product ?? 0, { daysAgo: 29 });
    expect(await checkStock(w)).to.equal(1);
    const asked = w.shop.requests.flatMap(({ query }) => query['include']?.split(',') ?? []);
    expect(asked).to.deep.equal([String(product)]);
    w.clock.set(NOON + DAY + MINUTE);
    expect(await sendDue(w), 'too old by the time it is sent').to.deep.equal({ skipped: 1 });
    expect(w.whatsapp.attempts).to.equal(0);
  });

  describe('fault 4: consent, opt-out and the switch are asked about on the back-in-stock path and when a message is sent', () => {
    const cases: [string, (w: World) => unknown, number][] = [
      ['no consent', () => undefined, 1],
      ['an opt-out', (w) => profile(w, ANA, { optIn: true, optOut: true }), 1],
      [
        'the switch',
        (w) => {
          switchOff(w);
        },
        0,
      ],
    ];
    const switchOff = (w: World) => {
      w.app.reconfigure(w.settings({ reengagement: { enabled: false } }));
    };
    for (const [what, prepare] of cases) {
      it(`fault 4: ${what} keeps a message from being queued`, async () => {
        const w = world();
        await sees(w, ANA, w.shop.addProduct({ name: 'Blue cup', price: '8.00', createdAt: OLD }));
        await prepare(w);
        expect(await checkStock(w)).to.equal(0);
        expect(await sends(w)).to.deep.equal([]);
      });
    }
    for (const [what, happens] of [
      ['an opt-out', (w: World) => revoke(w, ANA)],
      ['the switch', switchOff],
    ] as const) {
      it(`fault 4: ${what} stops a queued message`, async () => {
        const w = world();
        await sees(w, ANA, w.shop.addProduct({ name: 'Blue cup', price: '8.00', createdAt: OLD }));
        await grant(w, ANA);
        await checkStock(w);
        await happens(w);
        expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
        expect(w.whatsapp.attempts).to.equal(0);
      });
    }
  });

  it('fault 6: outside the 24-hour window a template goes, and never free text', async () => {
    const w = world();
    for (const phone of [ANA, EVA]) w.order(phone, 70);
    await w.app.sync();
    await opensWindow(w, ANA, 30 * 60);
    for (const phone of [ANA, EVA]) await queueSend(w, phone);
    expect(await sendDue(w)).to.deep.equal({ accepted: 2 });
    expect(w.whatsapp.accepted.map(({ type }) => type)).to.deep.equal(['template', 'template']);
  });

  for (const [kind, minutesAgo] of [
    ['text', 60],
    ['template', 48 * 60],
  ] as const) {
    it(`fault 7: prices in a ${kind} are plain text as the shop writes them, and the link is shown`, async () => {
      const w = world();
      const product = w.shop.addProduct({ name: 'Caf&eacute; &amp; <i>cup</i>', price: '1234.5', createdAt: OLD });
      w.order(ANA, 70);
      await w.app.sync();
      await opensWindow(w, ANA, minutesAgo);
      await sees(w, ANA, product, { price: '2000.00', inStock: true });
      expect(await sendNow(w, ANA, 'price_drop')).to.include({ success: true });
      const [message] = w.whatsapp.accepted;
      expect(message?.type).to.equal(kind);
      expect(message?.rendered).to.contain('$1,234.50').and.to.contain('$2,000.00');
      expect(message?.rendered).not.to.match(/<|&amp;|&#36;|&nbsp;|woocommerce/i);
      expect(message?.rendered).to.match(/https?:\/\/\S+product\/\S+utm_campaign=price_drop/);
    });
  }

  it('fault 8: three daemons with a message each to one person send one', async () => {
    const w = world();
    w.order(ANA, 70);
    await w.app.sync();
    const args = { customer_phone: ANA, campaign_type: 'we_miss_you' };
    // Without the key that would keep a second message from being queued at all: the lock alone has to hold.
    const action = { ...newAction(HOOKS.sendMessage, args, NOON), unfinishedKey: null };
    await insertActions(w.database, [action, action, action], NOON);
    const small = { queue: { claim_size: 1 } };
    w.app.reconfigure(w.settings(small));
    const daemons = [w.app, w.anotherApp(small), w.anotherApp(small)];
    const log = await lockLog(w);
    const sent = Promise.all(daemons.map((app) => app.runDue([HOOKS.sendMessage])));
    await log.waitForWaiting(daemons.length);
    await log.unlock();
    await sent;
    expect(w.whatsapp.accepted).to.have.length(1);
    expect((await sends(w)).map(({ reason }) => reason).sort()).to.deep.equal([
      'accepted',
      'frequency_cap',
      'frequency_cap',
    ]);
  });

  it('fault 9: one price drop is told once, and another drop again', async () => {
    const w = world();
    const product = w.shop.addProduct({ name: 'Blue cup', price: '8.00', createdAt: OLD });
    w.order(ANA, 70);
    await sees(w, ANA, product, { price: '10.00', inStock: true });
    expect(await plannedType(w)).to.equal('price_drop');
    await sendDue(w);
    w.clock.set(NOON + 8 * DAY);
    expect(await plannedType(w)).to.equal('we_miss_you');
    await sendDue(w);
    w.shop.setPrice(product, '7.20');
    w.clock.set(NOON + 16 * DAY);
    expect(await plannedType(w)).to.equal('price_drop');
  });

  it('fault 9: no price drop is told of a product that is out of stock', async () => {
    const w = world();
    const product = w.shop.addProduct({ name: 'Blue cup', price: '5.00', stockStatus: 'outofstock', createdAt: OLD });
    w.order(ANA, 70);
    await sees(w, ANA, product, { price: '10.00', inStock: true });
    expect(await plannedType(w)).to.equal('we_miss_you');
  });

  it('fault 10: orders are read over REST, wherever the shop keeps them, and guests are found', async () => {
    const w = world();
    w.order(ANA, 70);
    expect(await plan(w)).to.equal(1);
    expect(w.shop.requests.some(({ path }) => path === '/wp-json/wc/v3/orders')).to.equal(true);
    expect([...w.shop.orders.values()].map(({ customerId }) => customerId)).to.deep.equal([0]);
  });

  it('fault 11: a customer who never buys hears three times in half a year, further and further apart, and afresh after a purchase', async function () {
    this.timeout(60_000);
    const w = world();
    w.order(ANA, 70);
    const sentOn: number[] = [];
    const live = async (fromDay: number, toDay: number, step = 1) => {
      for (let day = fromDay; day <= toDay; day += step) {
        w.clock.set(NOON + day * DAY);
        if ((await plan(w)) === 0) continue;
        expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
        sentOn.push(day);
      }
    };
    // Every day for longer than the longest pause, then now and then.
    await live(0, 95);
    await live(100, 180, 5);
    expect(sentOn).to.deep.equal([0, 7, 28]);
    w.order(ANA, 0);
    await live(238, 247);
    expect(sentOn).to.deep.equal([0, 7, 28, 240, 247]);
  });

  it('fault 12: 9:00 is 9:00 in the shop, before and after its clocks change', async () => {
    const w = world();
    const next = async (now: string) => {
      w.clock.set(Date.parse(now));
      await w.app.tick();
      const at = await w.app.queue.nextScheduledAction(HOOKS.processCampaigns);
      await w.app.queue.unschedule(HOOKS.processCampaigns);
      return new Date(at ?? 0).toISOString();
    };
    expect(await next('2026-03-26T12:00:00Z'), 'winter').to.equal('2026-03-27T08:00:00.000Z');
    expect(await next('2026-03-28T12:00:00Z'), 'the night of the change').to.equal('2026-03-29T07:00:00.000Z');
    expect(await next('2026-10-24T12:00:00Z'), 'and back').to.equal('2026-10-25T08:00:00.000Z');
  });

  it('fault 12: times are kept in UTC, so that a cap of seven days is as long over a clock change', async () => {
    const w = world();
    const before = Date.parse('2026-03-25T11:00:00Z');
    w.clock.set(before);
    w.order(ANA, 70);
    await w.app.sync();
    await sendNow(w, ANA);
    const [rows] = await w.database.query((orm) =>
      orm.execute(`SELECT CAST(sent_at AS CHAR) AS at FROM \`${w.database.prefix}reengagement_log\``),
    );
    expect(rows).to.deep.equal([{ at: '2026-03-25 11:00:00' }]);
    w.clock.set(before + 7 * DAY - 1_000);
    expect(await sendNow(w, ANA)).to.include({ error: 'Frequency cap reached' });
    w.clock.set(before + 7 * DAY);
    expect(await sendNow(w, ANA)).to.include({ success: true });
  });

  it('fault 13: lifetime value adds up what the orders cost, not their number', async () => {
    const w = world();
    w.order(ANA, 80, { total: '499.00' });
    w.order(ANA, 70, { total: '1.00' });
    for (let order = 0; order < 30; order++) w.order(EVA, 70 + order, { total: '16.00' });
    await plan(w);
    expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'loyalty_reward', [EVA]: 'we_miss_you' });
  });

  it('fault 14: products of any age are no new arrivals', async () => {
    const w = world();
    const category = w.shop.addCategory('Mugs');
    const add = (name: string, daysAgo: number) =>
      w.shop.addProduct({ name, price: '8.00', categories: [category], createdAt: NOON - daysAgo * DAY });
    const mug = add('Mug', 300);
    for (const daysAgo of [61, 90, 200]) add(`Mug of ${daysAgo} days`, daysAgo);
    w.order(ANA, 70, { productId: mug });
    expect(await plannedType(w)).to.equal('we_miss_you');
    await sendDue(w);
    w.clock.set(NOON + 8 * DAY);
    add('New mug', -7);
    expect(await plannedType(w)).to.equal('new_arrivals');
  });

  it('fault 15: one coupon for all attempts, gone when the send fails', async () => {
    const w = world();
    w.whatsapp.faults.next(graphErrorAnswer(131000), { times: Infinity });
    w.order(ANA, 70, { total: '900.00' });
    await plan(w);
    for (let attempt = 1; attempt <= 4; attempt++) {
      await sendDue(w);
      expect(w.shop.coupons.size, `attempt ${attempt}`).to.equal(1);
      w.clock.set((await onlySend(w)).scheduledAt);
    }
    expect(await onlySend(w)).to.include({ status: 'failed' });
    await deleteCoupons(w);
    expect(w.shop.coupons.size).to.equal(0);
  });

  it('fault 16: pending and failed orders count for nothing, refunds are taken off, and currencies are never added', async () => {
    const w = world();
    const [pending, failed, refunded, mixed] = [ANA, EVA, phoneOf(3), phoneOf(4)];
    for (const [phone, status] of [
      [pending, 'pending'],
      [failed, 'failed'],
    ] as const) {
      w.order(phone, 70);
      w.order(phone, 5, { total: '900.00', status });
    }
    w.shop.refundOrder(w.order(refunded, 70, { total: '900.00' }), '500.00');
    w.order(mixed, 80, { total: '400.00', currency: 'EUR' });
    w.order(mixed, 70, { total: '400.00' });
    await plan(w);
    expect(await typesByPhone(w)).to.deep.equal({
      [pending]: 'we_miss_you',
      [failed]: 'we_miss_you',
      [refunded]: 'we_miss_you',
      [mixed]: 'we_miss_you',
    });
    const { customers } = w.database.tables;
    const rows = await w.database.query((orm) => orm.select().from(customers));
    expect(rows.find(({ phone }) => phone === refunded)?.lifetimeValues).to.deep.equal({ USD: '400' });
    expect(rows.find(({ phone }) => phone === mixed)?.lifetimeValues).to.deep.equal({ EUR: '400', USD: '400' });
  });

  for (const fault of ['reset', 'never'] as const) {
    it(`fault 17: a POST is made once after a network error (${fault}), and no id is made up`, async () => {
      const w = world();
      w.whatsapp.faults.next(fault, { handled: true, times: Infinity });
      w.order(ANA, 70);
      await plan(w);
      await sendDue(w);
      w.clock.set(NOON + 5 * HOUR);
      await sendDue(w);
      expect(w.whatsapp.attempts).to.equal(1);
      expect(w.whatsapp.accepted).to.have.length(1);
      expect((await messageLog(w)).map(({ status, messageId }) => [status, messageId])).to.deep.equal([
        ['unknown', null],
      ]);
    });
  }

  it('fault 17: while sending is halted nothing is logged as sent', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ whatsapp: { concurrency: 1 } }));
    w.whatsapp.faults.next(graphErrorAnswer(190), { times: Infinity });
    for (const phone of [ANA, EVA]) w.order(phone, 70);
    await plan(w);
    expect(await sendDue(w)).to.deep.equal({ outage: 2 });
    for (const row of await messageLog(w)) expect(row).to.include({ status: 'reserved', messageId: null });
  });

  it('fault 20: a send that fails is tried again, and what fails for good is a dead letter with its error', async () => {
    const w = world();
    w.whatsapp.faults.next(graphErrorAnswer(131000), { when: ({ to }) => to === ANA });
    w.whatsapp.faults.next(graphErrorAnswer(131026), { when: ({ to }) => to === EVA });
    for (const phone of [ANA, EVA]) w.order(phone, 70);
    await plan(w);
    expect(await sendDue(w)).to.deep.equal({ retried: 1, refused: 1 });
    w.clock.set(NOON + 30_000);
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    const dead = await w.app.actions({ hook: HOOKS.sendMessage, status: 'failed' });
    expect(dead).to.have.length(1);
    expect(dead[0]).to.deep.include({
      error: '(#131026) Message undeliverable (131026)',
      result: { success: false, error: '(#131026) Message undeliverable (131026)' },
    });
  });
});
