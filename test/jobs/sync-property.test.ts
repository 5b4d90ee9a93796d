import { expect } from 'chai';
import fc from 'fast-check';
import { like } from 'drizzle-orm';
import type { App } from '../../src/app.js';
import { readWatermark } from '../../src/db/watermarks.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { expectMirrored } from './mirror-oracle.js';
import { ordersRequests, phoneOf } from './support.js';

const CHANGES = ['place', 'complete', 'cancel', 'refund', 'refund wholly', 'trash', 'restore', 'delete'] as const;

interface Change {
  readonly what: (typeof CHANGES)[number];
  /** Which order, or whose. */
  readonly which: number;
  /** How many orders are placed at once. */
  readonly many: number;
}

/** What the shop does before a request is answered. */
interface Step {
  readonly seconds: number;
  readonly changes: readonly Change[];
}

const change: fc.Arbitrary<Change> = fc.record({
  what: fc.constantFrom(...CHANGES),
  which: fc.nat(10_000),
  many: fc.constantFrom(1, 1, 1, 1, 1, 1, 2, 120),
});
const step: fc.Arbitrary<Step> = fc.record({
  seconds: fc.constantFrom(0, 0, 1, 1, 40),
  changes: fc.array(change, { maxLength: 4 }),
});

describe('the mirror, while the shop goes on selling', () => {
  // Without the overlap, which would mend what a walk has missed.
  const world = useWorld({ shop: { sync_overlap_seconds: 0 } });

  function place(w: World, who: number, at = w.clock.now()): void {
    w.shop.placeOrder({
      billing: { phone: phoneOf(who % 40), country: 'ES', email: `c${who % 40}@shop.example` },
      items: [{ productId: [...w.shop.products.keys()][0] ?? 0, quantity: 1 + (who % 3) }],
      status: (['completed', 'processing', 'pending'] as const)[who % 3] ?? 'completed',
      currency: who % 7 === 0 ? 'EUR' : 'USD',
      createdAt: at,
    });
  }

  function apply(w: World, { what, which, many }: Change): void {
    if (what === 'place') {
      for (let index = 0; index < many; index++) place(w, which + index);
      return;
    }
    const orders = [...w.shop.orders.values()];
    const order = orders[which % orders.length];
    if (order === undefined) return;
    const { id, total, status } = order;
    if (status === 'trash') {
      if (what === 'restore') w.shop.setOrderStatus(id, 'completed');
      if (what === 'delete') w.shop.deleteOrder(id);
    } else if (what === 'complete') w.shop.setOrderStatus(id, 'completed');
    else if (what === 'cancel') w.shop.setOrderStatus(id, 'cancelled');
    else if (what === 'refund') w.shop.refundOrder(id, '1.25');
    else if (what === 'refund wholly') w.shop.refundOrder(id, total);
    else if (what === 'trash') w.shop.trashOrder(id);
    else if (what === 'delete') w.shop.deleteOrder(id);
  }

  /** Syncs while the shop changes before each request for orders; the daemon dies at these requests and another goes on. */
  async function syncThrough(w: World, steps: readonly Step[], deaths: readonly number[]): Promise<void> {
    let app: App = w.anotherApp();
    let requests = 0;
    const daemon: { death: Promise<void> | null } = { death: null };
    w.shop.beforeRequest(({ path }) => {
      if (!path.endsWith('/orders')) return;
      const next = steps[requests];
      w.clock.set(w.clock.now() + (next?.seconds ?? 0) * SECOND);
      for (const each of next?.changes ?? []) apply(w, each);
      requests += 1;
      if (deaths.includes(requests)) daemon.death ??= app.stop();
    });
    for (let done = false; !done;) {
      try {
        await app.sync();
        done = daemon.death === null;
      } catch (error) {
        if (daemon.death === null) throw error;
      }
      await daemon.death;
      daemon.death = null;
      if (!done) app = w.anotherApp();
    }
    w.shop.beforeRequest(() => undefined);
    // The second of the last change is over.
    w.clock.set(w.clock.now() + SECOND);
    await app.sync();
    do await app.queue.doAction(HOOKS.reconcileOrders);
    while ((await readWatermark(w.database, 'orders:reconcile')) !== null);
    await app.stop();
  }

  async function empty(w: World): Promise<void> {
    const { orders, orderItems, customers, watermarks } = w.database.tables;
    for (const id of w.shop.orders.keys()) w.shop.deleteOrder(id);
    for (const table of [orders, orderItems, customers]) await w.database.query((orm) => orm.delete(table));
    await w.database.query((orm) => orm.delete(watermarks).where(like(watermarks.name, 'orders:%')));
  }

  it('is what the shop has, each order once, whatever changes between requests and whenever the daemon dies', async function () {
    this.timeout(120_000);
    const w = world();
    const deaths = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 });
    // Orders of one second each, some of them more than a page holds.
    const seconds = fc.array(fc.constantFrom(1, 3, 40, 110), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(seconds, fc.array(step, { maxLength: 12 }), deaths, async (bursts, steps, dying) => {
        await empty(w);
        bursts.forEach((many, second) => {
          for (let index = 0; index < many; index++)
            place(w, second * 7 + index, w.clock.now() - DAY + second * SECOND);
        });
        await syncThrough(w, steps, dying);
        await expectMirrored(w.database, w.shop);
      }),
      { numRuns: 6, endOnFailure: true },
    );
  });

  it('is what the shop has after a first walk in two halves, a thousand orders of one second in their middle', async function () {
    this.timeout(60_000);
    const w = world();
    for (let index = 0; index < 2_100; index++) {
      const inCrowd = index >= 600 && index < 1_600;
      place(w, index, NOON - 30 * DAY + (inCrowd ? 600 : index) * MINUTE);
    }
    // One of each page of the crowd leaves it while it is read, and so does what lies around it.
    const steps = Array.from({ length: 24 }, (_, index) => ({
      seconds: 1,
      changes: (['cancel', 'refund', 'trash', 'delete'] as const).map((what, turn) => ({
        what,
        which: index * 97 + turn * 531,
        many: 1,
      })),
    }));
    w.clock.set(NOON + HOUR);
    await syncThrough(w, steps, [9]);
    await expectMirrored(w.database, w.shop);
    const requests = ordersRequests(w).filter(
      ({ query }) => query['status'] === 'any' && query['include'] === undefined,
    );
    expect(
      requests.some(({ query }) => Number(query['page']) > 10),
      'its middle was asked for',
    ).to.equal(true);
  });
});
