import { expect } from 'chai';
import { MINUTE, SECOND } from '../../src/lib/clock.js';
import { newAction } from '../../src/queue/action.js';
import { GROUP, HOOKS } from '../../src/queue/hooks.js';
import { unwrapPayload } from '../../src/queue/payload.js';
import { allActions, allLogRows, failureOf, gate, NOON, useJournal } from './support.js';

const PHONE = '+34612345678';
const ARGS = { customer_phone: PHONE, campaign_type: 'we_miss_you' };
const SEND = HOOKS.sendMessage;

describe('dispatch', () => {
  const journal = useJournal();

  it('writes a pending action of group wch, wrapped in the v2 form', async () => {
    const { queue } = journal().daemon();
    const id = await queue.dispatch(SEND, ARGS);
    const [row] = await allActions(journal().database);
    expect(row).to.include({ id, hook: SEND, groupSlug: GROUP, status: 'pending', attempts: 0 });
    expect(row?.args).to.deep.equal({
      _wch_version: 2,
      args: ARGS,
      _wch_meta: { queued_at: '2026-02-10 11:00:00', source: 'dispatch' },
    });
    expect(row?.scheduledAt.getTime()).to.equal(NOON);
  });

  it('keeps a v2 payload as it is, with its priority', async () => {
    const { queue } = journal().daemon();
    const payload = { _wch_version: 2, args: ARGS, _wch_meta: { source: 'campaign_processor', priority: 'high' } };
    await queue.dispatch(SEND, payload);
    const [row] = await allActions(journal().database);
    expect(row?.args).to.deep.equal(payload);
    expect(row?.priority).to.equal(5);
  });

  it('runs at once without a delay, and not before a delay is over', async () => {
    const { queue, runner } = journal().daemon();
    await queue.dispatch(SEND, ARGS, 90);
    await journal().clock.advance(89 * SECOND);
    expect(await runner.runDue()).to.deep.equal({});
    await journal().clock.advance(SECOND);
    expect(await runner.runDue()).to.deep.equal({ done: 1 });
  });

  it('hands the arguments to the handler as they were given', async () => {
    const seen: unknown[] = [];
    const { queue, runner } = journal().daemon({
      [SEND]: {
        run: (action) => {
          seen.push(unwrapPayload(action.args));
          return Promise.resolve({ name: 'done' });
        },
      },
    });
    const tricky = { ...ARGS, note: 'ñ "quoted" \\ back\u0000slash 😀', deep: { a: [1, null, { b: true }] } };
    await queue.dispatch(SEND, tricky);
    await runner.runDue();
    expect(seen).to.deep.equal([tricky]);
  });

  it('writes an empty list for no arguments, as PHP does', async () => {
    const { queue } = journal().daemon();
    await queue.dispatch(HOOKS.processCampaigns, {});
    expect((await allActions(journal().database))[0]?.args).to.deep.equal([]);
  });

  it('refuses a hook that there is not', async () => {
    const { queue } = journal().daemon();
    for (const work of [
      () => queue.dispatch('wch_check_prices', ARGS),
      () => queue.enqueueAsync('', ARGS),
      () => queue.doAction('wch_nothing'),
      () => queue.nextScheduledAction('wch_nothing'),
      () => queue.unschedule('wch_nothing'),
      () => queue.scheduleSingle(NOON, 'wch_nothing', []),
      () => queue.scheduleRecurring({ kind: 'hourly' }, 'wch_nothing'),
    ])
      expect((await failureOf(work())).code).to.equal('UNKNOWN_HOOK');
    expect(await allActions(journal().database)).to.deep.equal([]);
  });

  it('has one unfinished send a phone, with and without plus, whoever queues it', async () => {
    const { queue } = journal().daemon();
    expect(await queue.dispatch(SEND, ARGS)).to.be.a('number');
    expect(await queue.enqueueAsync(SEND, [{ ...ARGS, campaign_type: 'price_drop' }])).to.equal(null);
    expect(await queue.scheduleSingle(NOON + MINUTE, SEND, { ...ARGS, customer_phone: PHONE.slice(1) })).to.equal(null);
    expect(await queue.enqueueAll([newAction(SEND, ARGS, NOON, 'campaign:x:2026-02-10')])).to.equal(0);
    expect(await queue.dispatch(SEND, { ...ARGS, customer_phone: '+34600000000' })).to.be.a('number');
  });

  it('takes the next send to a phone when the last one has ended', async () => {
    const { queue, runner } = journal().daemon();
    await queue.dispatch(SEND, ARGS);
    await runner.runDue();
    expect(await queue.dispatch(SEND, ARGS)).to.be.a('number');
  });

  it('keeps every payload without a phone, each to fail by itself', async () => {
    const { queue } = journal().daemon();
    await queue.dispatch(SEND, { campaign_type: 'we_miss_you' });
    await queue.dispatch(SEND, { campaign_type: 'we_miss_you' });
    expect(await allActions(journal().database)).to.have.length(2);
  });
});

