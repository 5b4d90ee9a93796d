import { expect } from 'chai';
import { sql } from 'drizzle-orm';
import { claimDue, insertAction } from '../../src/db/actions.js';
import { DAY, MINUTE, SECOND } from '../../src/lib/clock.js';
import { newAction } from '../../src/queue/action.js';
import type { Handler } from '../../src/queue/handler.js';
import { HOOKS, PRIORITIES } from '../../src/queue/hooks.js';
import type { Ending } from '../../src/reengagement/endings.js';
import { allActions, allLogRows, expireLeases, gate, NOON, signal, until, useJournal } from './support.js';

const SEND = HOOKS.sendMessage;
const send = (n: number) => newAction(SEND, { customer_phone: `+346${String(n).padStart(8, '0')}` }, NOON);
const sends = (count: number) => Array.from({ length: count }, (_, n) => send(n));

describe('the daemon', () => {
  const journal = useJournal();
  const statuses = async () => (await allActions(journal().database)).map((row) => row.status);

  it('takes up what is due when it starts', async () => {
    const { handler, begun, open } = gate();
    const { queue, runner } = journal().daemon({ [SEND]: handler });
    await queue.enqueueAll(sends(1));
    runner.start();
    await begun;
    open();
    await until(async () => (await statuses())[0] === 'complete');
  });

  it('takes up what is dispatched at once', async () => {
    const { handler, begun, open } = gate();
    const { queue, runner } = journal().daemon({ [SEND]: handler });
    runner.start();
    await queue.dispatch(SEND, { customer_phone: '+34600000001' });
    await begun;
    open();
  });

  it('takes up what is dispatched while another job runs', async () => {
    const [long, short] = [gate(), gate()];
    const { queue, runner } = journal().daemon({ [HOOKS.processCampaigns]: long.handler, [SEND]: short.handler });
    runner.start();
    await queue.dispatch(HOOKS.processCampaigns, []);
    await long.begun;
    await queue.dispatch(SEND, { customer_phone: '+34600000001' });
    await short.begun;
    long.open();
    short.open();
  });

  it('finds work from outside at the next poll', async () => {
    const { handler, begun, open } = gate();
    const { runner } = journal().daemon({ [SEND]: handler }, { pollSeconds: 5 });
    runner.start();
    await until(async () => (await runner.runDue(), true));
    await insertAction(journal().database, send(1), NOON);
    await journal().clock.advance(5 * SECOND);
    await begun;
    open();
  });

  it('goes on after the journal could not be read, and says so once', async () => {
    const { handler, begun, open } = gate();
    const { queue, runner, log } = journal().daemon({ [SEND]: handler }, { pollSeconds: 5 });
    await queue.enqueueAll(sends(1));
    const name = `${journal().database.prefix}reengagement_actions`;
    const rename = (from: string, to: string) =>
      journal().database.query((orm) => orm.execute(sql`RENAME TABLE ${sql.raw(from)} TO ${sql.raw(to)}`));
    await rename(name, `${name}_away`);
    runner.start();
    for (let poll = 0; poll < 3; poll++) {
      await until(() => Promise.resolve(log.length > 0).then(async (yes) => (await journal().database.ping(), yes)));
      await journal().clock.advance(5 * SECOND);
    }
    await rename(`${name}_away`, name);
    runner.wake();
    await begun;
    open();
    expect(log.filter(({ level }) => level === 'error')).to.have.length(1);
  });

  it('waits when it stops for what runs, and gives back what was not begun', async () => {
    const { handler, begun, open } = gate();
    const { queue, runner } = journal().daemon({ [SEND]: { ...handler, concurrency: () => 1 } });
    await queue.enqueueAll(sends(3));
    runner.start();
    await begun;
    const stopped = runner.stop();
    await until(async () => (await statuses()).filter((status) => status === 'pending').length === 2);
    open();
    await stopped;
    const rows = await allActions(journal().database);
    expect(rows.map(({ status, claimId, leaseUntil }) => [status, claimId, leaseUntil])).to.deep.equal([
      ['complete', null, null],
      ['pending', null, null],
      ['pending', null, null],
    ]);
  });

  it('takes up nothing once it stops', async () => {
    const { queue, runner } = journal().daemon();
    runner.start();
    await runner.stop();
    await queue.enqueueAll(sends(1));
    expect(await runner.runDue()).to.deep.equal({});
    expect(await statuses()).to.deep.equal(['pending']);
  });

  it('stops a run by hand too: what is not begun is given back', async () => {
    const { handler, begun, open } = gate();
    const { queue, runner } = journal().daemon({ [SEND]: { ...handler, concurrency: () => 1 } });
    await queue.enqueueAll(sends(3));
    const run = runner.runDue();
    await begun;
    const stopped = runner.stop();
    open();
    await stopped;
    expect(await run).to.deep.equal({ done: 1 });
    expect(await statuses()).to.deep.equal(['complete', 'pending', 'pending']);
  });

  it('waits when it stops for an action that somebody runs by hand', async () => {
    const { handler, begun, open } = gate();
    const { queue, runner } = journal().daemon({ [SEND]: handler });
    const result = queue.doAction(SEND, { customer_phone: '+34600000001' });
    await begun;
    const stopped = runner.stop();
    open();
    await stopped;
    expect(await statuses()).to.deep.equal(['complete']);
    await result;
  });

  it('stops within its bound though something runs for ever, and says so', async () => {
    const begun = signal();
    const forever: Partial<Handler> = {
      run: async () => {
        begun.resolve();
        return await new Promise<Ending>(() => undefined);
      },
    };
    const { queue, runner, log } = journal().daemon({ [SEND]: forever }, { drainSeconds: 30 });
    await queue.enqueueAll(sends(1));
    runner.start();
    await begun.promise;
    let over = false;
    const stopped = runner.stop().then(() => (over = true));
    await journal().clock.advance(29 * SECOND);
    expect(over).to.equal(false);
    await journal().clock.advance(SECOND);
    await stopped;
    expect(log.map(({ message }) => message)).to.include('Stopped while actions were still running');
    expect(await statuses()).to.deep.equal(['in-progress']);
  });

  it('renews its leases while the work runs, until it has stopped', async () => {
    const { handler, begun, open } = gate();
    const { queue, runner } = journal().daemon({ [SEND]: { ...handler, concurrency: () => 1 } }, { leaseSeconds: 60 });
    const { actions } = journal().database.tables;
    const shorten = () =>
      journal().database.query((orm) =>
        orm.execute(
          sql`UPDATE ${actions} SET lease_until = UTC_TIMESTAMP(3) + INTERVAL 1 SECOND WHERE claim_id IS NOT NULL`,
        ),
      );
    const renewed = (count: number) => async () => {
      const [rows] = await journal().database.query((orm) =>
        orm.execute(sql`SELECT id FROM ${actions} WHERE lease_until > UTC_TIMESTAMP(3) + INTERVAL 50 SECOND`),
      );
      return (rows as unknown as unknown[]).length === count;
    };
    await queue.enqueueAll(sends(2));
    runner.start();
    await begun;
    await shorten();
    await journal().clock.advance(20 * SECOND);
    await until(renewed(2));
    const stopped = runner.stop();
    await until(async () => (await statuses()).includes('pending'));
    await shorten();
    await journal().clock.advance(20 * SECOND);
    await until(renewed(1));
    open();
    await stopped;
  });
});

