import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import {
  ANA,
  argsOf,
  deleteCoupons,
  EVA,
  grant,
  messageLog,
  onlySend,
  phoneOf,
  plan,
  queued,
  queueSend,
  revoke,
  sendDue,
  sendNow,
  sends,
} from '../jobs/support.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { expireLeases } from './support.js';

const SEND = HOOKS.sendMessage;
/** Meta's error that ends a message for good, and nothing else. */
const UNDELIVERABLE = 131026;

/** A message to each of them that Meta has refused for good; returns the actions' ids. */
async function refused(w: World, ...phones: readonly string[]): Promise<number[]> {
  w.whatsapp.faults.next(graphErrorAnswer(UNDELIVERABLE), { times: phones.length });
  const ids = await queued(w, ...phones);
  expect(await sendDue(w)).to.deep.equal({ refused: phones.length });
  return ids;
}

describe('a message that is retried by hand', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 } });

  it('is sent, and there is one row of the log and one action', async () => {
    const w = world();
    const ids = await refused(w, ANA);
    expect(await w.app.journal.retry({ ids })).to.deep.equal({ count: 1, refused: [] });
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    expect(await onlySend(w)).to.include({ id: ids[0], status: 'complete', attempts: 0 });
    expect((await messageLog(w)).map(({ status, errorCode }) => [status, errorCode])).to.deep.equal([['sent', null]]);
    expect(w.whatsapp.accepted.map(({ to }) => to)).to.deep.equal([ANA]);
  });

  it('goes to nobody who has opted out since', async () => {
    const w = world();
    const ids = await refused(w, ANA);
    await revoke(w, ANA);
    await w.app.journal.retry({ ids });
    expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
    expect(await onlySend(w)).to.include({ status: 'complete', reason: 'opted_out' });
    expect(w.whatsapp.accepted).to.deep.equal([]);
  });

  it('is held by the cap that another message has filled since', async () => {
    const w = world();
    const ids = await refused(w, ANA);
    w.clock.set(NOON + DAY + MINUTE);
    expect(await sendNow(w, ANA, 'loyalty_reward')).to.include({ success: true });
    await w.app.journal.retry({ ids });
    expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
    expect(w.whatsapp.accepted).to.have.length(1);
    expect((await w.app.journal.find(ids[0]!))?.explanation).to.equal('Frequency cap reached');
  });

  it('waits out the quiet hours', async () => {
    const w = world();
    const ids = await refused(w, ANA);
    w.clock.set(NOON + 10 * HOUR);
    await w.app.journal.retry({ ids });
    expect(await sendDue(w)).to.deep.equal({ deferred: 1 });
  });

  it('has no end of its day any more, and still does not go to who has bought since it was planned', async () => {
    const w = world();
    for (const phone of [ANA, EVA]) w.order(phone, 70);
    await w.app.sync();
    await plan(w);
    w.whatsapp.faults.next(graphErrorAnswer(UNDELIVERABLE), { times: 2 });
    await sendDue(w);
    const plannedAt = (await sends(w)).map((action) => argsOf(action)['planned_at']);
    w.clock.set(NOON + DAY);
    w.order(EVA, 0.1);
    await w.app.sync();
    expect(await w.app.journal.retry({ hook: SEND })).to.include({ count: 2 });
    for (const action of await sends(w)) expect(argsOf(action)).not.to.have.property('expires_at');
    expect((await sends(w)).map((action) => argsOf(action)['planned_at'])).to.deep.equal(plannedAt);
    expect(await sendDue(w)).to.deep.equal({ accepted: 1, skipped: 1 });
    expect((await sends(w)).map(({ phone, reason }) => [phone, reason])).to.have.deep.members([
      [ANA, 'accepted'],
      [EVA, 'bought_since'],
    ]);
  });

  it('of a loyalty reward brings a coupon that is there, though the first one is deleted late', async () => {
    const w = world();
    w.whatsapp.faults.next(graphErrorAnswer(UNDELIVERABLE));
    w.order(ANA, 70, { total: '900.00' });
    await w.app.sync();
    const id = await queueSend(w, ANA, 'loyalty_reward');
    expect(await sendDue(w)).to.deep.equal({ refused: 1 });
    await w.app.journal.retry({ ids: [id] });
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    await deleteCoupons(w);
    const [row] = await messageLog(w);
    expect([...w.shop.coupons.values()].map(({ code }) => code.toUpperCase())).to.deep.equal([row?.couponCode]);
  });

  it('of a loyalty reward whose coupon the shop would not make keeps the coupon that it brings', async () => {
    const w = world();
    w.order(ANA, 70, { total: '900.00' });
    await w.app.sync();
    const id = await queueSend(w, ANA, 'loyalty_reward');
    const vetoed = { status: 400, headers: {}, body: JSON.stringify({ code: 'veto', message: 'vetoed' }) };
    w.shop.faults.next(vetoed, { times: 4, when: ({ method, path }) => method === 'POST' && path.includes('coupon') });
    while ((await onlySend(w)).status !== 'failed') {
      await sendDue(w);
      w.clock.set((await onlySend(w)).scheduledAt);
    }
    await w.app.journal.retry({ ids: [id] });
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    await deleteCoupons(w);
    const [row] = await messageLog(w);
    expect([...w.shop.coupons.values()].map(({ code }) => code.toUpperCase())).to.deep.equal([row?.couponCode]);
  });

  it('waits out the day in which Meta wants no more to that number (131049)', async () => {
    const w = world();
    w.whatsapp.faults.next(graphErrorAnswer(131049));
    const ids = await queued(w, ANA);
    expect(await sendDue(w)).to.deep.equal({ refused: 1 });
    await w.app.journal.retry({ ids });
    expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
    expect(await onlySend(w)).to.include({ reason: 'refused_recently' });
    expect(w.whatsapp.attempts).to.equal(1);
  });

  it('is refused where the next run has sent the same since, whatever the cap allows', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ reengagement: { weekly_cap: 3 } }));
    w.order(ANA, 70);
    await w.app.sync();
    await plan(w);
    w.whatsapp.faults.next(graphErrorAnswer(UNDELIVERABLE));
    expect(await sendDue(w)).to.deep.equal({ refused: 1 });
    const { id } = await onlySend(w);
    w.clock.set(NOON + DAY + MINUTE);
    await plan(w);
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    expect(await w.app.journal.retry({ ids: [id] })).to.deep.equal({
      count: 0,
      refused: [{ id, reason: 'the same was sent to this customer since' }],
    });
    expect(w.whatsapp.accepted).to.have.length(1);
  });

  it('that was dispatched, and so not planned, goes to nobody who has bought since', async () => {
    const w = world();
    const ids = await refused(w, ANA);
    w.clock.set(NOON + 2 * DAY);
    w.order(ANA, 1);
    await w.app.sync();
    await w.app.journal.retry({ ids });
    expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
    expect(await onlySend(w)).to.include({ reason: 'bought_since' });
  });

  it('are those of an hour of outage, by a filter, and no others', async () => {
    const w = world();
    const [before] = await refused(w, phoneOf(1));
    w.clock.set(NOON + HOUR);
    const during = await refused(w, phoneOf(2), phoneOf(3), phoneOf(4));
    w.clock.set(NOON + 2 * HOUR);
    const outage = {
      hook: SEND,
      status: 'failed',
      scheduledAfter: NOON + HOUR,
      scheduledBefore: NOON + 2 * HOUR,
    } as const;
    expect(await w.app.journal.count(outage)).to.deep.equal({ failed: 3 });
    expect(await w.app.journal.retry(outage)).to.deep.equal({ count: 3, refused: [] });
    expect(await sendDue(w)).to.deep.equal({ accepted: 3 });
    expect(await w.app.actions({ status: 'failed' })).to.have.length(1);
    expect((await w.app.actions({ status: 'failed' }))[0]?.id).to.equal(before);
    expect((await w.app.actions({ status: 'complete', hook: SEND })).map(({ id }) => id)).to.have.members(during);
  });

  it('is refused where it was accepted, skipped, or nobody knows', async () => {
    const w = world();
    const [accepted] = await queued(w, ANA);
    await sendDue(w);
    w.whatsapp.faults.next('reset', { when: ({ to }) => to === EVA });
    const [unknown] = await queued(w, EVA);
    await sendDue(w);
    const [skipped] = await queued(w, phoneOf(3));
    await revoke(w, phoneOf(3));
    await sendDue(w);
    expect(await w.app.journal.retry({ ids: [accepted!, unknown!, skipped!] })).to.deep.equal({
      count: 0,
      refused: [
        {
          id: accepted,
          reason: 'WhatsApp accepted the message; a message that was sent, or may have been, is never sent again',
        },
        {
          id: unknown,
          reason: `${(await w.app.journal.find(unknown!))?.explanation}; a message that was sent, or may have been, is never sent again`,
        },
        { id: skipped, reason: 'it was skipped (Customer has opted out); the next run decides anew' },
      ],
    });
    expect(await sendDue(w)).to.deep.equal({});
  });

  it('is not queued beside another message to the same person', async () => {
    const w = world();
    const [first] = await refused(w, ANA);
    const second = await queueSend(w, ANA);
    expect((await w.app.journal.retry({ ids: [first!] })).refused).to.deep.equal([
      { id: first, reason: `the same is already waiting: action ${second}` },
    ]);
  });
});

