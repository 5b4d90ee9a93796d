import { sql } from 'drizzle-orm';
import { expect } from 'chai';
import { createApp } from '../../src/app.js';
import { DAY, HOUR, MINUTE, type Clock } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { useWorld, NOON } from '../support/world.js';
import {
  ANA,
  checkStock,
  deleteCoupons,
  EVA,
  grant,
  messageLog,
  onlySend,
  phoneOf,
  plan,
  queueSend,
  sees,
  sendDue,
  sends,
  waiting,
} from './support.js';

describe('a message that is looked at once more before it goes', () => {
  const world = useWorld();
  const onCoupon = (strike: () => void) => {
    world().shop.faults.next('reset', {
      when: ({ method, path }) => {
        if (method === 'POST' && path.endsWith('/coupons')) strike();
        return false;
      },
    });
  };

  it('waits when the quiet hours began while its coupon was made, and the coupon is taken back', async () => {
    world().order(ANA, 90, { total: '900.00' });
    await plan(world());
    const evening = NOON + 8 * HOUR;
    onCoupon(() => {
      world().clock.set(evening);
    });
    await sendDue(world());
    expect(world().whatsapp.accepted).to.have.length(0);
    expect((await onlySend(world())).reason).to.equal('expired');
    await deleteCoupons(world());
    expect(world().shop.coupons.size).to.equal(0);
  });

  it('does not go when the switch is turned off while its coupon is made', async () => {
    world().order(ANA, 90, { total: '900.00' });
    await plan(world());
    onCoupon(() => {
      world().app.reconfigure(world().settings({ reengagement: { enabled: false } }));
    });
    expect(await sendDue(world())).to.deep.equal({ skipped: 1 });
    expect(await messageLog(world())).to.have.length(0);
  });

  it('tells in its log line only the end of the message id, which holds the phone number encoded', async () => {
    await grant(world(), ANA);
    await queueSend(world(), ANA);
    await sendDue(world());
    const [accepted] = world().whatsapp.accepted;
    expect(JSON.stringify(world().log)).to.include(accepted!.id.slice(-8)).and.not.include(accepted!.id);
  });
});