describe('enqueueAll', () => {
  const journal = useJournal();

  it('writes what is new and leaves out what is there, by unique key and by phone', async () => {
    const { queue } = journal().daemon();
    const planned = Array.from({ length: 1_200 }, (_, n) => {
      const phone = `+346${String(n).padStart(8, '0')}`;
      return newAction(SEND, { ...ARGS, customer_phone: phone }, NOON, `campaign:${phone}:2026-02-10`);
    });
    expect(await queue.enqueueAll(planned.slice(0, 700))).to.equal(700);
    expect(await queue.enqueueAll(planned)).to.equal(500);
    expect(await queue.enqueueAll(planned)).to.equal(0);
    expect(await allActions(journal().database)).to.have.length(1_200);
  });

  it('does not plan twice in a day what was accepted, and plans again what was skipped', async () => {
    const endings = ['accepted', 'skipped'] as const;
    let run = 0;
    const { queue, runner } = journal().daemon({
      [SEND]: { concurrency: () => 1, run: () => Promise.resolve({ name: endings[run++]! }) },
    });
    const planned = ['+34600000001', '+34600000002'].map((phone) =>
      newAction(SEND, { ...ARGS, customer_phone: phone }, NOON, `campaign:${phone}:2026-02-10`),
    );
    await queue.enqueueAll(planned);
    expect(await runner.runDue()).to.deep.equal({ accepted: 1, skipped: 1 });
    expect(await queue.enqueueAll(planned)).to.equal(1);
  });
});

