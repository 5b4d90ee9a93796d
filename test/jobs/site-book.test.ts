import { expect } from 'chai';
import { DAY, HOUR, SECOND } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { createPretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import { useWorld } from '../support/world.js';

describe("the shop's settings", () => {
  const world = useWorld();
  const changes = () => world().log.filter(({ message }) => message === 'The shop has changed its settings');
  const nextCampaigns = (app = world().app) => app.queue.nextScheduledAction(HOOKS.processCampaigns);

  it('are not told as changed by a daemon that starts again', async () => {
    await world().app.tick();
    await world().anotherApp().tick();
    expect(changes()).to.have.length(0);
  });

  it('are told when they change, and the next run moves to the new time zone', async () => {
    await world().app.tick();
    expect(await nextCampaigns()).to.equal(Date.parse('2026-02-11T08:00:00Z'));
    const moved = await createPretendShop({ clock: world().clock, timezoneString: 'Asia/Kathmandu' });
    try {
      const { url, consumerKey, consumerSecret } = moved;
      const app = world().anotherApp({
        shop: { url, consumer_key: consumerKey, consumer_secret: consumerSecret },
      });
      await app.tick();
      expect(changes()).to.have.length(1);
      expect(await nextCampaigns(app)).to.equal(Date.parse('2026-02-11T03:15:00Z'));
    } finally {
      await moved.close();
    }
  });

  it('are read anew once a day by a daemon that runs on, and a change is told once', async () => {
    const { app, clock, shop } = world();
    await app.tick();
    shop.setSite({ timezoneString: 'Asia/Kathmandu' });
    clock.set(clock.now() + DAY - SECOND);
    await app.tick();
    expect(changes(), 'not yet').to.have.length(0);
    clock.set(clock.now() + SECOND);
    for (let ticks = 0; ticks < 3; ticks += 1) await app.tick();
    expect(changes()).to.have.length(1);
    expect(changes()[0]).to.have.nested.property('before.zone', 'Europe/Madrid');
    expect(changes()[0]).to.have.nested.property('now.zone', 'Asia/Kathmandu');
  });

  it('that could not be read are asked for again after an hour, and that is said once', async () => {
    const { app, clock, shop } = world();
    const kept = () =>
      world().log.filter(({ level, message }) => level === 'warn' && String(message).includes('could not be read'));
    await app.tick();
    shop.setSite({ currency: 'EUR' });
    shop.faults.next('503-retry-after', { times: Infinity });
    clock.set(clock.now() + DAY);
    await app.tick();
    shop.clearRequests();
    clock.set(clock.now() + HOUR - SECOND);
    await app.tick();
    expect(shop.requests, 'not before the hour is over').to.have.length(0);
    clock.set(clock.now() + SECOND);
    await app.tick();
    expect(shop.requests.length).to.be.greaterThan(0);
    expect(kept()).to.have.length(1);
    shop.faults.clear();
    clock.set(clock.now() + HOUR);
    await app.tick();
    expect(changes()).to.have.length(1);
  });

  it('hold as they were last while the shop is out, also for a daemon that starts then', async () => {
    await world().app.tick();
    await world().app.queue.unschedule(HOOKS.processCampaigns);
    const app = world().anotherApp({ shop: { ...world().settings().shop, url: 'http://127.0.0.1:9' } });
    const walk = { over: false };
    const ticked = app.tick().finally(() => {
      walk.over = true;
    });
    // The client waits, by this clock, between its tries.
    while (!walk.over) await world().clock.advance(500);
    await ticked;
    expect(await nextCampaigns(app)).to.equal(Date.parse('2026-02-12T08:00:00Z'));
  });
});
