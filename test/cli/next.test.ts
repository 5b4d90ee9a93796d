import { expect } from 'chai';
import { HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { dump } from '../jobs/explain-support.js';
import { ANA, EVA, queueSend } from '../jobs/support.js';
import { NOON, useWorld } from '../support/world.js';
import { runHere } from './in-process.js';

const DAILY = HOOKS.processCampaigns;

describe('reengaged next', () => {
  const world = useWorld();
  const run = (...args: string[]) => runHere(world(), world().settings(), 'next', ...args);

  async function ready() {
    const w = world();
    for (const phone of [ANA, EVA]) w.order(phone, 70);
    await w.app.sync();
    await w.app.tick();
    return w;
  }

  it('says when each hook is due, in the shop’s time, and writes nothing', async () => {
    const w = await ready();
    await w.app.runDue([HOOKS.checkBackInStock, HOOKS.syncShop]);
    await w.app.tick();
    for (const phone of [ANA, EVA]) await queueSend(w, phone);
    const before = await dump(w);
    const { code, out } = await run();
    expect(code).to.equal(0);
    expect(out).to.match(/^Times are the shop's \(Europe\/Madrid\)\.\n/);
    expect(out).to.contain(`${DAILY}\n  February 11, 2026, 09:00, in 21 hours\n`);
    expect(out).to.contain(`${HOOKS.checkBackInStock}\n  February 10, 2026, 13:00, in 60 minutes\n`);
    expect(out).to.contain(`${HOOKS.sendMessage}\n  2 pending, the earliest February 10, 2026, 12:00, due now\n`);
    expect(out).to.contain(`${HOOKS.deleteCoupon}\n  nothing waits\n`);
    expect(out).not.to.contain('overdue');
    expect(Math.max(...out.split('\n').map((line) => line.length))).to.be.at.most(80);
    expect(await dump(w)).to.deep.equal(before);
  });

  it('gives one hook, as JSON in UTC, as nextScheduledAction has it', async () => {
    const w = await ready();
    const { out } = await run(DAILY, '--json');
    expect(JSON.parse(out)).to.deep.equal([
      {
        hook: DAILY,
        recurring: true,
        next_at: '2026-02-11T08:00:00.000Z',
        zone: 'Europe/Madrid',
        planned: true,
        pending: 1,
        running: 0,
        overdue: false,
        reason: null,
        error: null,
      },
    ]);
    expect(await w.app.queue.nextScheduledAction(DAILY)).to.equal(Date.parse('2026-02-11T08:00:00Z'));
  });

  it('says what is overdue, and asks whether the daemon runs', async () => {
    const w = await ready();
    w.clock.set(Date.parse('2026-02-11T08:15:00Z'));
    expect((await run(DAILY)).out).not.to.contain('overdue');
    w.clock.set(Date.parse('2026-02-11T10:01:00Z'));
    const { out } = await run(DAILY);
    expect(out).to.contain('February 11, 2026, 09:00, overdue for 2 hours');
    expect(out).to.contain('Something is overdue: is the daemon running? Start it: reengaged start');
  });

  it('says why a run was put off', async () => {
    const w = await ready();
    w.clock.set(NOON + 24 * HOUR);
    w.shop.faults.next('503-retry-after', { times: Infinity });
    await w.app.runDue([DAILY]);
    const { out } = await run(DAILY);
    expect(out).to.contain('February 11, 2026, 12:10, in 10 minutes; put off: The shop is not asked until');
    expect(out).to.contain('503 "Briefly unavailable');
    expect(out).not.to.contain('overdue');
  });

  it('says that the daemon has not run yet, and when it would', async () => {
    const w = world();
    await w.app.sync();
    const { code, out } = await run();
    expect(code).to.equal(0);
    expect(out).to.contain(`${DAILY}\n  not planned; a daemon would run it February 11, 2026, 09:00\n`);
    expect(out).to.contain(`${HOOKS.checkBackInStock}\n  not planned; a daemon would run it at once\n`);
    expect(out.replaceAll(/\s+/g, ' ')).to.contain('the daemon has not run yet. Start it: reengaged start');
    w.clock.set(NOON + MINUTE);
    await w.app.tick();
    expect((await w.app.nextRuns(DAILY))[0]).to.include({ planned: true, nextAt: Date.parse('2026-02-11T08:00:00Z') });
  });

  it('does not call UTC the time of a shop that was never asked', async () => {
    const { out } = await run();
    expect(out).to.match(/^Times are UTC, the shop has not been asked yet\.\n/);
  });

  it('names the nearest hook of one that there is not', async () => {
    const { code, err } = await run('wch_proces_reengagement_campaigns');
    expect(code).to.equal(64);
    expect(err).to.contain(`did you mean ${DAILY}?`);
  });
});
