import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { insertAction } from '../../src/db/actions.js';
import { HOUR, MINUTE, SECOND } from '../../src/lib/clock.js';
import { AppError } from '../../src/lib/errors.js';
import { newAction } from '../../src/queue/action.js';
import { handlersByHook, type Handler } from '../../src/queue/handler.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { unwrapPayload } from '../../src/queue/payload.js';
import { allActions, gate, handlersWith, NOON, useJournal } from './support.js';

const SEND = HOOKS.sendMessage;
const phone = (n: number) => `+346${String(n).padStart(8, '0')}`;
const send = (n: number, at = NOON, priority = 'normal') =>
  newAction(SEND, { _wch_version: 2, args: { customer_phone: phone(n) }, _wch_meta: { priority } }, at);
const sends = (count: number) => Array.from({ length: count }, (_, n) => send(n));
const fails = (error: Error): Partial<Handler> => ({ run: () => Promise.reject(error) });
const shopOut = (options = {}) => new AppError('SHOP_UNREACHABLE', 'The shop does not answer', options);

describe('handlers', () => {
  it('are refused where a hook has none', () => {
    const handlers = handlersWith({}).filter(({ hook }) => hook !== SEND);
    expect(() => handlersByHook(handlers))
      .to.throw(AppError)
      .with.property('code', 'HOOK_WITHOUT_HANDLER');
    expect(() => handlersByHook(handlers)).to.throw(SEND);
  });

  it('are refused where a hook has two', () => {
    const handlers = handlersWith({});
    expect(() => handlersByHook([...handlers, handlers[0]!]))
      .to.throw(AppError)
      .with.property('code', 'HOOK_WITHOUT_HANDLER');
  });

  it('are taken where each hook has one', () => {
    expect([...handlersByHook(handlersWith({})).keys()]).to.have.members(Object.values(HOOKS));
  });
});