describe('a daemon that died', () => {
  const journal = useJournal();

  async function dieHolding(count: number) {
    await journal().daemon().queue.enqueueAll(sends(count));
    const claim = { claimId: 'dead', leaseSeconds: 60, now: NOON };
    const held = await claimDue(journal().database, SEND, PRIORITIES.normal, count, claim);
    expect(held).to.have.length(count);
    return held;
  }

  async function logRow(actionId: number, status: string): Promise<void> {
    const { reengagementLog } = journal().database.tables;
    await journal().database.query((orm) =>
      orm.insert(reengagementLog).values({
        customerPhone: '+34600000000',
        campaignType: 'we_miss_you',
        status,
        sentAt: new Date(NOON),
        actionId,
        claimId: 'dead',
      }),
    );
  }

  it('keeps its actions until their lease is over, whatever the clock of this host', async () => {
    await dieHolding(1);
    const { runner } = journal().daemon();
    await journal().clock.advance(DAY);
    expect(await runner.runDue()).to.deep.equal({});
  });

  it('has its actions run by the next one when their lease is over', async () => {
    const [untouched, reserved] = await dieHolding(2);
    await logRow(reserved!.id, 'reserved');
    await expireLeases(journal().database);
    const run: number[] = [];
    const { runner, log } = journal().daemon({
      [SEND]: {
        run: (action) => {
          run.push(action.id);
          return Promise.resolve({ name: 'accepted', messageId: `wamid.${action.id}` });
        },
      },
    });
    expect(await runner.runDue()).to.deep.equal({ accepted: 2 });
    expect(run).to.have.members([untouched!.id, reserved!.id]);
    expect(log[0]).to.include({ level: 'warn', message: 'Took over the actions of a daemon that died' });
  });

  for (const status of ['sending', 'unknown', 'sent', 'delivered']) {
    it(`never has a message sent again that the log has as ${status}`, async () => {
      const [action] = await dieHolding(1);
      await logRow(action!.id, status);
      await expireLeases(journal().database);
      const { runner } = journal().daemon({
        [SEND]: {
          run: () => Promise.reject(new Error('It was run.')),
          interrupted: () => ({ name: 'unknown', error: 'The daemon stopped while the message was being sent' }),
        },
      });
      expect(await runner.runDue()).to.deep.equal({ unknown: 1 });
      expect((await allActions(journal().database))[0]).to.include({ status: 'complete', reason: 'unknown' });
      expect((await allLogRows(journal().database))[0]?.status).to.equal(status === 'sending' ? 'unknown' : status);
    });
  }

  it('is taken over once by several', async () => {
    const actions = await dieHolding(20);
    for (const action of actions.slice(0, 10)) await logRow(action.id, 'sending');
    await expireLeases(journal().database);
    const run: number[] = [];
    const ends: Partial<Handler> = {
      run: (action) => {
        run.push(action.id);
        return Promise.resolve({ name: 'accepted', messageId: 'wamid' });
      },
      interrupted: () => ({ name: 'unknown' }),
    };
    const daemons = [1, 2, 3].map(() => journal().daemon({ [SEND]: ends }));
    const counts = await Promise.all(daemons.map(({ runner }) => runner.runDue()));
    expect(counts.reduce((sum, { unknown = 0 }) => sum + unknown, 0)).to.equal(10);
    expect(run.sort((a, b) => a - b)).to.deep.equal(actions.slice(10).map(({ id }) => id));
  });

  it('and comes back to life too late writes nothing over what the next one did', async () => {
    const { handler, begun, open } = gate();
    const slow = journal().daemon({ [SEND]: handler });
    await slow.queue.enqueueAll(sends(1));
    const run = slow.runner.runDue();
    await begun;
    await expireLeases(journal().database);
    const next = journal().daemon({ [SEND]: { run: () => Promise.resolve({ name: 'skipped', reason: 'opted_out' }) } });
    await next.runner.runDue();
    await journal().clock.advance(MINUTE);
    open();
    await run;
    expect((await allActions(journal().database))[0]).to.include({ status: 'complete', reason: 'opted_out' });
  });
});
