import { expect } from 'chai';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { DEFAULT_TEMPLATE_SETTINGS } from '../../src/sandbox/whatsapp/default-templates.js';
import { NOON, useWorld } from '../support/world.js';
import { arrivesAt, explained, section, verdict } from './explain-support.js';
import {
  ANA,
  checkStock,
  EVA,
  grant,
  opensWindow,
  plan,
  profile,
  queueSend,
  revoke,
  sees,
  sendDue,
  whileTimePasses,
} from './support.js';

const MADRID_NINE = Date.parse('2026-02-11T08:00:00Z');
const JUST = [{ to: ANA, template: 'we_miss_you' }];

describe('explain', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 } });

  const cup = (name = 'Blue cup', stockStatus: 'instock' | 'outofstock' = 'instock', price = '12.50') =>
    world().shop.addProduct({ name, price, stockStatus, createdAt: NOON - 300 * DAY });

  /** Ana's only order, mirrored, and a daemon that has planned its runs. */
  async function ready(daysAgo: number, options = {}) {
    const w = world();
    w.order(ANA, daysAgo, options);
    await w.app.sync();
    await w.app.tick();
    return w;
  }

  describe('of somebody who gets a message says', () => {
    it('which campaign the daily run sends when, with which template, and so it is', async () => {
      const w = await ready(70);
      const { verdict: found, summary } = await explained(w);
      expect(summary).to.deep.equal([
        'Nothing stands in the way: the daily run sends a message on February 11, 2026, 09:00: we_miss_you, with the template we_miss_you (en).',
      ]);
      expect(found).to.deep.include({ outcome: 'send', by: 'daily', sendAt: MADRID_NINE, campaignType: 'we_miss_you' });
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal(JUST);
    });

    it('which products the hourly check tells of, also to whoever is not inactive', async () => {
      const w = await ready(5);
      await sees(w, ANA, cup());
      expect(await verdict(w)).to.equal(
        'Nothing stands in the way: the hourly check of the stock sends a message now: back_in_stock about Blue cup, with the template back_in_stock (en).',
      );
      await checkStock(w);
      await sendDue(w);
      expect(w.whatsapp.accepted.map(({ to, template }) => ({ to, template }))).to.deep.equal([
        { to: ANA, template: 'back_in_stock' },
      ]);
    });

    it('that a message of the night goes out when the quiet hours end', async () => {
      const w = await ready(5);
      await sees(w, ANA, cup());
      w.clock.set(Date.parse('2026-02-10T20:30:00Z'));
      expect(await verdict(w)).to.contain('sends a message on February 11, 2026, 09:00: back_in_stock');
      expect(await arrivesAt(w, w.clock.now())).to.deep.equal([]);
      expect(await verdict(w)).to.match(
        /^A message goes out on February 11, 2026, 09:00: back_in_stock about Blue cup/,
      );
      w.clock.set(MADRID_NINE);
      await sendDue(w);
      expect(w.whatsapp.accepted).to.have.length(1);
    });

    it('that a text goes to whoever has just written', async () => {
      const w = await ready(70);
      await opensWindow(w, ANA, 10);
      const told = await explained(w);
      expect(told.summary[0]).to.contain('we_miss_you, as a text');
      expect(section(told, '24-hour window and quiet hours')).to.contain(
        'They have written: until February 11, 2026, 10:50 a text can be sent.',
      );
      await plan(w);
      await sendDue(w);
      expect(w.whatsapp.accepted[0]?.type).to.equal('text');
    });

    it('each campaign type by itself, and why it does not apply', async () => {
      const w = await ready(70, { total: '120.00' });
      await sees(w, ANA, cup('Red cup', 'outofstock'));
      await sees(w, ANA, cup('Green cup', 'instock', '8.00'), { inStock: true });
      const told = section(await explained(w), 'Campaign types').split('\n');
      expect(told).to.deep.equal([
        'back_in_stock: no, still out of stock: Red cup; template back_in_stock (en) is in order.',
        'price_drop: yes, about Green cup; template price_drop (en) is in order.',
        'loyalty_reward: no, the lifetime value lacks 380.00 USD to the minimum; template loyalty_reward (en) is in order.',
        'new_arrivals: no, there is nothing new since their last purchase in a category they bought from; template new_arrivals (en) is in order.',
        'we_miss_you: yes; template we_miss_you (en) is in order.',
      ]);
    });

    it('how each product view stands', async () => {
      const w = await ready(2);
      const bought = cup('Bought cup');
      w.order(ANA, 1, { productId: bought });
      await w.app.sync();
      await sees(w, ANA, cup('Old cup'), { daysAgo: 40 });
      await sees(w, ANA, bought, { daysAgo: 3 });
      await sees(w, ANA, cup('Same cup'), { inStock: true, price: '12.50', daysAgo: 2 });
      await sees(w, ANA, cup('Back cup'));
      await sees(w, ANA, 424_242, { daysAgo: 0.5 });
      await sees(w, ANA, cup('Foreign cup'), { source: null });
      const told = await explained(w);
      expect(told.views.newest.map(({ product, standing }) => [product, standing])).to.deep.equal([
        [null, 'gone'],
        ['Back cup', 'back'],
        ['Same cup', 'same'],
        ['Bought cup', 'bought_since'],
        ['Old cup', 'too_old'],
      ]);
      expect(told.summary.at(-1)).to.contain('1 product view of theirs, noted by the plugin, will be taken up');
      await checkStock(w);
      await sendDue(w);
      const later = await explained(w);
      expect(later.views.newest.find(({ product }) => product === 'Back cup')).to.include({
        standing: 'told',
        foundInStock: false,
      });
    });
  });

  describe('of somebody who gets nothing says why:', () => {
    it('nothing is known of the number', async () => {
      const w = await ready(70);
      expect(await verdict(w, EVA)).to.equal(
        "This customer gets no message now: nothing at all is known of this number, no order, no profile, no decision.\nCheck the number, and the phone in the billing address of the customer's orders; then run reengaged sync.",
      );
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal(JUST);
    });

    it('re-engagement is switched off', async () => {
      const w = await ready(70);
      w.app.reconfigure(w.settings({ reengagement: { enabled: false } }));
      expect(await verdict(w)).to.equal(
        'Nobody gets a message: re-engagement is switched off (reengagement.enabled is false).\nTo switch it on: reengaged settings set reengagement.enabled true.',
      );
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
    });

    it('the orders were never read', async () => {
      const w = world();
      w.order(ANA, 70);
      w.shop.faults.next('503-retry-after', { times: Infinity, when: ({ path }) => path.endsWith('/orders') });
      expect(await verdict(w)).to.contain("nobody gets a message: the first walk through the shop's orders");
      expect(await plan(w)).to.include({ success: false });
      expect(w.whatsapp.accepted).to.deep.equal([]);
    });

    it('no consent, and how to note it', async () => {
      const w = await ready(70, { consent: null });
      w.app.reconfigure(w.settings({ reengagement: { consent_meta_keys: ['_wa_consent'] } }));
      expect(await verdict(w)).to.equal(
        'This customer gets no message now: nobody has noted that they agree to marketing messages.\nIf they have agreed, note it: reengaged consent grant PHONE --source "where they said so".',
      );
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
      await grant(w, ANA);
      expect((await explained(w)).verdict.outcome).to.equal('send');
    });

    it('a box at the checkout that was not ticked', async () => {
      const w = await ready(70, { consent: false });
      expect(await verdict(w)).to.contain('they did not agree to marketing messages, says their newest order');
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
    });

    it('they have opted out, where, and what to do if they ask for messages again', async () => {
      const w = await ready(70);
      await revoke(w, ANA);
      expect(await verdict(w)).to.contain('they have opted out, says the consent ledger (test).\nOnly if they ask');
      await profile(w, ANA.slice(1), { optOut: true });
      const told = await explained(w);
      expect(told.summary.join('\n')).to.contain(
        "they have opted out, says the plugin's customer profile (notification_opt_out).\nOnly if they ask for messages again: take the opt-out away",
      );
      expect(section(told, 'Consent')).to.contain('Ledger: revoke on February 10, 2026, 12:00 (test).');
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
    });

    it('a US number', async () => {
      const w = world();
      const joe = '+12125550123';
      w.order(joe, 70, { country: 'US' });
      await w.app.sync();
      expect(await verdict(w, joe)).to.contain('the number is a US one, and WhatsApp does not deliver');
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
    });

    it('the frequency cap, and the day on which the next message goes', async () => {
      const w = await ready(70);
      await plan(w);
      await sendDue(w);
      const { summary, verdict: found } = await explained(w);
      expect(summary.slice(0, 3)).to.deep.equal([
        'This customer gets no message now: the limit of 1 message in 7 days is reached.',
        'The next may go from February 17, 2026, 12:00 on.',
        'The earliest message is that of the daily run on February 18, 2026, 09:00, if all else holds then.',
      ]);
      expect(await arrivesAt(w, (found.sendAt ?? 0) - DAY)).to.deep.equal([]);
      expect(await arrivesAt(w, found.sendAt ?? 0)).to.deep.equal(JUST);
    });

    it('a message without a clear answer, which counts', async () => {
      const w = await ready(70);
      w.whatsapp.faults.next('reset', { handled: true });
      await plan(w);
      await sendDue(w);
      const told = await explained(w);
      expect(told.summary[0]).to.contain('the limit of 1 message in 7 days is reached');
      expect(section(told, 'Last messages')).to.contain('unknown: WhatsApp gave no clear answer, so it counts');
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
    });

    it('WhatsApp refused a message in the last 24 hours, and why', async () => {
      const w = await ready(70);
      w.whatsapp.faults.next(graphErrorAnswer(131026));
      await plan(w);
      await sendDue(w);
      const told = await explained(w);
      expect(told.summary.join('\n')).to.match(
        /WhatsApp refused a message to this number in the last 24 hours, saying: .*\(131026\)\.\nThe number is left alone until February 11, 2026, 12:00\.\nThe earliest message is that of the daily run on February 12, 2026, 09:00/,
      );
      expect(section(told, 'Last messages')).to.contain('WhatsApp cannot deliver to this number');
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
      expect(await arrivesAt(w, MADRID_NINE + DAY)).to.deep.equal(JUST);
    });

    it('not inactive yet, and the run that will find them so', async () => {
      const w = await ready(12);
      const { summary, verdict: found } = await explained(w);
      expect(summary.slice(0, 3)).to.deep.equal([
        'This customer gets no message now: they are not inactive yet. Their last purchase was 12 days ago, and campaigns begin after 60 days without one.',
        'They are inactive from March 30, 2026, 13:00 on.',
        'The earliest message is that of the daily run on March 31, 2026, 09:00, if all else holds then.',
      ]);
      expect(await arrivesAt(w, (found.sendAt ?? 0) - DAY)).to.deep.equal([]);
      expect(await arrivesAt(w, found.sendAt ?? 0)).to.deep.equal(JUST);
    });

    it('they never bought', async () => {
      const w = await ready(70, { status: 'failed' });
      const told = await explained(w);
      expect(told.summary[0]).to.match(/: their order \d+ does not count, failed is none of completed, processing/);
      expect(section(told, 'Orders')).to.contain(
        'failed, placed December 2, 2025, 12:00, not paid; does not count, failed is none of completed, processing (reengagement.paid_statuses).',
      );
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
    });

    it('the orders were read with other settings', async () => {
      const w = await ready(70);
      w.app.reconfigure(w.settings({ reengagement: { consent_meta_keys: ['other'] } }));
      const told = await explained(w);
      expect(told.summary[0]).to.contain("the shop's orders were last read with other settings");
      expect(section(told, 'Orders')).to.contain('other settings; reengaged sync').and.not.to.contain('not complete');
    });

    it('they wrote too long ago for a text, though less than a day ago', async () => {
      const w = await ready(70);
      await opensWindow(w, ANA, 23 * 60 + 20);
      expect(section(await explained(w), '24-hour window and quiet hours')).to.contain('They wrote too long ago');
    });

    it('what the plugin noted may change it, before the promise of a far day', async () => {
      const w = await ready(5);
      await sees(w, ANA, cup(), { source: null });
      const { summary } = await explained(w);
      expect(summary[1]).to.contain('1 product view of theirs');
      expect(summary.findIndex((line) => line.includes('The earliest message'))).to.be.above(1);
    });

    it('an order that was given back does not count', async () => {
      const w = world();
      const id = w.order(ANA, 70, { total: '30.00' });
      w.shop.refundOrder(id, '30.00');
      await w.app.sync();
      expect(section(await explained(w), 'Orders')).to.contain('does not count, all of it was refunded');
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
    });

    it('no template is configured', async () => {
      const w = await ready(70);
      w.app.reconfigure(w.settings({ whatsapp: { templates: {} } }));
      expect(await verdict(w)).to.contain('no template is configured for any campaign that applies');
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
    });

    it('no template for the product that is back', async () => {
      const w = await ready(5);
      await sees(w, ANA, cup());
      const { we_miss_you } = DEFAULT_TEMPLATE_SETTINGS;
      w.app.reconfigure(w.settings({ whatsapp: { templates: { we_miss_you } } }));
      expect(await verdict(w)).to.contain('no template is configured for back_in_stock');
      expect(await arrivesAt(w, NOON)).to.deep.equal([]);
    });

    it('the template is held, with what is wrong with it', async () => {
      const w = await ready(70);
      w.whatsapp.templates.setStatus('we_miss_you', 'en', 'PAUSED');
      expect(await verdict(w)).to.equal(
        'This customer gets no message now: the template for we_miss_you cannot be sent now.\nTemplate we_miss_you (en) is paused by Meta because of bad feedback: wait until it is approved again, or name another one.',
      );
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
    });

    it('only texts are configured', async () => {
      const w = await ready(70);
      w.app.reconfigure(w.settings({ whatsapp: { mode: 'text' } }));
      expect(await verdict(w)).to.contain('only texts are configured (whatsapp.mode is text)');
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
    });

    it('the shop cannot be asked, and answers with what the database knows', async () => {
      const w = await ready(70);
      await sees(w, ANA, cup());
      w.clock.set(NOON + 2 * MINUTE);
      w.shop.faults.next('reset', { times: Infinity });
      const told = await whileTimePasses(w.clock, explained(w));
      expect(told.summary[0]).to.contain('Nobody gets a message while the shop cannot be asked');
      expect(told.views.newest[0]).to.include({ product: null, standing: 'unknown' });
      expect(told.orders.paid).to.equal(1);
      expect(told.campaigns.map(({ applies }) => applies)).to.deep.equal([null, null, null, null, null]);
      expect(section(told, 'Program')).to.contain('The shop could not be asked: ');
      expect(await whileTimePasses(w.clock, plan(w))).to.include({ success: false });
      expect(w.whatsapp.accepted).to.deep.equal([]);
    });

    it('the shop hangs, and is asked only once', async () => {
      const w = await ready(70);
      await sees(w, ANA, cup());
      w.clock.set(NOON + 2 * MINUTE);
      w.shop.faults.next('reset', { times: Infinity });
      const before = w.shop.requests.length;
      await whileTimePasses(w.clock, explained(w));
      const paths = w.shop.requests.slice(before).map(({ path }) => path);
      expect(paths.filter((path) => path.endsWith('/products'))).to.deep.equal([]);
      expect(paths.length, 'three questions at once, each tried three times').to.be.at.most(9);
    });

    it('WhatsApp cannot be asked', async () => {
      const w = await ready(70);
      w.whatsapp.templateFaults.next('reset', { times: Infinity });
      const told = await explained(w);
      expect(told.summary[0]).to.contain('Nothing is sent while WhatsApp cannot be asked');
      expect(section(told, 'Program')).to.contain('WhatsApp could not be asked: ');
      expect(await plan(w)).to.include({ success: false });
    });
  });

  describe('says what the verdict rests on:', () => {
    it('orders that were read long ago', async () => {
      const w = await ready(70);
      w.clock.set(NOON + 3 * HOUR);
      expect(await verdict(w)).to.contain(
        'What is known of the orders is 3 hours old. The next run reads them first, which may change this; reengaged sync does it now.',
      );
      w.order(ANA, 1);
      expect(await arrivesAt(w, MADRID_NINE)).to.deep.equal([]);
    });

    it('a daemon that never ran', async () => {
      const w = world();
      w.order(ANA, 70);
      await w.app.sync();
      expect(await verdict(w)).to.contain('But no run is planned, so the daemon seems not to run');
    });

    it('a daemon that has left its runs lying', async () => {
      const w = await ready(70);
      w.clock.set(MADRID_NINE + 15 * MINUTE);
      const told = await explained(w);
      expect(told.summary.join('\n')).to.contain('But the daemon seems not to run: what is due is left lying.');
      await w.app.runDue([HOOKS.processCampaigns, HOOKS.sendMessage]);
      expect(w.whatsapp.accepted.map(({ to }) => to)).to.deep.equal([ANA]);
    });
  });

  it('takes the number as WhatsApp writes it, and shows its last three digits', async () => {
    const w = await ready(70);
    await queueSend(w, ANA);
    const told = await explained(w, ANA.slice(1));
    expect(told.phone).to.equal(ANA);
    expect(JSON.stringify([told.summary, told.sections]))
      .to.contain('***001')
      .and.not.to.contain('600000001');
  });
});
