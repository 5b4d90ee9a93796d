import { expect } from 'chai';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { NOON, useWorld } from '../support/world.js';
import {
  ANA,
  argsOf,
  checkStock,
  EVA,
  grant,
  lastSummary,
  logged,
  messageLog,
  onlySend,
  opensWindow,
  phoneOf,
  plan,
  profile,
  revoke,
  sees,
  sendDue,
  sendNow,
  sends,
  waiting,
  whileTimePasses,
} from './support.js';

const CHECKED = 'Stock is checked';

describe('wch_check_back_in_stock', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 } });

  const cup = (name = 'Blue cup', stockStatus: 'instock' | 'outofstock' = 'instock') =>
    world().shop.addProduct({ name, price: '12.50', stockStatus, createdAt: NOON - 300 * DAY });

  it('queues a message to whoever found a product out of stock that is back, and returns the count', async () => {
    const w = world();
    const [back, gone, seenInStock] = [cup(), cup('Red cup', 'outofstock'), cup('Green cup')];
    await grant(w, ANA, EVA, phoneOf(3));
    const view = await sees(w, ANA, back);
    await sees(w, EVA, gone);
    await sees(w, phoneOf(3), seenInStock, { inStock: true });
    expect(await checkStock(w)).to.equal(1);
    const action = await onlySend(w);
    expect(action.args).to.deep.equal({
      _wch_version: 2,
      args: {
        customer_phone: ANA,
        campaign_type: 'back_in_stock',
        product_ids: [back],
        views: [{ id: view, price: null }],
        planned_at: NOON,
        expires_at: null,
      },
      _wch_meta: { queued_at: '2026-02-10 11:00:00', source: 'back_in_stock_checker', priority: 'high' },
    });
    expect(await checkStock(w), 'the same views are answered once').to.equal(0);
  });

  it('judges a simple product, a variable product and each variation by itself', async () => {
    const w = world();
    const simple = cup();
    const variable = w.shop.addVariableProduct({
      name: 'Shirt',
      createdAt: NOON - 300 * DAY,
      variations: [
        { option: 'Red', price: '20', stockStatus: 'outofstock' },
        { option: 'Blue', price: '20', stockStatus: 'outofstock' },
      ],
    });
    const [red = 0, blue = 0] = variable.variationIds;
    const people = [ANA, EVA, phoneOf(3), phoneOf(4)] as const;
    await grant(w, ...people);
    w.shop.setStock(simple, 'outofstock');
    await sees(w, people[0], simple);
    await sees(w, people[1], variable.id);
    await sees(w, people[2], red);
    await sees(w, people[3], blue);
    expect(await checkStock(w)).to.equal(0);
    w.shop.setStock(red, 'instock');
    w.shop.setStock(simple, 'instock');
    w.clock.set(NOON + HOUR);
    expect(await checkStock(w)).to.equal(3);
    await sendDue(w);
    const told = new Map(w.whatsapp.accepted.map(({ to, rendered }) => [to, rendered]));
    expect([...told.keys()]).to.have.members([people[0], people[1], people[2]]);
    expect(told.get(people[1])).to.contain('Shirt can be ordered');
    expect(told.get(people[2])).to.contain('Shirt - Red can be ordered');
  });

  it('looks back 30 days and not further', async () => {
    const w = world();
    const product = cup();
    await grant(w, ANA, EVA);
    await sees(w, ANA, product, { daysAgo: 30 - MINUTE / DAY });
    await sees(w, EVA, product, { daysAgo: 30 + MINUTE / DAY });
    expect(await checkStock(w)).to.equal(1);
    expect(argsOf(await onlySend(w))['customer_phone']).to.equal(ANA);
  });

  it('does nothing while reengagement is disabled', async () => {
    const w = world();
    await grant(w, ANA);
    await sees(w, ANA, cup());
    w.app.reconfigure(w.settings({ reengagement: { enabled: false } }));
    expect(await checkStock(w)).to.equal(0);
    expect(w.shop.requests).to.deep.equal([]);
  });

  it('names two products in one message, decoded and as plain text, with the link to the first', async () => {
    const w = world();
    const [older, newer] = [cup('Tom &amp; Jerry <b>cup</b>'), cup('Red cup')];
    await grant(w, ANA);
    const views = [await sees(w, ANA, older, { daysAgo: 3 }), await sees(w, ANA, newer, { daysAgo: 2 })];
    expect(await checkStock(w)).to.equal(1);
    await sendDue(w);
    const [message] = w.whatsapp.accepted;
    expect(message?.rendered).to.contain('Red cup and Tom & Jerry cup can be ordered again');
    expect(message?.rendered).to.match(
      /red-cup-\d+\/\?utm_source=whatsapp&utm_medium=reengagement&utm_campaign=back_in_stock/,
    );
    expect(await waiting(w, ...views)).to.deep.equal([false, false]);
  });

  it('names at most three of many products, and answers them all', async () => {
    const w = world();
    await grant(w, ANA);
    const views: number[] = [];
    for (let number = 1; number <= 5; number++)
      views.push(await sees(w, ANA, cup(`Cup ${number}`), { daysAgo: number }));
    await checkStock(w);
    await sendDue(w);
    expect(w.whatsapp.accepted[0]?.rendered).to.contain('Cup 1, Cup 2, Cup 3 and 2 more can be ordered');
    expect(await waiting(w, ...views)).to.deep.equal([false, false, false, false, false]);
  });

  it('tells nobody who has bought the product since', async () => {
    const w = world();
    const product = cup();
    w.order(ANA, 2, { productId: product });
    w.order(EVA, 4, { productId: product });
    for (const phone of [ANA, EVA]) await sees(w, phone, product, { daysAgo: 3 });
    expect(await checkStock(w)).to.equal(1);
    expect(argsOf(await onlySend(w))['customer_phone']).to.equal(EVA);
  });

  it('tells nobody who buys the product between queue and send', async () => {
    const w = world();
    const product = cup();
    await grant(w, ANA);
    await sees(w, ANA, product);
    await checkStock(w);
    w.clock.set(NOON + MINUTE);
    w.order(ANA, 0, { productId: product });
    await w.app.sync();
    expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
    expect(w.whatsapp.attempts).to.equal(0);
  });

  it('skips what is out of stock again when it is sent; the customer keeps waiting and is told the next time', async () => {
    const w = world();
    const product = cup();
    await grant(w, ANA);
    const view = await sees(w, ANA, product);
    await checkStock(w);
    w.shop.setStock(product, 'outofstock');
    w.clock.set(NOON + 2 * MINUTE);
    await sendDue(w);
    expect(await onlySend(w)).to.deep.include({
      status: 'complete',
      reason: 'out_of_stock',
      result: { success: false, error: 'Product is out of stock again' },
    });
    expect(await waiting(w, view)).to.deep.equal([true]);
    expect(await messageLog(w)).to.deep.equal([]);
    w.shop.setStock(product, 'instock');
    w.clock.set(NOON + HOUR);
    expect(await checkStock(w)).to.equal(1);
    await sendDue(w);
    expect(w.whatsapp.accepted).to.have.length(1);
  });

  it('skips a product that the shop has deleted or hidden in the meantime', async () => {
    const w = world();
    const [deleted, draft] = [cup(), cup('Red cup')];
    await grant(w, ANA, EVA);
    const views = [await sees(w, ANA, deleted), await sees(w, EVA, draft)];
    await checkStock(w);
    w.shop.removeProduct(deleted);
    w.shop.setProduct(draft, { status: 'draft' });
    w.clock.set(NOON + 2 * MINUTE);
    expect(await sendDue(w)).to.deep.equal({ skipped: 2 });
    expect(await waiting(w, ...views)).to.deep.equal([true, true]);
    w.clock.set(NOON + HOUR);
    expect(await checkStock(w)).to.equal(0);
    expect(w.log.filter(({ level }) => level === 'error' || level === 'warn')).to.deep.equal([]);
  });

  describe('the flag of a view', () => {
    /** One view, checked and sent; whether the customer still waits. */
    async function outcome(
      prepare: (phone: string) => unknown,
    ): Promise<{ waits: boolean | undefined; queued: unknown }> {
      const w = world();
      await grant(w, ANA);
      const view = await sees(w, ANA, cup());
      await prepare(ANA);
      const queued = await checkStock(w);
      await sendDue(w);
      return { queued, waits: (await waiting(w, view))[0] };
    }

    it('is cleared when the message is accepted', async () => {
      expect(await outcome(() => undefined)).to.deep.equal({ queued: 1, waits: false });
    });

    it('is cleared when nobody knows whether the message was accepted', async () => {
      const found = await outcome(() => {
        world().whatsapp.faults.next('reset', { handled: true });
      });
      expect(found).to.deep.equal({ queued: 1, waits: false });
    });

    it('stays when Meta refuses the message', async () => {
      const answer = { error: { code: 131026, message: 'Message undeliverable' } };
      const found = await outcome(() => {
        world().whatsapp.faults.next({
          status: 400,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(answer),
        });
      });
      expect(found).to.deep.equal({ queued: 1, waits: true });
    });

    it('stays for whoever has opted out', async () => {
      expect(await outcome((phone) => profile(world(), phone, { optOut: true }))).to.deep.equal({
        queued: 0,
        waits: true,
      });
      expect(lastSummary(world(), CHECKED)['skipped']).to.deep.equal({ opted_out: 1 });
    });

    it('stays for whoever opts out between queue and send', async () => {
      const w = world();
      await grant(w, ANA);
      const view = await sees(w, ANA, cup());
      await checkStock(w);
      await revoke(w, ANA);
      expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
      expect(await waiting(w, view)).to.deep.equal([true]);
    });

    it('stays for whoever is held back by the cap, and they are told when it is over', async () => {
      const w = world();
      const { reengagementLog: log } = w.database.tables;
      await w.database.query((orm) =>
        orm.insert(log).values({ customerPhone: ANA, campaignType: 'we_miss_you', sentAt: new Date(NOON - 6 * DAY) }),
      );
      await grant(w, ANA);
      const view = await sees(w, ANA, cup());
      expect(await checkStock(w)).to.equal(0);
      expect(lastSummary(w, CHECKED)['skipped']).to.deep.equal({ frequency_cap: 1 });
      expect(await waiting(w, view)).to.deep.equal([true]);
      w.clock.set(NOON + DAY);
      expect(await checkStock(w)).to.equal(1);
      await sendDue(w);
      expect(await waiting(w, view)).to.deep.equal([false]);
    });

    it('set again by a later view is answered again only after repeat_after days, however the phone is written', async () => {
      const w = world();
      const product = cup();
      await grant(w, ANA);
      await sees(w, ANA, product);
      await checkStock(w);
      await sendDue(w);
      // By then the view that the message answered has left the window.
      for (const days of [8, 29.1]) {
        w.clock.set(NOON + days * DAY);
        await sees(w, ANA.slice(1), product);
        expect(await checkStock(w)).to.equal(0);
        expect(lastSummary(w, CHECKED)['skipped']).to.deep.equal({ told_lately: 1 });
      }
      expect(await sendNow(w, ANA, 'back_in_stock')).to.deep.equal({
        success: false,
        error: 'Customer was told lately that the product is back',
      });
      w.clock.set(NOON + 30 * DAY + MINUTE);
      expect(await checkStock(w)).to.equal(1);
      expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    });

    it('of a product that comes and goes does not keep the others back', async () => {
      const w = world();
      const [mug, jug] = [cup(), cup('Jug')];
      await grant(w, ANA);
      await sees(w, ANA, mug);
      await checkStock(w);
      await sendDue(w);
      w.clock.set(NOON + 8 * DAY);
      await sees(w, ANA, mug);
      await sees(w, ANA, jug);
      expect(await checkStock(w)).to.equal(1);
      expect(argsOf((await sends(w)).at(-1)!)['product_ids']).to.deep.equal([jug]);
    });
  });

  it('is not kept from telling by the daily campaign, which gives way to it', async () => {
    const w = world();
    w.order(ANA, 70);
    await sees(w, ANA, cup());
    expect(await checkStock(w)).to.equal(1);
    expect(await plan(w), 'one message waits for a person').to.equal(0);
    expect(await sends(w)).to.have.length(1);
  });

  it('writes text inside the window and needs no template there', async () => {
    const w = world();
    const product = cup('Blue &amp; white cup');
    w.order(ANA, 70);
    await w.app.sync();
    await opensWindow(w, ANA, 60);
    await sees(w, ANA, product);
    w.app.reconfigure(w.settings({ whatsapp: { templates: {} } }));
    expect(await checkStock(w)).to.equal(1);
    await sendDue(w);
    const [message] = w.whatsapp.accepted;
    expect(message?.type).to.equal('text');
    expect(message?.text)
      .to.contain('Blue & white cup')
      .and.not.match(/[<>]|&amp;/);
  });

  it('queues nothing for a phone number that is none, hour after hour', async () => {
    const w = world();
    const product = cup();
    const views: number[] = [];
    for (const phone of ['+0012', '0', 'ask me']) {
      await profile(w, phone, { optIn: true });
      views.push(await sees(w, phone, product));
    }
    expect(await checkStock(w)).to.equal(0);
    expect(lastSummary(w, CHECKED)['malformed']).to.equal(3);
    expect(logged(w, 'Product views without a usable phone are left out')).to.have.length(1);
    expect(logged(w, 'Product views without a usable phone are left out')[0]).to.deep.include({ people: 3, views });
    expect(await sends(w)).to.deep.equal([]);
  });

  it('asks the shop for a hundred products at once: 250 in three requests, and again an hour later', async () => {
    const w = world();
    const products = Array.from({ length: 250 }, (_, index) =>
      cup(`Cup ${index}`, index < 3 ? 'instock' : 'outofstock'),
    );
    const { productViews } = w.database.tables;
    await w.database.query((orm) =>
      orm.insert(productViews).values(
        products.map((productId, index) => ({
          customerPhone: phoneOf(index),
          productId,
          inStock: 0,
          viewedAt: new Date(NOON - DAY),
          source: 'reengaged',
        })),
      ),
    );
    await grant(w, ...products.map((_, index) => phoneOf(index)));
    await w.app.sync();
    for (const expected of [3, 0]) {
      w.shop.clearRequests();
      expect(await checkStock(w)).to.equal(expected);
      const paths = w.shop.requests.map(({ path }) => path.split('/').at(-1));
      expect(paths.filter((path) => path === 'products')).to.have.length(3);
      expect(paths.filter((path) => path === 'orders')).to.have.length(2);
      expect(paths).to.have.length(5);
      w.clock.set(NOON + HOUR);
    }
  });

  it('waits while the shop cannot be reached, and loses nobody', async () => {
    const w = world();
    await grant(w, ANA);
    const view = await sees(w, ANA, cup());
    w.shop.faults.next('reset', { times: Infinity, when: ({ path }) => path.endsWith('/products') });
    await whileTimePasses(w.clock, checkStock(w));
    const [job] = await w.app.actions({ hook: HOOKS.checkBackInStock });
    expect(job).to.include({ status: 'pending', reason: 'shop_unreachable', attempts: 0 });
    expect(await waiting(w, view)).to.deep.equal([true]);
    w.shop.faults.clear();
    w.clock.set((job?.scheduledAt ?? 0) + SECOND);
    await w.app.runDue([HOOKS.checkBackInStock]);
    expect(await sends(w)).to.have.length(1);
  });
});