describe('the runner, run by run', () => {
  const journal = useJournal();

  /** A handler that runs one after the other and notes the phones. */
  function noting(concurrency = 1) {
    const phones: unknown[] = [];
    const handler: Partial<Handler> = {
      concurrency: () => concurrency,
      run: (action) => {
        phones.push(unwrapPayload(action.args)['customer_phone']);
        return Promise.resolve({ name: 'done' });
      },
    };
    return { phones, handler };
  }

  it('runs by priority, then by time', async () => {
    const { phones, handler } = noting();
    const { queue, runner } = journal().daemon({ [SEND]: handler });
    await queue.enqueueAll([
      send(1, NOON - SECOND, 'low'),
      send(2, NOON - SECOND),
      send(3, NOON - MINUTE),
      send(4, NOON, 'high'),
      send(5, NOON - HOUR, 'high'),
      send(6, NOON + SECOND, 'high'),
    ]);
    expect(await runner.runDue()).to.deep.equal({ done: 5 });
    expect(phones).to.deep.equal([5, 4, 3, 2, 1].map(phone));
  });

  it('runs only the hooks it is asked for', async () => {
    const { queue, runner } = journal().daemon();
    await queue.enqueueAll(sends(2));
    await queue.dispatch(HOOKS.pruneActions, []);
    expect(await runner.runDue([SEND])).to.deep.equal({ done: 2 });
    expect(await runner.runDue()).to.deep.equal({ done: 1 });
  });

  it('runs more than it claims at a time, each once, and what they bring about too', async () => {
    const { phones, handler } = noting(3);
    const { queue, runner } = journal().daemon({ [SEND]: handler }, { claimSize: 4 });
    await queue.enqueueAll(sends(30));
    await queue.dispatch(HOOKS.pruneActions, []);
    expect(await runner.runDue()).to.deep.equal({ done: 31 });
    expect(phones.sort()).to.deep.equal(sends(30).map((_, n) => phone(n)));
  });

  it('runs the follow-ups of an ending', async () => {
    const followUps = [{ hook: HOOKS.deleteCoupon, args: { coupon_code: 'LOYAL1' } }];
    const { queue, runner } = journal().daemon({
      [SEND]: { run: () => Promise.resolve({ name: 'refused', error: 'no', followUps }) },
    });
    await queue.enqueueAll(sends(1));
    expect(await runner.runDue()).to.deep.equal({ refused: 1, done: 1 });
  });

  it('keeps to the concurrency of a handler, and takes a changed one up', async () => {
    let allowed = 2;
    let now = 0;
    const most: number[] = [];
    const { queue, runner } = journal().daemon({
      [SEND]: {
        concurrency: () => allowed,
        run: async () => {
          now += 1;
          most.push(now);
          await new Promise((resolve) => setImmediate(resolve));
          now -= 1;
          return { name: 'done' };
        },
      },
    });
    await queue.enqueueAll(sends(10));
    await runner.runDue();
    expect(Math.max(...most)).to.equal(2);
    allowed = 5;
    await queue.enqueueAll(sends(10));
    await runner.runDue();
    expect(Math.max(...most)).to.equal(5);
  });

  it('tries a failed action again after 30, 90 and 270 seconds, and then no more', async () => {
    const times: number[] = [];
    const { queue, runner, log } = journal().daemon({
      [SEND]: {
        run: () => {
          times.push((journal().clock.now() - NOON) / SECOND);
          return Promise.reject(new Error('Something broke'));
        },
      },
    });
    await queue.enqueueAll(sends(1));
    for (let n = 0; n < 100; n++) {
      await runner.runDue();
      await journal().clock.advance(10 * SECOND);
    }
    expect(times).to.deep.equal([0, 30, 120, 390]);
    const [row] = await allActions(journal().database);
    expect(row).to.include({ status: 'failed', attempts: 4, error: 'Something broke', unfinishedKey: null });
    expect(row?.result).to.deep.equal({ success: false, error: 'Something broke' });
    expect(log.filter(({ message }) => message !== 'Message outcome').map(({ level }) => level)).to.deep.equal([
      'warn',
      'warn',
      'warn',
      'error',
    ]);
  });

  it('ends an exhausted action as its handler says', async () => {
    const { queue, runner } = journal().daemon(
      {
        [SEND]: {
          ...fails(new Error('no')),
          exhausted: (_, error) => ({ name: 'refused', error: `At last: ${error}` }),
        },
      },
      { retryDelaysSeconds: [] },
    );
    await queue.enqueueAll(sends(1));
    expect(await runner.runDue()).to.deep.equal({ refused: 1 });
    expect((await allActions(journal().database))[0]).to.include({ status: 'failed', error: 'At last: no' });
  });

  it('lets an action wait through an outage, however long, and counts no attempt', async () => {
    let out = true;
    const { queue, runner } = journal().daemon({
      [SEND]: { run: () => (out ? Promise.reject(shopOut()) : Promise.resolve({ name: 'done' })) },
    });
    await queue.enqueueAll(sends(1));
    for (let n = 0; n < 20; n++) {
      expect(await runner.runDue()).to.deep.equal({ outage: 1 });
      await journal().clock.advance(59 * SECOND);
      expect(await runner.runDue()).to.deep.equal({});
      await journal().clock.advance(SECOND);
    }
    expect((await allActions(journal().database))[0]).to.include({
      status: 'pending',
      attempts: 0,
      reason: 'shop_unreachable',
      error: 'The shop does not answer',
    });
    out = false;
    expect(await runner.runDue()).to.deep.equal({ done: 1 });
  });

  it('waits as long as the other side asked', async () => {
    const { queue, runner } = journal().daemon({ [SEND]: fails(shopOut({ retryAfterMs: 7 * SECOND })) });
    await queue.enqueueAll(sends(1));
    await runner.runDue();
    expect(await queue.nextScheduledAction(SEND)).to.equal(NOON + 7 * SECOND);
  });

  it('tells an outage once, not for every action, and tells the next one again', async () => {
    let error: AppError | null = shopOut();
    const { queue, runner, log } = journal().daemon({
      [SEND]: { run: () => (error === null ? Promise.resolve({ name: 'done' }) : Promise.reject(error)) },
    });
    const warnings = () => log.filter(({ level }) => level === 'warn').length;
    await queue.enqueueAll(sends(20));
    await runner.runDue();
    await journal().clock.advance(MINUTE);
    await runner.runDue();
    expect(warnings()).to.equal(1);
    error = new AppError('WHATSAPP_BUSY', 'Slow down');
    await journal().clock.advance(MINUTE);
    await runner.runDue();
    expect(warnings()).to.equal(2);
    error = null;
    await journal().clock.advance(MINUTE);
    await runner.runDue();
    error = shopOut();
    await queue.enqueueAll(sends(5));
    await runner.runDue();
    expect(warnings()).to.equal(3);
  });

  it('runs one action by hand, whatever its time, and none that is no longer pending', async () => {
    const { queue, runner } = journal().daemon();
    const id = await queue.scheduleSingle(NOON + HOUR, HOOKS.pruneActions, []);
    expect(await runner.runOne(id!)).to.deep.equal({ name: 'done' });
    expect(await runner.runOne(id!)).to.equal(null);
    expect(await runner.runOne(id! + 1)).to.equal(null);
  });

  it('shares the work with another daemon, each action once', async () => {
    const [one, two] = [noting(4), noting(4)];
    const first = journal().daemon({ [SEND]: one.handler }, { claimSize: 20 });
    const second = journal().daemon({ [SEND]: two.handler }, { claimSize: 20 });
    await first.queue.enqueueAll(sends(300));
    await Promise.all([first.runner.runDue(), second.runner.runDue()]);
    expect(one.phones.length).to.be.above(0);
    expect(two.phones.length).to.be.above(0);
    expect([...one.phones, ...two.phones].sort()).to.deep.equal(sends(300).map((_, n) => phone(n)));
  });
});

