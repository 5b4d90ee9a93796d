import { expect } from 'chai';
import type { SyncProgress } from '../../src/jobs/sync-shop.js';
import { SECOND } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { useWorld } from '../support/world.js';
import { logged, ordersRequests, phoneOf } from './support.js';

describe('the progress of a sync', () => {
  const world = useWorld();

  it('tells how far it is, how fast it goes and how long it will take', async () => {
    const w = world();
    for (let number = 1; number <= 130; number++) w.order(phoneOf(number), 200 - number);
    w.shop.beforeRequest(() => {
      w.clock.set(w.clock.now() + 5 * SECOND);
    });
    const told: SyncProgress[] = [];
    await w.app.sync((progress) => told.push(progress));
    expect(told.map(({ read, total }) => [read, total])).to.deep.equal([
      [100, 130],
      [130, 130],
    ]);
    const [first, last] = told;
    expect(first?.perSecond).to.be.greaterThan(0);
    expect((first?.leftMs ?? 0) * (first?.perSecond ?? 0)).to.be.closeTo(30 * SECOND, 1);
    expect(last?.leftMs).to.equal(0);
  });

  it('never has less than nothing left, however many orders come while it reads', async () => {
    const w = world();
    for (let number = 1; number <= 101; number++) w.order(phoneOf(number), 200 - number);
    w.shop.beforeRequest(() => {
      w.clock.set(w.clock.now() + 5 * SECOND);
      if (ordersRequests(w).length === 2) for (let number = 200; number < 250; number++) w.order(phoneOf(number), 0);
    });
    const told: SyncProgress[] = [];
    await w.app.sync((progress) => told.push(progress));
    expect(told.map(({ read, total, leftMs }) => [read, total, Math.sign(leftMs ?? -1)])).to.deep.equal([
      [100, 101, 1],
      [151, 151, 0],
    ]);
  });

  it('logs how far it is once a minute, whoever begun it', async () => {
    const w = world();
    for (let number = 1; number <= 700; number++) w.order(phoneOf(number), 1_000 - number);
    w.shop.beforeRequest(({ path }) => {
      if (path.endsWith('/orders')) w.clock.set(w.clock.now() + 25 * SECOND);
    });
    await w.app.queue.doAction(HOOKS.syncShop);
    const lines = logged(w, 'Reading the orders').map(({ level, read, total, per_second, seconds_left }) => ({
      level,
      read,
      total,
      per_second,
      seconds_left,
    }));
    // A page every 25 seconds: after 75 and after 150.
    expect(lines).to.deep.equal([
      { level: 'info', read: 298, total: 700, per_second: 4, seconds_left: 101 },
      { level: 'info', read: 595, total: 700, per_second: 4, seconds_left: 26 },
    ]);
  });
});