describe('when WhatsApp gives no clear answers', () => {
  const world = useWorld({ whatsapp: { concurrency: 1 } });

  it('five messages are lost to it, the others wait, and one finds out when it is over', async () => {
    const people = Array.from({ length: 12 }, (_, index) => phoneOf(index));
    await grant(world(), ...people);
    for (const phone of people) await queueSend(world(), phone);
    world().whatsapp.faults.next(
      { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad gateway</h1>' },
      { times: 6 },
    );
    expect(await sendDue(world())).to.deep.equal({ unknown: 5, outage: 7 });
    expect(world().log.filter(({ message }) => message === 'Sending is halted; the messages wait')).to.have.length(1);

    await world().clock.advance(MINUTE);
    expect(await sendDue(world())).to.deep.equal({ unknown: 1, outage: 6 });
    await world().clock.advance(2 * MINUTE);
    await sendDue(world());
    await world().clock.advance(2 * MINUTE);
    await sendDue(world());
    expect(world().whatsapp.accepted).to.have.length(6);
    expect((await sends(world())).filter(({ status }) => status === 'pending')).to.have.length(0);
  });
});

describe('what a message answers', () => {
  const world = useWorld();

  it('is every view of its products, also one that came after it was planned', async () => {
    const mug = world().shop.addProduct({ name: 'Mug', price: '8.00', stockStatus: 'instock' });
    await grant(world(), ANA);
    const first = await sees(world(), ANA, mug, { daysAgo: 3 });
    await checkStock(world());
    const later = await sees(world(), ANA, mug, { daysAgo: 0 });
    expect(await sendDue(world())).to.deep.equal({ accepted: 1 });
    expect(await waiting(world(), first, later)).to.deep.equal([false, false]);
  });

  it('is settled by the views it was marked with when the daemon died, and not by those that were planned', async () => {
    const mug = world().shop.addProduct({ name: 'Mug', price: '8.00', stockStatus: 'instock' });
    const jug = world().shop.addProduct({ name: 'Jug', price: '9.00', stockStatus: 'instock' });
    await grant(world(), ANA);
    const [ofMug, ofJug] = [await sees(world(), ANA, mug), await sees(world(), ANA, jug)];
    await checkStock(world());
    const { actions, reengagementLog: log } = world().database.tables;
    const { id } = await onlySend(world());
    await world().database.query((orm) =>
      orm
        .update(actions)
        .set({ status: 'in-progress', claimId: 'dead', leaseUntil: sql`UTC_TIMESTAMP(3) - INTERVAL 1 SECOND` }),
    );
    await world().database.query((orm) =>
      orm.insert(log).values({
        customerPhone: ANA,
        campaignType: 'back_in_stock',
        status: 'sending',
        sentAt: new Date(NOON),
        actionId: id,
        claimId: 'dead',
        answeredViews: [{ id: ofMug, priceTold: null }],
      }),
    );
    expect(await sendDue(world())).to.deep.equal({ unknown: 1 });
    expect(await waiting(world(), ofMug, ofJug)).to.deep.equal([false, true]);
    expect(world().whatsapp.attempts).to.equal(0);
  });
});

describe('a message that was tried before', () => {
  const world = useWorld();

  it('is put off for a day at most, whatever Retry-After says', async () => {
    await grant(world(), ANA);
    await queueSend(world(), ANA);
    const body = JSON.stringify({ error: { message: 'x', code: 131000 } });
    world().whatsapp.faults.next({ status: 500, headers: { 'retry-after': '99999999999999' }, body });
    expect(await sendDue(world())).to.deep.equal({ retried: 1 });
    expect((await onlySend(world())).scheduledAt).to.be.at.most(NOON + DAY);
  });

  it('is not sent again when something of ours fails after the POST', async () => {
    await grant(world(), ANA);
    const failing: Clock = {
      ...world().clock,
      now: () => {
        if (new Error().stack?.includes('send-outcome') === true) throw new Error('The clock is broken');
        return world().clock.now();
      },
    };
    const app = createApp({ config: world().settings(), logger: world().logger, clock: failing });
    try {
      world().whatsapp.faults.next('reset', { handled: true });
      await app.queue.dispatch(HOOKS.sendMessage, { customer_phone: ANA, campaign_type: 'we_miss_you' });
      expect(await app.runDue([HOOKS.sendMessage])).to.deep.equal({ unknown: 1 });
      await world().clock.advance(HOUR);
      await app.runDue([HOOKS.sendMessage]);
      expect(world().whatsapp.accepted).to.have.length(1);
    } finally {
      await app.stop();
    }
  });

  it('gets another coupon when the discount is another by now, so that it promises what the coupon gives', async () => {
    world().order(ANA, 90, { total: '900.00' });
    await plan(world());
    world().whatsapp.faults.next({
      status: 500,
      headers: {},
      body: JSON.stringify({ error: { message: 'x', code: 131000 } }),
    });
    expect(await sendDue(world())).to.deep.equal({ retried: 1 });
    world().app.reconfigure(world().settings({ reengagement: { loyalty_discount: 25 } }));
    await world().clock.advance(MINUTE);
    expect(await sendDue(world())).to.deep.equal({ accepted: 1 });
    expect([...world().shop.coupons.values()].map(({ amount }) => Number(amount))).to.deep.equal([25]);
    expect(world().whatsapp.accepted[0]?.rendered).to.include('25%');
  });

  it('goes at once when a new configuration lifts what it waited for', async () => {
    await grant(world(), ANA, EVA);
    world().app.reconfigure(world().settings({ whatsapp: { access_token: 'expired' } }));
    await queueSend(world(), ANA);
    expect(await sendDue(world())).to.deep.equal({ outage: 1 });
    world().app.reconfigure(world().settings());
    await world().clock.advance(1);
    const due = async (): Promise<number> => (await onlySend(world())).scheduledAt;
    while ((await due()) > world().clock.now());
    expect(await sendDue(world())).to.deep.equal({ accepted: 1 });
    expect(world().clock.now()).to.be.below(NOON + DAY);
  });
});