describe("Action Scheduler's functions", () => {
  const journal = useJournal();

  it('scheduleSingle plans for a time, and nextScheduledAction tells it', async () => {
    const { queue } = journal().daemon();
    expect(await queue.nextScheduledAction(SEND)).to.equal(null);
    await queue.scheduleSingle(NOON + 5 * MINUTE, SEND, ARGS);
    await queue.scheduleSingle(NOON + 2 * MINUTE, SEND, { ...ARGS, customer_phone: '+34600000000' });
    expect(await queue.nextScheduledAction(SEND)).to.equal(NOON + 2 * MINUTE);
    expect(await queue.nextScheduledAction(HOOKS.pruneActions)).to.equal(null);
  });

  it('scheduleRecurring plans one next run, however often it is called', async () => {
    const { queue } = journal().daemon();
    for (let n = 0; n < 3; n++) await queue.scheduleRecurring({ kind: 'daily', time: '09:00' }, HOOKS.processCampaigns);
    expect(await queue.nextScheduledAction(HOOKS.processCampaigns)).to.equal(Date.parse('2026-02-11T08:00:00Z'));
    expect(await allActions(journal().database)).to.have.length(1);
  });

  it('getScheduledActions filters by hook, status and group', async () => {
    const { queue, runner } = journal().daemon();
    await queue.dispatch(HOOKS.pruneActions, []);
    await runner.runDue();
    await queue.scheduleSingle(NOON + MINUTE, SEND, ARGS);
    await queue.scheduleSingle(NOON + SECOND, SEND, { ...ARGS, customer_phone: '+34600000000' });
    const hooks = async (filter: Parameters<typeof queue.getScheduledActions>[0]) =>
      (await queue.getScheduledActions(filter)).map((action) => [
        action.hook,
        action.status,
        action.scheduledAt - NOON,
      ]);
    const pendingSends = [
      [SEND, 'pending', SECOND],
      [SEND, 'pending', MINUTE],
    ];
    expect(await hooks({ hook: SEND, status: 'pending', group: 'wch' })).to.deep.equal(pendingSends);
    expect(await hooks({ status: 'complete' })).to.deep.equal([[HOOKS.pruneActions, 'complete', 0]]);
    expect(await hooks({ group: 'other' })).to.deep.equal([]);
    expect(await hooks({ hook: SEND, limit: 1 })).to.deep.equal(pendingSends.slice(0, 1));
  });

  it('unschedule cancels what is pending of the hook and group, and nothing else', async () => {
    const { handler, begun, open } = gate();
    const { queue, runner } = journal().daemon({ [SEND]: handler });
    await queue.dispatch(SEND, ARGS);
    const run = runner.runDue();
    await begun;
    await queue.scheduleSingle(NOON + MINUTE, SEND, { ...ARGS, customer_phone: '+34600000000' });
    await queue.dispatch(HOOKS.processCampaigns, []);
    expect(await queue.unschedule(SEND, 'other')).to.equal(0);
    expect(await queue.unschedule(SEND, GROUP)).to.equal(1);
    open();
    await run;
    const rows = await allActions(journal().database);
    expect(rows.map((row) => [row.hook, row.status])).to.deep.equal([
      [SEND, 'complete'],
      [SEND, 'canceled'],
      [HOOKS.processCampaigns, 'complete'],
    ]);
  });

  it('unschedule gives the keys of a send back: it can be planned again', async () => {
    const { queue } = journal().daemon();
    const planned = newAction(SEND, ARGS, NOON + MINUTE, 'campaign:x:2026-02-10');
    await queue.enqueueAll([planned]);
    await queue.unschedule(SEND);
    expect(await queue.enqueueAll([planned])).to.equal(1);
  });

  it('unschedule gives the slot back that a waiting send had reserved, and has its coupon deleted', async () => {
    const { queue } = journal().daemon();
    const id = await queue.scheduleSingle(NOON + MINUTE, SEND, ARGS);
    const { reengagementLog } = journal().database.tables;
    const row = { customerPhone: PHONE, campaignType: 'loyalty_reward', sentAt: new Date(NOON), claimId: 'old' };
    await journal().database.query((orm) =>
      orm.insert(reengagementLog).values([
        { ...row, actionId: id, status: 'reserved', couponCode: 'LOYALABC' },
        { ...row, actionId: id! + 1_000, status: 'reserved', couponCode: 'LOYALXYZ' },
      ]),
    );
    await queue.unschedule(SEND);
    expect((await allLogRows(journal().database)).map((left) => left.couponCode)).to.deep.equal(['LOYALXYZ']);
    const [, coupon] = await allActions(journal().database);
    expect(coupon).to.include({ hook: HOOKS.deleteCoupon, status: 'pending' });
    expect(coupon?.args).to.deep.equal({ coupon_code: 'LOYALABC' });
  });

  it('unschedule takes any number', async () => {
    const { queue } = journal().daemon();
    await queue.enqueueAll(
      Array.from({ length: 1_001 }, (_, n) => newAction(HOOKS.deleteCoupon, { coupon_code: `C${n}` }, NOON)),
    );
    expect(await queue.unschedule(HOOKS.deleteCoupon)).to.equal(1_001);
  });
});