describe('a job that may run once at a time', () => {
  const journal = useJournal();
  const PRUNE = HOOKS.pruneActions;

  it('waits while another daemon runs it, without an attempt', async () => {
    const { handler, begun, open } = gate();
    const busy = journal().daemon({ [PRUNE]: { ...handler, exclusive: true } });
    const idle = journal().daemon({ [PRUNE]: { exclusive: true } });
    await busy.queue.dispatch(PRUNE, []);
    const run = busy.runner.runDue();
    await begun;
    await insertAction(journal().database, { ...newAction(PRUNE, [], NOON), unfinishedKey: null }, NOON);
    expect(await idle.runner.runDue()).to.deep.equal({ deferred: 1 });
    const [, second] = await allActions(journal().database);
    expect(second).to.include({ status: 'pending', attempts: 0, reason: 'already_running' });
    open();
    await run;
    await journal().clock.advance(MINUTE);
    expect(await idle.runner.runDue()).to.deep.equal({ done: 1 });
  });

  it('does not wait for itself where one daemon has two runs of it', async () => {
    const { runner, queue } = journal().daemon({ [PRUNE]: { exclusive: true } });
    await queue.dispatch(PRUNE, []);
    await insertAction(journal().database, { ...newAction(PRUNE, [], NOON), unfinishedKey: null }, NOON);
    expect(await runner.runDue()).to.deep.equal({ done: 2 });
  });

  it('is not run twice at once by two daemons that claim two runs of it at the same time', async () => {
    let now = 0;
    let most = 0;
    const handler: Partial<Handler> = {
      exclusive: true,
      run: async () => {
        most = Math.max(most, ++now);
        await journal().database.ping();
        now -= 1;
        return { name: 'done' };
      },
    };
    const daemons = [journal().daemon({ [PRUNE]: handler }), journal().daemon({ [PRUNE]: handler })];
    for (let n = 0; n < 6; n++)
      await insertAction(journal().database, { ...newAction(PRUNE, [], NOON), unfinishedKey: null }, NOON);
    const due = () => daemons[0]!.queue.nextScheduledAction(PRUNE);
    for (let at = await due(), round = 0; at !== null && round < 30; at = await due(), round++) {
      await journal().clock.advanceTo(at);
      await Promise.all(daemons.map(({ runner }) => runner.runDue()));
    }
    expect(most).to.equal(1);
    expect((await allActions(journal().database)).map((row) => row.status)).to.deep.equal(Array(6).fill('complete'));
  });
});

describe('the bookkeeping after an action', () => {
  const journal = useJournal();

  it('is tried until the database takes it', async () => {
    const { actions } = journal().database.tables;
    const name = `${journal().database.prefix}reengagement_actions`;
    const rename = (from: string, to: string) =>
      journal().database.query((orm) => orm.execute(sql`RENAME TABLE ${sql.raw(from)} TO ${sql.raw(to)}`));
    const { queue, runner, log } = journal().daemon({
      [SEND]: {
        run: async () => {
          await rename(name, `${name}_away`);
          return { name: 'accepted', messageId: 'wamid.1' };
        },
      },
    });
    await queue.enqueueAll(sends(1));
    const [row] = await journal().database.query((orm) => orm.select({ id: actions.id }).from(actions));
    const ended = runner.runOne(row!.id);
    while (!log.some(({ level }) => level === 'error')) await journal().database.ping();
    await rename(`${name}_away`, name);
    await journal().clock.advance(SECOND);
    expect(await ended).to.include({ name: 'accepted' });
    expect((await allActions(journal().database))[0]).to.include({ status: 'complete', reason: 'accepted' });
  });

  it('of one action that cannot be written does not hold its neighbours up', async () => {
    const tooLong = 'x'.repeat(100);
    const { queue, runner } = journal().daemon({
      [SEND]: {
        concurrency: () => 10,
        run: (action) =>
          Promise.resolve({
            name: 'skipped',
            reason: unwrapPayload(action.args)['customer_phone'] === phone(3) ? tooLong : 'disabled',
          }),
      },
    });
    await queue.enqueueAll(sends(8));
    const run = runner.runDue();
    const statuses = async () => (await allActions(journal().database)).map((row) => row.status);
    while ((await statuses()).filter((status) => status === 'complete').length < 7) await journal().database.ping();
    expect((await statuses())[3]).to.equal('in-progress');
    const stopped = runner.stop();
    await journal().clock.advance(MINUTE);
    await stopped;
    await run;
  });
});