describe('a message that is canceled by hand', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 } });

  it('gives its slot under the cap back', async () => {
    const w = world();
    w.whatsapp.faults.next(graphErrorAnswer(131000));
    const ids = await queued(w, ANA);
    expect(await sendDue(w)).to.deep.equal({ retried: 1 });
    expect(await messageLog(w), 'its slot is held').to.have.length(1);
    expect(await w.app.journal.cancel({ ids })).to.deep.equal({ count: 1, refused: [] });
    expect(await messageLog(w)).to.deep.equal([]);
    expect(await sendNow(w, ANA)).to.include({ success: true });
  });

  it('is refused while it runs, and when it has ended', async () => {
    const w = world();
    const [ended] = await queued(w, ANA);
    await sendDue(w);
    const [running] = await queued(w, EVA);
    const { actions } = w.database.tables;
    await w.database.query((orm) =>
      orm.update(actions).set({ status: 'in-progress', claimId: 'other' }).where(eq(actions.id, running!)),
    );
    expect((await w.app.journal.cancel({ ids: [ended!, running!] })).refused).to.deep.equal([
      { id: ended, reason: 'it has ended already: it is complete' },
      { id: running, reason: 'it is running; wait until it has ended, or stop the daemon' },
    ]);
  });

  it('can be retried', async () => {
    const w = world();
    const ids = await queued(w, ANA);
    await w.app.journal.cancel({ ids });
    await w.app.journal.retry({ ids });
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
  });
});