describe('doAction', () => {
  const journal = useJournal();

  it('runs the hook now and returns what the handler returns', async () => {
    const { queue } = journal().daemon({
      [HOOKS.processCampaigns]: { run: () => Promise.resolve({ name: 'done', result: 42 }) },
      [SEND]: {
        run: () =>
          Promise.resolve({ name: 'accepted', messageId: 'wamid.1', result: { success: true, message_id: 'wamid.1' } }),
      },
    });
    expect(await queue.doAction(HOOKS.processCampaigns)).to.equal(42);
    expect(await queue.doAction(SEND, ARGS)).to.deep.equal({ success: true, message_id: 'wamid.1' });
  });

  it('returns null for a job that returns nothing, and its zero for one that counts', async () => {
    const { queue } = journal().daemon({
      [HOOKS.checkBackInStock]: { run: () => Promise.resolve({ name: 'done', result: 0 }) },
    });
    expect(await queue.doAction(HOOKS.pruneActions)).to.equal(null);
    expect(await queue.doAction(HOOKS.checkBackInStock)).to.equal(0);
  });

  it('returns the documented failure of a send, and of one that waits why it waits', async () => {
    const error = 'Missing customer phone';
    const { queue } = journal().daemon({
      [SEND]: { run: () => Promise.resolve({ name: 'invalid', error, result: { success: false, error } }) },
      [HOOKS.checkBackInStock]: {
        run: () =>
          Promise.resolve({ name: 'outage', reason: 'shop_unreachable', error: 'No answer', until: NOON + MINUTE }),
      },
    });
    expect(await queue.doAction(SEND, {})).to.deep.equal({ success: false, error });
    const waiting = await queue.doAction(HOOKS.checkBackInStock);
    const id = (await allActions(journal().database))[1]?.id;
    expect(waiting).to.deep.equal({
      success: false,
      error: `No answer. Check shop.url and that the shop answers in a browser. It stays queued as action ${id} and waits until 2026-02-10T11:01:00.000Z`,
    });
    expect((await allActions(journal().database)).map((row) => [row.status, row.error])).to.deep.equal([
      ['failed', error],
      ['pending', 'No answer'],
    ]);
  });

  it('returns of what quiet hours put off until when it waits, and as which action it stays queued', async () => {
    const until = NOON + 9 * 60 * MINUTE;
    const { queue } = journal().daemon({
      [SEND]: { run: () => Promise.resolve({ name: 'deferred', reason: 'quiet_hours', until }) },
    });
    const result = await queue.doAction(SEND, ARGS);
    const [row] = await allActions(journal().database);
    expect(result).to.deep.equal({
      success: false,
      error: `Quiet hours. It stays queued as action ${row?.id} and waits until 2026-02-10T20:00:00.000Z`,
    });
    expect(row).to.include({ status: 'pending', reason: 'quiet_hours' });
  });

  it('returns a failure where the same is waiting, and leaves that alone', async () => {
    const { queue } = journal().daemon();
    await queue.scheduleSingle(NOON + MINUTE, SEND, ARGS);
    expect(await queue.doAction(SEND, ARGS)).to.have.property('success', false);
    expect((await allActions(journal().database)).map((row) => row.status)).to.deep.equal(['pending']);
  });

  it('is not run a second time by a daemon beside it', async () => {
    const runs: number[] = [];
    const { handler, begun, open } = gate();
    const { queue } = journal().daemon({ [SEND]: handler });
    const other = journal().daemon({
      [SEND]: {
        run: (action) => {
          runs.push(action.id);
          return Promise.resolve({ name: 'done' });
        },
      },
    });
    const result = queue.doAction(SEND, ARGS);
    await begun;
    await other.runner.runDue();
    open();
    await result;
    expect(runs).to.deep.equal([]);
  });
});
