import { expect } from 'chai';
import { HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { ANA, EVA, grant, logged, phoneOf, queueSend, sees, sendDue, sends, whileTimePasses } from './support.js';

const OUT = 'The shop does not answer: nothing is asked until a probe is answered';
const BACK = 'The shop answers again';

describe('a shop that is out', function () {
  this.timeout(60_000);
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  const breakShop = (w: World) => {
    w.shop.faults.next('html-500', { times: Infinity });
    w.shop.clearRequests();
  };

  /** Price drops: each looks at its product once more before it is sent. */
  async function queuePriceDrops(w: World, people: number): Promise<void> {
    const product = w.shop.addProduct({ name: 'Blue cup', price: '12.50', createdAt: NOON - 300 * 24 * HOUR });
    const phones = Array.from({ length: people }, (_, index) => phoneOf(index));
    await grant(w, ...phones);
    await Promise.all(
      phones.map(async (phone) => {
        await sees(w, phone, product, { price: '20.00', inStock: true });
        await queueSend(w, phone, 'price_drop');
      }),
    );
  }

  it('is asked a handful of times in an hour for 150 messages that need it; none is lost, no attempt is counted', async () => {
    const w = world();
    await w.app.tick();
    await queuePriceDrops(w, 150);
    breakShop(w);
    const rounds: number[] = [];
    while (w.clock.now() < NOON + HOUR) {
      const before = w.shop.requests.length;
      // The first requests wait, by this clock, between their tries.
      await (logged(w, OUT).length > 0 ? sendDue(w) : whileTimePasses(w.clock, sendDue(w)));
      const asked = w.shop.requests.length - before;
      if (asked > 0) rounds.push(asked);
      w.clock.set(Math.min(...(await sends(w)).map(({ scheduledAt }) => scheduledAt)));
    }
    expect(rounds.length).to.be.within(8, 12);
    expect(w.shop.requests.length, 'three requests with three tries, and one at a time from then on').to.be.at.most(
      9 + 12,
    );
    const waiting = await sends(w);
    expect(waiting).to.have.length(150);
    for (const action of waiting) expect(action).to.include({ status: 'pending', reason: 'shop_busy', attempts: 0 });
    expect(logged(w, OUT)).to.have.length(1);
    expect(logged(w, BACK)).to.have.length(0);

    w.shop.faults.clear();
    await w.clock.advance(10 * MINUTE);
    expect(await sendDue(w)).to.deep.equal({ accepted: 150 });
    expect(logged(w, BACK)).to.have.length(1);
  });

  it('and asks to be left alone for a time is asked again after that time, after an hour at most', async () => {
    const w = world();
    await queuePriceDrops(w, 2);
    for (const [seconds, minutes] of [
      [600, 10],
      [86_400, 60],
    ] as const) {
      const fault = { status: 503, headers: { 'retry-after': String(seconds) }, body: '' };
      w.shop.faults.next(fault, { times: 2 });
      expect(await sendDue(w)).to.deep.equal({ outage: 2 });
      const next = w.clock.now() + minutes * MINUTE;
      for (const action of await sends(w)) expect(action).to.include({ attempts: 0, scheduledAt: next });
      w.clock.set(next);
      w.shop.faults.clear();
    }
    expect(await sendDue(w)).to.deep.equal({ accepted: 2 });
  });

  it('keeps the daily and the hourly run waiting, which are made up when it is back', async () => {
    const w = world();
    w.order(ANA, 70);
    await w.app.sync();
    await w.app.tick();
    const product = w.shop.addProduct({ name: 'Blue cup', price: '12.50', createdAt: NOON - 300 * 24 * HOUR });
    await grant(w, EVA);
    await sees(w, EVA, product);
    breakShop(w);
    const runs = [HOOKS.processCampaigns, HOOKS.checkBackInStock];
    // Nine in the morning in Madrid.
    w.clock.set(Date.parse('2026-02-11T08:00:00Z'));
    await w.app.tick();
    const endings = await whileTimePasses(w.clock, w.app.runDue(runs));
    expect(endings).to.deep.equal({ outage: 2 });
    for (const hook of runs) {
      const [run] = await w.app.actions({ hook, status: 'pending' });
      expect(run).to.include({ reason: 'shop_busy', attempts: 0 });
    }
    w.shop.faults.clear();
    await w.clock.advance(20 * MINUTE);
    expect(await whileTimePasses(w.clock, w.app.runDue(runs))).to.deep.equal({ done: 2 });
    expect((await sends(w)).length).to.equal(2);
  });

  for (const [settings, most] of [
    [{ concurrency: 1 }, 1],
    [{ concurrency: 3, requests_per_second: 2 }, 2],
  ] as const) {
    it(`or not is asked as gently as ${Object.keys(settings).join(' and ')} say`, async () => {
      const w = world();
      const ofTheApp = ({ query }: { readonly query: object }) => '_fields' in query;
      w.shop.faults.next('never', { times: Infinity, when: ofTheApp });
      const full = new Promise<void>((resolve) => {
        w.shop.beforeRequest(() => {
          if (w.shop.requests.length === most) resolve();
        });
      });
      // The shop's settings are three requests at once; they end with the shop.
      void w.anotherApp({ shop: { ...w.settings().shop, ...settings } }).tick();
      await full;
      // Whatever else was sent would be here before the answers to these.
      for (let probe = 0; probe < 5; probe += 1) await (await fetch(`${w.shop.url}/wp-json/`)).text();
      expect(w.shop.requests.filter(ofTheApp)).to.have.length(most);
    });
  }
});