describe('the story of an action', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 } });

  it('tells each time that it was put off, how it ended, and what can be done', async () => {
    const w = world();
    w.whatsapp.faults.next(graphErrorAnswer(131000), { times: Infinity });
    const [id] = await queued(w, ANA);
    for (let attempt = 1; attempt <= 4; attempt++) {
      await sendDue(w);
      w.clock.set((await onlySend(w)).scheduledAt);
    }
    const story = await w.app.journal.find(id!);
    expect(story?.history.map(({ at }) => at - NOON)).to.deep.equal([120_000, 30_000, 0]);
    expect(story?.history[0]?.what).to.equal(
      'WhatsApp has a trouble that may pass; it is tried again: (#131000) Something went wrong (131000)',
    );
    expect(story?.explanation).to.equal('It failed as often as it may: (#131000) Something went wrong (131000)');
    expect(story?.message).to.include({ status: 'failed', errorCode: 131000, converted: false });
    expect(story).to.deep.include({ can: ['retry', 'dismiss'], now: 'It stays until it is retried or dismissed' });
  });

  it('tells of what waits until when, and of what runs who holds it and whether it still lives', async () => {
    const w = world();
    const [id] = await queued(w, ANA);
    w.clock.set(NOON + 10 * HOUR);
    await sendDue(w);
    expect(await w.app.journal.find(id!)).to.deep.include({
      explanation: 'Quiet hours',
      can: ['cancel'],
      now: 'It waits until 2026-02-11T08:00:00.000Z',
      claim: null,
    });
    const { actions } = w.database.tables;
    const leaseUntil = new Date('2100-01-01T00:00:00Z');
    await w.database.query((orm) => orm.update(actions).set({ status: 'in-progress', claimId: 'c1', leaseUntil }));
    const running = await w.app.journal.find(id!);
    expect(running?.claim).to.deep.equal({ id: 'c1', leaseUntil: leaseUntil.getTime(), isOver: false });
    expect(running).to.deep.include({ can: [], now: 'It is running: wait until it has ended' });
    await expireLeases(w.database);
    const dead = await w.app.journal.find(id!);
    expect(dead?.claim?.isOver).to.equal(true);
    expect(dead?.now).to.contain('takes it over');
  });

  it('tells of what was dismissed and retried why it had failed', async () => {
    const w = world();
    const ids = await refused(w, ANA);
    await w.app.journal.dismiss({ ids });
    expect((await w.app.journal.find(ids[0]!))?.explanation).to.match(/^Dismissed by hand: .*131026/);
    await w.app.journal.retry({ ids });
    const story = await w.app.journal.find(ids[0]!);
    expect(story?.history.map(({ what }) => what.split(':')[0])).to.deep.equal([
      'Retried by hand',
      'Dismissed by hand',
      'WhatsApp refused the message for good',
    ]);
  });

  it('is nothing for an action that is not there', async () => {
    expect(await world().app.journal.find(424242)).to.equal(null);
  });
});

describe('a send by hand in quiet hours', () => {
  const world = useWorld();

  it('says until when it waits, and waits as that action', async () => {
    const w = world();
    await grant(w, ANA);
    w.clock.set(NOON + 10 * HOUR);
    const result = await sendNow(w, ANA);
    const { id } = await onlySend(w);
    expect(result).to.deep.equal({
      success: false,
      error: `Quiet hours. It stays queued as action ${id} and waits until 2026-02-11T08:00:00.000Z`,
    });
  });
});
