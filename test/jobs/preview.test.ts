import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { DEFAULT_TEMPLATE_SETTINGS } from '../../src/sandbox/whatsapp/default-templates.js';
import { failureOf } from '../queue/support.js';
import { testServer } from '../support/server.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { count, everything, messaged, OLD, stocked } from './preview-support.js';
import {
  ANA,
  checkStock,
  EVA,
  grant,
  lastSummary,
  phoneOf,
  plan,
  profile,
  queueSend,
  sees,
  sendDue,
  sends,
} from './support.js';

const NO_PHONE = 'none';

describe('a preview', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  it('counts whoever no configured type applies to, and in mode text whoever is outside the window', async () => {
    const w = world();
    const { loyalty_reward } = DEFAULT_TEMPLATE_SETTINGS;
    w.app.reconfigure(w.settings({ whatsapp: { templates: { loyalty_reward } } }));
    w.order(ANA, 70);
    await w.app.sync();
    expect(count((await w.app.preview()).runs[0], 'no_template')).to.equal(1);
    await plan(w);
    expect(lastSummary(w)['skipped']).to.deep.equal({ no_template: 1 });
    w.app.reconfigure(w.settings({ whatsapp: { mode: 'text' } }));
    expect(count((await w.app.preview()).runs[0], 'outside_window')).to.equal(1);
    await plan(w);
    expect(lastSummary(w)['skipped']).to.deep.equal({ outside_window: 1 });
  });

  it('counts a message that its template has no words for as one that cannot be built', async () => {
    const w = world();
    const [template] = DEFAULT_TEMPLATE_SETTINGS.we_miss_you;
    const body = { first_name: 'first_name', shop_name: 'product' };
    w.app.reconfigure(w.settings({ whatsapp: { templates: { we_miss_you: [{ ...template, body }] } } }));
    w.order(ANA, 70);
    await w.app.sync();
    const [daily] = (await w.app.preview()).runs;
    expect(daily.planned).to.deep.equal({});
    expect(daily.skipped).to.deep.equal([
      { reason: 'no_content', customers: 1, sentence: 'Failed to build message content' },
    ]);
    await plan(w);
    expect(await sendDue(w)).to.deep.equal({ invalid: 1 });
  });

  it('writes nothing, sends nothing and makes no coupon', async () => {
    const w = world();
    const { back } = stocked(w);
    w.order(ANA, 70, { total: '900.00' });
    await grant(w, EVA);
    await sees(w, EVA, back);
    await sees(w, phoneOf(3), back, { source: null, price: null, inStock: true });
    await w.app.sync();
    w.clock.set(NOON + 20 * MINUTE);
    const before = await everything(w);
    w.shop.clearRequests();
    const preview = await w.anotherApp().preview();
    expect(preview.runs.map(({ planned }) => planned)).to.deep.equal([{ loyalty_reward: 1 }, { back_in_stock: 1 }]);
    expect(preview.foreignViews).to.equal(1);
    expect(await everything(w)).to.deep.equal(before);
    expect(new Set(w.shop.requests.map(({ method }) => method))).to.deep.equal(new Set(['GET']));
    expect(w.shop.coupons.size).to.equal(0);
    expect(w.whatsapp.attempts).to.equal(0);
    expect(preview.runs[0].messages[0]?.text).to.contain('[Copy code: LOYAL**********]');
  });

  it('needs no right but to read', async () => {
    const w = world();
    w.order(ANA, 70, { total: '900.00' });
    await w.app.sync();
    const { admin, schema } = await testServer();
    const user = `${schema.name.slice(0, 20)}_reads`;
    await admin(
      `CREATE USER '${user}'@'%' IDENTIFIED BY '${schema.password}'`,
      `GRANT SELECT ON \`${schema.name.replaceAll('_', '\\_')}\`.* TO '${user}'@'%'`,
    );
    const app = w.anotherApp({ database: { user, password: schema.password, socket: undefined } });
    try {
      await app.assertSchema();
      expect((await app.preview()).runs[0].planned).to.deep.equal({ loyalty_reward: 1 });
      expect((await failureOf(app.sync())).message, 'the user may not write').to.contain('refused');
    } finally {
      await app.stop();
      await admin(`DROP USER '${user}'@'%'`);
    }
  });

  it('is made while reengagement is switched off, and says so', async () => {
    const w = world();
    w.order(ANA, 70);
    await w.app.sync();
    w.app.reconfigure(w.settings({ reengagement: { enabled: false } }));
    const preview = await w.app.preview();
    expect(preview).to.include({ enabled: false });
    expect(preview.runs[0].planned).to.deep.equal({ we_miss_you: 1 });
  });

  it('is refused while the first walk through the orders is incomplete', async () => {
    const w = world();
    const error = await failureOf(w.app.preview());
    expect(error).to.include({ code: 'MIRROR_NOT_READY' });
    expect(error.message).to.contain('first walk');
  });

  it('takes an old mirror, and says how old it is', async () => {
    const w = world();
    w.order(ANA, 70);
    await w.app.sync();
    expect(await w.app.preview()).to.include({ mirrorIsFresh: true, mirroredAt: NOON });
    w.clock.set(NOON + 3 * HOUR);
    const preview = await w.app.preview();
    expect(preview).to.include({ mirrorIsFresh: false, mirroredAt: NOON });
    expect(preview.runs[0].planned).to.deep.equal({ we_miss_you: 1 });
  });

  it('counts in the headline everybody who bought, and those whose purchases carry no usable phone', async () => {
    const w = world();
    w.order(ANA, 70);
    w.order(EVA, 5);
    w.order(NO_PHONE, 70, { email: 'luz@shop.example' });
    w.order(NO_PHONE, 80, { email: 'LUZ@shop.example' });
    w.order(NO_PHONE, 5, { email: 'mar@shop.example' });
    await w.app.sync();
    const preview = await w.app.preview();
    expect(preview).to.include({ customers: 4, inactive: 2 });
    expect(preview.silent).to.deep.equal({
      noConsent: 0,
      optedOut: 0,
      withoutPhone: 1,
      capped: 0,
      usNumbers: 0,
      templateHeld: 0,
    });
  });

  it('goes on without Meta: with the parameters, and without an answer whether a template is held', async () => {
    const w = world();
    w.order(ANA, 70, { firstName: 'Luz' });
    await w.app.sync();
    w.whatsapp.templateFaults.next('html-500');
    const preview = await w.app.preview();
    expect(preview.templatesUnread).to.contain('HTTP 500');
    expect(preview.silent.templateHeld).to.equal(null);
    const [message] = preview.runs[0].messages;
    expect(message?.text).to.match(
      /^first_name: Luz\nshop_name: .+\n\[button with the address ending in \?utm_source=whatsapp/,
    );
  });

  it('tells what is wrong with a template in a sentence, and logs nothing', async () => {
    const w = world();
    w.whatsapp.templates.setStatus('we_miss_you', 'en', 'PAUSED');
    w.order(ANA, 70);
    await w.app.sync();
    const preview = await w.app.preview();
    expect(preview.templateProblems.join()).to.contain('is paused by Meta');
    expect(preview.silent.templateHeld).to.equal(1);
    expect(w.log.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('renders what waits for the end of the quiet hours as of then, and counts what has expired by then', async () => {
    const w = world();
    await w.app.tick();
    const { back } = stocked(w);
    // The daemon was down all day: the daily job of nine o'clock is made up for at half past ten in the evening.
    w.clock.set(Date.parse('2026-02-11T21:30:00Z'));
    w.order(ANA, 70);
    await grant(w, EVA);
    await sees(w, EVA, back);
    await w.app.sync();
    const preview = await w.app.preview();
    const [daily, stock] = preview.runs;
    const morning = Date.parse('2026-02-12T08:00:00Z');
    expect([daily.at, daily.sendAt]).to.deep.equal([w.clock.now(), morning]);
    expect(count(daily, 'expired')).to.equal(1);
    expect(stock).to.include({ sendAt: morning });
    await checkStock(w);
    await plan(w);
    expect(await sendDue(w)).to.deep.equal({ deferred: 1, skipped: 1 });
    w.clock.set(morning);
    await sendDue(w);
    expect(stock.messages.map(({ text }) => text)).to.deep.equal(w.whatsapp.accepted.map(({ rendered }) => rendered));
  });

  it('counts whom the daily job writes to before the next stock check', async () => {
    const w = world();
    const { back } = stocked(w);
    await w.app.tick();
    w.clock.set(Date.parse('2026-02-11T07:30:00Z'));
    await w.app.tick();
    await w.app.runDue([HOOKS.checkBackInStock]);
    await w.app.tick();
    w.clock.set(Date.parse('2026-02-11T08:00:10Z'));
    await w.app.runDue([HOOKS.checkBackInStock]);
    await w.app.tick();
    w.order(ANA, 70);
    await sees(w, ANA, back);
    await w.app.sync();
    const [daily, stock] = (await w.app.preview()).runs;
    expect(daily.planned).to.deep.equal({ back_in_stock: 1 });
    expect([stock.planned, count(stock, 'other_run_first')]).to.deep.equal([{}, 1]);
    expect(stock.at - daily.at).to.be.within(MINUTE, HOUR);
  });

  it('keeps as many messages as it is asked for, of the type that it is asked for, and counts all', async () => {
    const w = world();
    for (let number = 1; number <= 5; number++) w.order(phoneOf(number), 70);
    w.order(phoneOf(6), 70, { total: '900.00' });
    await w.app.sync();
    const first = await w.app.preview({ limit: 2 });
    expect(first.runs[0].messages.map(({ phone }) => phone)).to.deep.equal(['***001', '***002']);
    expect(first.runs[0].planned).to.deep.equal({ loyalty_reward: 1, we_miss_you: 5 });
    const rewards = await w.app.preview({ type: 'loyalty_reward' });
    expect(rewards.runs[0].messages.map(({ phone }) => phone)).to.deep.equal(['***006']);
    expect(rewards.runs[0].planned).to.deep.equal(first.runs[0].planned);
  });

  it('tells how many customers were looked at, of how many', async () => {
    const w = world();
    for (let number = 1; number <= 3; number++) w.order(phoneOf(number), 70);
    await w.app.sync();
    const told: unknown[] = [];
    await w.app.preview({ onProgress: (progress) => told.push(progress) });
    expect(told).to.deep.equal([{ read: 3, total: 3 }]);
  });

  it('counts a customer whose message waits already, whoever queued it', async () => {
    const w = world();
    w.order(ANA, 70);
    await w.app.sync();
    await queueSend(w, ANA);
    const [daily] = (await w.app.preview()).runs;
    expect([daily.planned, count(daily, 'already_queued')]).to.deep.equal([{}, 1]);
  });

  it('masks a phone that somebody typed for their name, in whatever way, in the name and in the message', async () => {
    const w = world();
    const names = ['+34600111222', '34600111222', '600 111-222', 'Ana\n+34 (600) 111.222'];
    for (const [index, firstName] of names.entries()) w.order(phoneOf(10 + index), 70, { firstName });
    await w.app.sync();
    const { customers } = w.database.tables;
    await w.database.query((orm) =>
      orm
        .update(customers)
        .set({ firstName: null })
        .where(eq(customers.phone, phoneOf(10))),
    );
    await profile(w, phoneOf(10));
    const { customerProfiles } = w.database.tables;
    await w.database.query((orm) => orm.update(customerProfiles).set({ name: '34600111222 Ruiz' }));
    const { messages } = (await w.app.preview()).runs[0];
    expect(messages.map(({ firstName }) => firstName)).to.deep.equal(['***222', '***222', '***222', 'Ana +***222']);
    for (const { firstName, text } of messages) expect(text).to.contain(`Hi ${firstName ?? ''}, `);
    expect(JSON.stringify(messages)).not.to.match(/600.{0,2}111.{0,2}222/);
  });

  it('shows a name of a profile in one line, as the message has it', async () => {
    const w = world();
    await profile(w, EVA, { optIn: true });
    const { customerProfiles } = w.database.tables;
    await w.database.query((orm) => orm.update(customerProfiles).set({ name: '\u202eEva\nEVIL\tx' }));
    await sees(w, EVA, stocked(w).back);
    await w.app.sync();
    const [, stock] = (await w.app.preview()).runs;
    expect(stock.messages.map(({ firstName }) => firstName)).to.deep.equal(['Eva']);
    expect(stock.messages[0]?.text)
      .to.match(/^.*Eva.*$/m)
      .and.not.contain('EVIL');
  });

  it('counts whom only the slot of their own waiting message stops as queued, not as capped', async () => {
    const w = world();
    const LUZ = phoneOf(3);
    for (const phone of [ANA, EVA, LUZ]) w.order(phone, 70);
    await w.app.sync();
    await messaged(w, LUZ, 1);
    await plan(w);
    w.whatsapp.faults.next(graphErrorAnswer(131042), { times: 2 });
    await sendDue(w);
    expect(w.whatsapp.accepted).to.deep.equal([]);
    const preview = await w.anotherApp().preview();
    const [daily] = preview.runs;
    expect([count(daily, 'already_queued'), count(daily, 'frequency_cap')]).to.deep.equal([2, 1]);
    expect(preview.silent).to.include({ capped: 1 });
  });

  describe('of two runs that come hours apart', () => {
    /** As a daemon that lives until noon: the stock check is the next, the daily job runs tomorrow. */
    async function noon(w: World, weeklyCap: number): Promise<void> {
      w.app.reconfigure(w.settings({ reengagement: { weekly_cap: weeklyCap } }));
      const { plate, back } = stocked(w);
      await w.app.tick();
      await w.app.runDue([HOOKS.checkBackInStock, HOOKS.processCampaigns]);
      await w.app.tick();
      w.order(ANA, 70, { productId: plate });
      await sees(w, ANA, back);
      await w.app.sync();
    }
    async function until(w: World, end: number): Promise<void> {
      while (w.clock.now() < end) {
        w.clock.set(w.clock.now() + HOUR);
        await w.app.tick();
        await w.app.runDue([HOOKS.checkBackInStock]);
        await w.app.runDue([HOOKS.processCampaigns]);
        await sendDue(w);
      }
    }
    const sent = (w: World) => w.whatsapp.accepted.map(({ template }) => template);

    it('the later one says what is left to say, where the cap allows a second message', async () => {
      const w = world();
      await noon(w, 2);
      const { runs } = await w.app.preview();
      expect(runs.map(({ planned }) => planned)).to.deep.equal([{ we_miss_you: 1 }, { back_in_stock: 1 }]);
      await until(w, runs[0].at);
      expect(sent(w)).to.deep.equal(['back_in_stock', 'we_miss_you']);
      expect(runs.flatMap(({ messages }) => messages.map(({ text }) => text))).to.have.members(
        w.whatsapp.accepted.map(({ rendered }) => rendered),
      );
    });

    it('the later one is held back by the first, where the cap allows but one', async () => {
      const w = world();
      await noon(w, 1);
      const { runs } = await w.app.preview();
      expect(runs.map(({ planned }) => planned)).to.deep.equal([{}, { back_in_stock: 1 }]);
      expect(count(runs[0], 'other_run_first')).to.equal(1);
      await until(w, runs[0].at);
      expect(sent(w)).to.deep.equal(['back_in_stock']);
    });

    it('the later one is not held back by a message that the journal refuses', async () => {
      const w = world();
      await noon(w, 1);
      await checkStock(w);
      const [action] = await sends(w);
      const { actions } = w.database.tables;
      await w.database.query((orm) =>
        orm
          .update(actions)
          .set({ status: 'complete', unfinishedKey: null })
          .where(eq(actions.id, action?.id ?? 0)),
      );
      const { runs } = await w.app.preview();
      expect([count(runs[1], 'already_queued'), count(runs[0], 'other_run_first')]).to.deep.equal([1, 0]);
      expect(runs[0].planned).to.deep.equal({ back_in_stock: 1 });
    });
  });
});

describe('the stock check', () => {
  const world = useWorld();

  it('comes upon everybody once, in whichever spellings and for however many products they wait', async () => {
    const w = world();
    const { productViews } = w.database.tables;
    const products = Array.from({ length: 1_001 }, (_, index) =>
      w.shop.addProduct({ name: `Cup ${index}`, price: '10', createdAt: OLD }),
    );
    const row = (customerPhone: string, productId = 0) => ({
      customerPhone,
      productId,
      inStock: 0,
      viewedAt: new Date(NOON - DAY),
      source: 'reengaged',
    });
    const [first, last] = [products[0], products.at(-1)];
    await w.database.query((orm) =>
      orm
        .insert(productViews)
        .values([
          ...products.map((id) => row(phoneOf(9), id)),
          row(ANA, last),
          row(ANA.slice(1), first),
          row(EVA, first),
          row(EVA.slice(1), first),
        ]),
    );
    await grant(w, ANA);
    await checkStock(w);
    expect(lastSummary(w, 'Stock is checked')).to.deep.include({ back: 1_001, queued: 1, skipped: { no_consent: 2 } });
  });
});
