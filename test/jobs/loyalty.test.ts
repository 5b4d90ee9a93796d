import { expect } from 'chai';
import { DAY, MINUTE, SECOND } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import type { AcceptedMessage } from '../../src/sandbox/whatsapp/inbox.js';
import { NOON, useWorld, type OrderOptions, type World } from '../support/world.js';
import {
  ANA,
  deleteCoupons,
  EVA,
  grant,
  messageLog,
  onlySend,
  phoneOf,
  plan,
  queueSend,
  revoke,
  sendDue,
  sendNow,
  typesByPhone,
  whileTimePasses,
} from './support.js';

const DAYS_7 = 7 * DAY;

describe('loyalty rewards', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  const couponsOf = (w: World) => [...w.shop.coupons.values()];
  const couponPosts = (w: World) =>
    w.shop.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/coupons'));

  /** The shop keeps codes in lower case. */
  const codeIn = (message: AcceptedMessage | undefined) =>
    message?.buttons.find((button) => button.type === 'copy_code')?.code.toLowerCase();

  /** A loyal customer whose reward is planned. */
  async function planned(w: World, order: OrderOptions = {}): Promise<void> {
    w.order(ANA, 70, { total: '900.00', ...order });
    await plan(w);
  }

  async function sendWhenDue(w: World) {
    w.clock.set((await onlySend(w)).scheduledAt);
    return await sendDue(w);
  }

  it('carry a coupon as it is configured: percent, once, for the account’s address, for seven days', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ reengagement: { loyalty_discount: 20 } }));
    await planned(w, { email: 'Ana@shop.example' });
    await sendDue(w);
    const [coupon, ...others] = couponsOf(w);
    expect(others).to.deep.equal([]);
    expect(coupon).to.deep.include({
      discountType: 'percent',
      individualUse: true,
      usageLimit: 1,
      usageLimitPerUser: 1,
      expiresAt: NOON + DAYS_7,
      emailRestrictions: ['ana@shop.example'],
    });
    expect(Number(coupon?.amount)).to.equal(20);
    const [message] = w.whatsapp.accepted;
    expect(message?.rendered).to.contain('here is 20% off your next order, valid until February 16, 2026');
    expect(codeIn(message)).to.equal(coupon?.code);
  });

  it('have codes that nobody guesses: LOYAL and ten more, at most fifteen letters and digits', async () => {
    const w = world();
    for (const phone of [ANA, EVA]) w.order(phone, 70, { total: '900.00' });
    await plan(w);
    await sendDue(w);
    const codes = (await messageLog(w)).map(({ couponCode }) => couponCode);
    expect(new Set(codes).size).to.equal(2);
    for (const code of codes) expect(code).to.match(/^LOYAL[A-Z2-9]{10}$/);
  });

  it('go to whoever paid 500 in all, net of refunds, and not to whoever ordered 500 times', async () => {
    const w = world();
    const [refunded, partly, many, unpaid] = [phoneOf(3), phoneOf(4), phoneOf(5), phoneOf(6)];
    w.order(ANA, 80, { total: '300.00' });
    w.order(ANA, 70, { total: '200.00' });
    w.order(EVA, 70, { total: '499.99' });
    const [whole, part] = [refunded, partly].map((phone) => w.order(phone, 80, { total: '600.00' }));
    w.order(refunded, 70);
    for (let order = 0; order < 40; order++) w.order(many, 70 + order, { total: '10.00' });
    w.order(unpaid, 80, { total: '10.00' });
    w.order(unpaid, 70, { total: '900.00', status: 'pending' });
    w.order(unpaid, 70, { total: '900.00', status: 'failed' });
    w.shop.refundOrder(whole ?? 0, '600.00');
    w.shop.refundOrder(part ?? 0, '100.01');
    await plan(w);
    const types = await typesByPhone(w);
    expect(Object.keys(types).filter((phone) => types[phone] === 'loyalty_reward')).to.deep.equal([ANA]);
    expect(Object.keys(types)).to.have.length(6);
  });

  it('need a slot first: whoever is held back by the cap costs the shop no coupon', async () => {
    const w = world();
    w.order(ANA, 70, { total: '900.00' });
    await w.app.sync();
    await sendNow(w, ANA);
    w.clock.set(NOON + DAY);
    expect(await sendNow(w, ANA, 'loyalty_reward')).to.include({ error: 'Frequency cap reached' });
    expect(couponPosts(w)).to.deep.equal([]);
  });

  it('make one coupon, however often the message is tried', async () => {
    const w = world();
    w.whatsapp.faults.next(graphErrorAnswer(131000), { times: 3 });
    await planned(w);
    expect(await sendDue(w)).to.deep.equal({ retried: 1 });
    expect(await sendWhenDue(w)).to.deep.equal({ retried: 1 });
    expect(await sendWhenDue(w)).to.deep.equal({ retried: 1 });
    expect(await sendWhenDue(w)).to.deep.equal({ accepted: 1 });
    await deleteCoupons(w);
    expect(couponPosts(w)).to.have.length(1);
    expect(couponsOf(w).map(({ code, expiresAt }) => [code, expiresAt])).to.deep.equal([
      [(await messageLog(w))[0]?.couponCode?.toLowerCase(), NOON + DAYS_7],
    ]);
    expect(w.whatsapp.accepted[0]?.rendered, 'what the first attempt made').to.contain('February 16, 2026');
  });

  it('take over the coupon whose making was not answered', async () => {
    const w = world();
    w.shop.faults.next('reset', { handled: true, when: ({ method }) => method === 'POST' });
    await planned(w);
    expect(await whileTimePasses(w.clock, sendDue(w))).to.deep.equal({ outage: 1 });
    expect(couponsOf(w)).to.have.length(1);
    expect(await sendWhenDue(w)).to.deep.equal({ accepted: 1 });
    expect(couponsOf(w)).to.have.length(1);
    expect(codeIn(w.whatsapp.accepted[0])).to.equal(couponsOf(w)[0]?.code);
  });

  it('wait, with their slot, while the shop makes no coupon; the error says what the key lacks', async () => {
    const w = world();
    const { readOnlyKey, readOnlySecret } = w.shop;
    w.app.reconfigure(w.settings({ shop: { consumer_key: readOnlyKey, consumer_secret: readOnlySecret } }));
    await planned(w);
    expect(await sendDue(w)).to.deep.equal({ outage: 1 });
    const action = await onlySend(w);
    expect(action).to.include({ status: 'pending', reason: 'shop_denied', attempts: 0 });
    expect(action.error).to.contain('Give the key read/write permission');
    expect((await messageLog(w)).map(({ status }) => status)).to.deep.equal(['reserved']);
    expect(w.whatsapp.attempts).to.equal(0);
    w.app.reconfigure(w.settings());
    expect(await sendWhenDue(w)).to.deep.equal({ accepted: 1 });
  });

  it('are good for seven days from when they are sent, however long ago they were queued', async () => {
    const w = world();
    w.order(ANA, 70, { total: '900.00' });
    await w.app.sync();
    await w.app.queue.scheduleSingle(NOON + 10 * DAY, HOOKS.sendMessage, {
      customer_phone: ANA,
      campaign_type: 'loyalty_reward',
    });
    w.clock.set(NOON + 10 * DAY);
    await sendDue(w);
    expect(couponsOf(w).map(({ expiresAt }) => expiresAt)).to.deep.equal([NOON + 10 * DAY + DAYS_7]);
  });

  it('get a new coupon when the first one ended while the message waited', async () => {
    const w = world();
    w.order(ANA, 70, { total: '900.00' });
    await w.app.sync();
    await queueSend(w, ANA, 'loyalty_reward');
    w.whatsapp.faults.next(graphErrorAnswer(190));
    await sendDue(w);
    w.clock.set(NOON + 8 * DAY);
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    expect(couponsOf(w).map(({ expiresAt }) => expiresAt)).to.deep.equal([NOON + 8 * DAY + DAYS_7]);
  });

  describe('the coupon', () => {
    /** The reward fails once in a repairable way, so that its coupon exists; then something happens, and the message is tried again. */
    async function afterFirstTry(w: World, happens: () => unknown) {
      w.whatsapp.faults.next(graphErrorAnswer(131000));
      await planned(w);
      await sendDue(w);
      expect(couponsOf(w)).to.have.length(1);
      await happens();
      const counts = await sendWhenDue(w);
      await deleteCoupons(w);
      return counts;
    }

    for (const code of [131026, 131049, 131050]) {
      it(`is deleted when Meta refuses the message for good (${code})`, async () => {
        const w = world();
        w.whatsapp.faults.next(graphErrorAnswer(code));
        await planned(w);
        await sendDue(w);
        expect(await deleteCoupons(w)).to.deep.equal({ done: 1 });
        expect(couponsOf(w)).to.deep.equal([]);
      });
    }

    it('is deleted when the last try has failed', async () => {
      const w = world();
      w.whatsapp.faults.next(graphErrorAnswer(131000), { times: Infinity });
      await planned(w);
      await sendDue(w);
      for (let attempt = 2; attempt <= 4; attempt++) await sendWhenDue(w);
      expect(await onlySend(w)).to.include({ status: 'failed' });
      await deleteCoupons(w);
      expect(couponsOf(w)).to.deep.equal([]);
    });

    const skips: [string, () => unknown][] = [
      ['opts out', () => revoke(world(), ANA)],
      [
        'is met by a switch that is off',
        () => {
          world().app.reconfigure(world().settings({ reengagement: { enabled: false } }));
        },
      ],
    ];
    for (const [what, happens] of skips) {
      it(`is deleted when the customer ${what} before the next try`, async () => {
        const w = world();
        expect(await afterFirstTry(w, happens)).to.deep.equal({ skipped: 1 });
        expect(couponsOf(w)).to.deep.equal([]);
      });
    }

    it('is deleted when the message is deferred; the next morning it gets another', async () => {
      const w = world();
      const evening = Date.parse('2026-02-10T18:59:45Z');
      w.clock.set(evening);
      w.order(ANA, 70, { total: '900.00' });
      await w.app.sync();
      await queueSend(w, ANA, 'loyalty_reward');
      w.whatsapp.faults.next(graphErrorAnswer(131000));
      await sendDue(w);
      expect(await sendWhenDue(w)).to.deep.equal({ deferred: 1 });
      await deleteCoupons(w);
      expect(couponsOf(w)).to.deep.equal([]);
      expect(await sendWhenDue(w)).to.deep.equal({ accepted: 1 });
      expect(couponsOf(w)).to.have.length(1);
    });

    it('is deleted when the day ends before the message could go', async () => {
      const w = world();
      w.whatsapp.faults.next(graphErrorAnswer(190));
      await planned(w);
      await sendDue(w);
      w.clock.set(NOON + DAY);
      expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
      await deleteCoupons(w);
      expect(couponsOf(w)).to.deep.equal([]);
    });

    it('stays when nobody knows whether the message was accepted', async () => {
      const w = world();
      w.whatsapp.faults.next('reset', { handled: true });
      await planned(w);
      expect(await sendDue(w)).to.deep.equal({ unknown: 1 });
      await deleteCoupons(w);
      expect(couponsOf(w)).to.have.length(1);
    });

    it('is not made while sending is halted', async () => {
      const w = world();
      w.order(EVA, 70);
      await w.app.sync();
      w.whatsapp.faults.next(graphErrorAnswer(190));
      await sendNow(w, EVA);
      await planned(w);
      await sendDue(w);
      expect(couponPosts(w)).to.deep.equal([]);
      expect((await messageLog(w)).map(({ customerPhone }) => customerPhone)).to.deep.equal([EVA]);
    });

    it('is deleted later when the shop is out', async () => {
      const w = world();
      w.whatsapp.faults.next(graphErrorAnswer(131026));
      await planned(w);
      await sendDue(w);
      w.shop.faults.next('503-retry-after');
      expect(await whileTimePasses(w.clock, deleteCoupons(w))).to.deep.equal({ outage: 1 });
      expect(couponsOf(w)).to.have.length(1);
      w.clock.set(w.clock.now() + 10 * MINUTE + SECOND);
      expect(await deleteCoupons(w)).to.deep.equal({ done: 1 });
      expect(couponsOf(w)).to.deep.equal([]);
    });
  });

  it('by hand go to whoever agreed, and are for every address where the shop knows none', async () => {
    const w = world();
    await grant(w, ANA);
    expect(await sendNow(w, ANA, 'loyalty_reward')).to.include({ success: true });
    expect(couponsOf(w).map(({ emailRestrictions }) => emailRestrictions)).to.deep.equal([[]]);
  });
});
