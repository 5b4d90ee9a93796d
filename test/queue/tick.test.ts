import { expect } from 'chai';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS, type Hook } from '../../src/queue/hooks.js';
import type { Schedule } from '../../src/queue/schedule.js';
import { planSlot } from '../../src/queue/tick.js';
import { allActions, expireLeases, gate, NOON, useJournal } from './support.js';

const DAILY: Schedule = { kind: 'daily', time: '09:00' };
const HOURLY: Schedule = { kind: 'hourly' };
const utc = (iso: string) => Date.parse(`${iso}Z`);

describe('recurring jobs', () => {
  const journal = useJournal();

  async function tick(hook: Hook = HOOKS.processCampaigns, schedule: Schedule = DAILY): Promise<void> {
    await planSlot(journal().database, hook, schedule, journal().zone, journal().clock.now());
  }
  const hourly = () => tick(HOOKS.checkBackInStock, HOURLY);

  /** Key and time of what waits, without the hook. */
  async function pending(): Promise<string[]> {
    const rows = (await allActions(journal().database)).filter((row) => row.status === 'pending');
    return rows.map(
      (row) => `${row.uniqueKey?.split(':').slice(2).join(':')} at ${row.scheduledAt.toISOString().slice(0, 16)}`,
    );
  }

  /** A daemon that runs the hook to its end and notes when. */
  function noting(hook: Hook) {
    const times: string[] = [];
    const { runner, queue } = journal().daemon({
      [hook]: {
        run: () => {
          times.push(new Date(journal().clock.now()).toISOString().slice(0, 16));
          return Promise.resolve({ name: 'done' as const });
        },
      },
    });
    return { times, runner, queue };
  }

  /** A daemon ticks and runs what is due once a minute (or so) until `until`. */
  async function live(runner: { runDue(): Promise<unknown> }, plan: () => Promise<void>, until: number, step = MINUTE) {
    while (journal().clock.now() < until) {
      await plan();
      await runner.runDue();
      await journal().clock.advance(step);
    }
  }

  it('the daily job runs first tomorrow at nine in the shop', async () => {
    await tick();
    expect(await pending()).to.deep.equal(['2026-02-11 at 2026-02-11T08:00']);
  });

  it('the hourly job runs first at once', async () => {
    await journal().clock.advance(17 * MINUTE);
    const { times, runner } = noting(HOOKS.checkBackInStock);
    await hourly();
    await runner.runDue();
    expect(times).to.deep.equal(['2026-02-10T11:17']);
  });

  it('the first run is not put off by the ticks of the days and hours before it', async () => {
    const { times, runner } = noting(HOOKS.processCampaigns);
    await live(runner, tick, NOON + 70 * HOUR, HOUR);
    expect(times).to.deep.equal(['2026-02-11T08:00', '2026-02-12T08:00', '2026-02-13T08:00']);
  });

  it('the hourly job runs once an hour, also through the hour that comes twice', async () => {
    journal().clock.set(utc('2026-10-24T23:40'));
    const { times, runner } = noting(HOOKS.checkBackInStock);
    await live(runner, hourly, utc('2026-10-25T03:10'), 10 * MINUTE);
    expect(times).to.deep.equal([
      '2026-10-24T23:40',
      '2026-10-25T00:00',
      '2026-10-25T01:00',
      '2026-10-25T02:00',
      '2026-10-25T03:00',
    ]);
  });

  it('two daemons that tick at once plan one run', async () => {
    await Promise.all(Array.from({ length: 8 }, () => tick()));
    expect(await pending()).to.have.length(1);
  });

  it('two daemons run each slot once', async () => {
    const [one, two] = [noting(HOOKS.checkBackInStock), noting(HOOKS.checkBackInStock)];
    for (let hour = 0; hour < 5; hour++) {
      await Promise.all([hourly(), hourly()]);
      await Promise.all([one.runner.runDue(), two.runner.runDue()]);
      await journal().clock.advance(30 * MINUTE);
    }
    expect([...one.times, ...two.times].sort()).to.deep.equal([
      '2026-02-10T11:00',
      '2026-02-10T12:00',
      '2026-02-10T13:00',
    ]);
  });

  it('days without a daemon are made up for by one run', async () => {
    const { times, runner } = noting(HOOKS.processCampaigns);
    await tick();
    await journal().clock.advance(DAY);
    await runner.runDue();
    await journal().clock.advance(5 * DAY);
    await live(runner, tick, NOON + 6 * DAY + 2 * HOUR, 10 * MINUTE);
    expect(times).to.deep.equal(['2026-02-11T11:00', '2026-02-16T11:00']);
    expect(await pending()).to.deep.equal(['2026-02-17 at 2026-02-17T08:00']);
  });

  it('a planned slot that was missed becomes the newest one, and runs once', async () => {
    const { times, runner } = noting(HOOKS.checkBackInStock);
    await hourly();
    await journal().clock.advance(3 * DAY + 5 * MINUTE);
    await hourly();
    expect(await pending()).to.deep.equal(['2026-02-13T12+01:00 at 2026-02-13T11:00']);
    await live(runner, hourly, NOON + 3 * DAY + 70 * MINUTE);
    expect(times).to.deep.equal(['2026-02-13T11:05', '2026-02-13T12:00']);
  });

  it('a clock that jumps ahead gives one run', async () => {
    const { times, runner } = noting(HOOKS.checkBackInStock);
    await live(runner, hourly, NOON + 10 * MINUTE);
    journal().clock.set(NOON + 9 * HOUR + 5 * MINUTE);
    await live(runner, hourly, NOON + 9 * HOUR + 30 * MINUTE);
    expect(times).to.deep.equal(['2026-02-10T11:00', '2026-02-10T20:05']);
  });

  it('a clock that is put back repeats no slot', async () => {
    const { times, runner } = noting(HOOKS.checkBackInStock);
    await live(runner, hourly, NOON + 3 * HOUR + 10 * MINUTE, 10 * MINUTE);
    journal().clock.set(NOON + HOUR + 10 * MINUTE);
    await live(runner, hourly, NOON + 5 * HOUR + 10 * MINUTE, 10 * MINUTE);
    expect(times).to.deep.equal([
      '2026-02-10T11:00',
      '2026-02-10T12:00',
      '2026-02-10T13:00',
      '2026-02-10T14:00',
      '2026-02-10T15:00',
      '2026-02-10T16:00',
    ]);
  });

  it('a clock that was years ahead for a moment does not silence a job for years', async () => {
    const { times, runner } = noting(HOOKS.checkBackInStock);
    await live(runner, hourly, NOON + 10 * MINUTE);
    journal().clock.set(utc('2031-05-01T10:30'));
    await live(runner, hourly, utc('2031-05-01T10:33'));
    journal().clock.set(NOON + 11 * MINUTE);
    await live(runner, hourly, NOON + 2 * HOUR + 10 * MINUTE, 10 * MINUTE);
    expect(times).to.deep.equal(['2026-02-10T11:00', '2031-05-01T10:30', '2026-02-10T12:01', '2026-02-10T13:01']);
  });

  it('a clock that was years behind for a moment does not give a slot a second run', async () => {
    const { times, runner } = noting(HOOKS.checkBackInStock);
    await live(runner, hourly, NOON + 10 * MINUTE);
    journal().clock.set(utc('2001-05-01T10:30'));
    await hourly();
    journal().clock.set(NOON + 11 * MINUTE);
    await live(runner, hourly, NOON + HOUR + 10 * MINUTE);
    expect(times).to.deep.equal(['2026-02-10T11:00', '2026-02-10T12:00']);
  });

  it("the planned run moves with the shop's zone", async () => {
    await tick();
    journal().zone = 'America/New_York';
    await tick();
    expect(await pending()).to.deep.equal(['2026-02-11 at 2026-02-11T14:00']);
    journal().zone = '+05:30';
    await tick();
    expect(await pending()).to.deep.equal(['2026-02-11 at 2026-02-11T03:30']);
  });

  it('a changed zone does not run the job a second time on the same day of the shop', async () => {
    const { times, runner } = noting(HOOKS.processCampaigns);
    await live(runner, tick, NOON + DAY, HOUR);
    journal().zone = 'America/New_York';
    await live(runner, tick, NOON + 2 * DAY, HOUR);
    expect(times).to.deep.equal(['2026-02-11T08:00']);
    expect(await pending()).to.deep.equal(['2026-02-12 at 2026-02-12T14:00']);
  });

  it('the planned run moves with the configured time', async () => {
    await tick();
    await tick(HOOKS.processCampaigns, { kind: 'daily', time: '18:30' });
    expect(await pending()).to.deep.equal(['2026-02-11 at 2026-02-11T17:30']);
  });

  it('a job that still runs when its next slot comes is not started twice', async () => {
    const { handler, begun, open } = gate();
    const { runner } = journal().daemon({ [HOOKS.checkBackInStock]: handler });
    await hourly();
    const run = runner.runDue();
    await begun;
    for (let hour = 0; hour < 3; hour++) {
      await journal().clock.advance(HOUR);
      await hourly();
    }
    expect(await allActions(journal().database)).to.have.length(1);
    open();
    await run;
    await hourly();
    expect(await pending()).to.deep.equal(['2026-02-10T15+01:00 at 2026-02-10T14:00']);
  });

  it('a run that waits for the end of an outage keeps the next slot out', async () => {
    const { runner } = journal().daemon({
      [HOOKS.checkBackInStock]: {
        run: () => Promise.resolve({ name: 'outage', until: journal().clock.now() + 50 * MINUTE }),
      },
    });
    await live(runner, hourly, NOON + 4 * HOUR, 30 * MINUTE);
    expect(await allActions(journal().database)).to.have.length(1);
  });

  it('a run that failed for good does not keep the next slot out', async () => {
    const { runner } = journal().daemon({
      [HOOKS.checkBackInStock]: { run: () => Promise.resolve({ name: 'broken', error: 'no' }) },
    });
    await live(runner, hourly, NOON + 2 * HOUR + MINUTE, 30 * MINUTE);
    const rows = await allActions(journal().database);
    expect(rows.map((row) => row.status)).to.deep.equal(['failed', 'failed', 'failed']);
  });

  it('a canceled slot is skipped, and the next one comes', async () => {
    const { times, runner, queue } = noting(HOOKS.processCampaigns);
    await tick();
    expect(await queue.unschedule(HOOKS.processCampaigns)).to.equal(1);
    await tick();
    expect(await pending()).to.deep.equal(['2026-02-12 at 2026-02-12T08:00']);
    await live(runner, tick, NOON + 2 * DAY, HOUR);
    expect(times).to.deep.equal(['2026-02-12T08:00']);
  });

  it('a run by hand neither waits for the planned one nor puts it off', async () => {
    const { times, runner, queue } = noting(HOOKS.processCampaigns);
    await tick();
    await queue.enqueueAsync(HOOKS.processCampaigns, []);
    await runner.runDue();
    await tick();
    expect(times).to.deep.equal(['2026-02-10T11:00']);
    expect(await pending()).to.deep.equal(['2026-02-11 at 2026-02-11T08:00']);
  });

  it('a slot whose daemon died is run by the next one, and stays one slot', async () => {
    const { handler, begun, open } = gate();
    const dead = journal().daemon({ [HOOKS.checkBackInStock]: handler });
    await hourly();
    const lost = dead.runner.runDue();
    await begun;
    await expireLeases(journal().database);
    const { times, runner } = noting(HOOKS.checkBackInStock);
    await live(runner, hourly, NOON + HOUR + 2 * MINUTE, 10 * MINUTE);
    open();
    await lost;
    expect(times).to.deep.equal(['2026-02-10T11:00', '2026-02-10T12:00']);
    expect(await allActions(journal().database)).to.have.length(2);
  });
});
