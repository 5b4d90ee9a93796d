import { expect } from 'chai';
import { DAY, MINUTE, SECOND } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { NOON, useWorld } from '../support/world.js';
import {
  ANA,
  checkStock,
  EVA,
  grant,
  messageLog,
  onlySend,
  opensWindow,
  phoneOf,
  plan,
  profile,
  queued,
  revoke,
  sees,
  sendDue,
  sendNow,
  sends,
} from './support.js';

const SEND = HOOKS.sendMessage;
/** 20:30 in Madrid. */
const EVENING = Date.parse('2026-02-10T19:30:00Z');
const NEXT_MORNING = Date.parse('2026-02-11T08:00:00Z');

describe('wch_send_reengagement_message', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 } });

  const failed = (error: string) => ({ success: false, error });
  const doSend = (args: unknown) => world().app.queue.doAction(SEND, args);

  describe('the documented results', () => {
    const payloads: [string, (args: object) => unknown][] = [
      ['legacy', (args) => args],
      ['v2', (args) => ({ _wch_version: 2, args, _wch_meta: { source: 'test', priority: 'high' } })],
      ['nested v2', (args) => ({ _wch_version: 2, args: { _wch_version: 2, args }, _wch_meta: {} })],
      ['Action Scheduler’s list', (args) => [args]],
    ];
    for (const [form, wrap] of payloads) {
      it(`come back for a payload in the form ${form}`, async () => {
        const w = world();
        w.order(ANA, 70);
        await w.app.sync();
        const result = await doSend(wrap({ customer_phone: ANA, campaign_type: 'we_miss_you' }));
        expect(result).to.deep.equal({ success: true, message_id: w.whatsapp.accepted[0]?.id });
        expect(await doSend(wrap({ campaign_type: 'we_miss_you' }))).to.deep.equal(failed('Missing customer phone'));
      });
    }

    const errors: [string, object, string][] = [
      ['an empty phone', { customer_phone: '', campaign_type: 'we_miss_you' }, 'Missing customer phone'],
      ['no campaign type', { customer_phone: ANA }, 'Missing campaign type'],
      ['an unknown campaign type', { customer_phone: ANA, campaign_type: 'birthday' }, 'Unknown campaign type'],
      [
        'a phone that is none',
        { customer_phone: '+0 call me', campaign_type: 'we_miss_you' },
        'Customer phone is not in E.164 format',
      ],
      ['a stranger', { customer_phone: '+1234567890', campaign_type: 'back_in_stock' }, 'Customer not found'],
    ];
    for (const [what, args, error] of errors) {
      it(`for ${what} are the error, and a dead letter`, async () => {
        expect(await doSend(args)).to.deep.equal(failed(error));
        expect(await onlySend(world())).to.include({ status: 'failed', error, attempts: 0 });
        expect(world().whatsapp.attempts).to.equal(0);
        expect(await messageLog(world())).to.deep.equal([]);
      });
    }

    it('for a second message within seven days are the cap', async () => {
      const w = world();
      w.order(ANA, 70);
      await w.app.sync();
      await sendNow(w, ANA);
      w.clock.set(NOON + 7 * DAY - SECOND);
      expect(await sendNow(w, ANA)).to.deep.equal(failed('Frequency cap reached'));
      w.clock.set(NOON + 7 * DAY);
      expect(await sendNow(w, ANA)).to.include({ success: true });
    });

    it('for a fifth message within thirty days are the cap', async () => {
      const w = world();
      w.app.reconfigure(w.settings({ reengagement: { max_messages_per_lapse: 100, lapse_gaps_days: [7] } }));
      w.order(ANA, 70);
      await w.app.sync();
      for (const day of [0, 7, 14, 21]) {
        w.clock.set(NOON + day * DAY);
        expect(await sendNow(w, ANA), `day ${day}`).to.include({ success: true });
      }
      w.clock.set(NOON + 29 * DAY);
      expect(await sendNow(w, ANA)).to.deep.equal(failed('Frequency cap reached'));
      w.clock.set(NOON + 30 * DAY);
      expect(await sendNow(w, ANA)).to.include({ success: true });
    });

    it('for a campaign with nothing to tell are the missing content', async () => {
      const w = world();
      w.order(ANA, 70);
      await w.app.sync();
      for (const type of ['back_in_stock', 'price_drop', 'new_arrivals'] as const)
        expect(await sendNow(w, ANA, type)).to.deep.equal(failed('Failed to build message content'));
      expect(await messageLog(w)).to.deep.equal([]);
    });

    it('for each campaign type by hand are a message, worked out when it is sent', async () => {
      const w = world();
      const category = w.shop.addCategory('Mugs');
      const old = NOON - 300 * DAY;
      const mug = w.shop.addProduct({ name: 'Mug', price: '8.00', categories: [category], createdAt: old });
      w.shop.addProduct({ name: 'New mug', price: '9.00', categories: [category], createdAt: NOON - DAY });
      const types = ['we_miss_you', 'loyalty_reward', 'new_arrivals', 'back_in_stock', 'price_drop'] as const;
      for (const [index] of types.entries()) w.order(phoneOf(index), 70, { productId: mug });
      await w.app.sync();
      await sees(w, phoneOf(3), mug);
      await sees(w, phoneOf(4), mug, { inStock: true });
      for (const [index, type] of types.entries())
        expect(await sendNow(w, phoneOf(index), type), type).to.include({ success: true });
      expect(w.whatsapp.accepted.map(({ template }) => template)).to.deep.equal(types);
    });

    it('for a payload that names products and no views are about those products', async () => {
      const w = world();
      const [blue, red] = ['Blue cup', 'Red cup'].map((name) => w.shop.addProduct({ name, price: '8.00' }));
      await grant(w, ANA);
      await sees(w, ANA, blue ?? 0);
      await sees(w, ANA, red ?? 0);
      await doSend({ customer_phone: ANA, campaign_type: 'back_in_stock', product_ids: [red] });
      expect(w.whatsapp.accepted[0]?.rendered).to.contain('Red cup').and.not.contain('Blue cup');
    });

    it('are logged with the message id and the status', async () => {
      const w = world();
      const [id] = await queued(w, ANA);
      await sendDue(w);
      const [row] = await messageLog(w);
      expect(row).to.deep.include({
        customerPhone: ANA,
        campaignType: 'we_miss_you',
        messageId: w.whatsapp.accepted[0]?.id,
        status: 'sent',
        sentAt: new Date(NOON),
        actionId: id,
        converted: 0,
      });
      expect(w.whatsapp.accepted[0]?.callbackData).to.equal(`reengaged:${id}`);
      expect(JSON.stringify(w.log)).not.to.contain(ANA.slice(1));
    });
  });

  describe('checks everything again at the moment of sending', () => {
    const obstacles: [string, string, () => unknown][] = [
      ['opted_out', 'Customer has opted out', () => revoke(world(), ANA)],
      ['opted_out', 'Customer has opted out', () => profile(world(), ANA.slice(1), { optOut: true })],
      [
        'disabled',
        'Reengagement is disabled',
        () => {
          world().app.reconfigure(world().settings({ reengagement: { enabled: false } }));
        },
      ],
      [
        'no_template',
        'No template is configured for this campaign type',
        () => {
          world().app.reconfigure(world().settings({ whatsapp: { templates: {} } }));
        },
      ],
      [
        'bought_since',
        'Customer has bought since the message was planned',
        async () => {
          world().clock.set(NOON + MINUTE);
          world().order(ANA, 0);
          await world().app.sync();
        },
      ],
    ];
    for (const [reason, error, happens] of obstacles) {
      it(`and skips with ${reason}: ${error}`, async () => {
        const w = world();
        w.order(ANA, 70);
        await plan(w);
        await happens();
        expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
        expect(await onlySend(w)).to.deep.include({
          status: 'complete',
          reason,
          result: failed(error),
          uniqueKey: null,
        });
        expect(w.whatsapp.attempts).to.equal(0);
        expect(await messageLog(w)).to.deep.equal([]);
      });
    }

    it('and skips a price drop that no longer holds', async () => {
      const w = world();
      const cup = w.shop.addProduct({ name: 'Cup', price: '8.00', createdAt: NOON - 300 * DAY });
      w.order(ANA, 70);
      await sees(w, ANA, cup, { inStock: true });
      await plan(w);
      w.shop.setPrice(cup, '9.50');
      w.clock.set(NOON + 2 * MINUTE);
      await sendDue(w);
      expect(await onlySend(w)).to.include({ status: 'complete', reason: 'price_up_again' });
    });
  });

  describe('quiet hours', () => {
    it('defer a message to 9:00 of the shop without counting an attempt, and then it goes', async () => {
      const w = world();
      w.clock.set(EVENING);
      await queued(w, ANA);
      expect(await sendDue(w)).to.deep.equal({ deferred: 1 });
      expect(await onlySend(w)).to.include({
        status: 'pending',
        reason: 'quiet_hours',
        scheduledAt: NEXT_MORNING,
        attempts: 0,
      });
      w.clock.set(NEXT_MORNING - SECOND);
      expect(await sendDue(w)).to.deep.equal({});
      w.clock.set(NEXT_MORNING);
      expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    });

    it('end a campaign message that would outlive its day, and tomorrow’s can be planned', async () => {
      const w = world();
      w.order(ANA, 70);
      await plan(w);
      w.clock.set(EVENING);
      expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
      expect(await onlySend(w)).to.include({ status: 'complete', reason: 'expired' });
      w.clock.set(NEXT_MORNING);
      expect(await plan(w)).to.equal(1);
      expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    });

    it('keep a back-in-stock message, which is good on the next day too', async () => {
      const w = world();
      await grant(w, ANA);
      await sees(w, ANA, w.shop.addProduct({ name: 'Cup', price: '8.00' }));
      await checkStock(w);
      w.clock.set(EVENING);
      expect(await sendDue(w)).to.deep.equal({ deferred: 1 });
      w.clock.set(NEXT_MORNING);
      expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    });
  });

  it('lets a campaign message expire at the end of its day when it could not be sent', async () => {
    const w = world();
    w.order(ANA, 70);
    await plan(w);
    w.clock.set(NEXT_MORNING);
    await sendDue(w);
    expect(await onlySend(w)).to.deep.include({
      status: 'complete',
      reason: 'expired',
      result: failed('Message is no longer of interest'),
    });
  });

  describe('the 24-hour window', () => {
    it('is for text, and outside it a template goes', async () => {
      const w = world();
      await queued(w, ANA, EVA);
      await opensWindow(w, ANA, 60);
      await opensWindow(w, EVA, 24 * 60 + 1);
      await sendDue(w);
      expect(Object.fromEntries(w.whatsapp.accepted.map(({ to, type }) => [to, type]))).to.deep.equal({
        [ANA]: 'text',
        [EVA]: 'template',
      });
    });

    it('with only texts configured is the only time to write', async () => {
      const w = world();
      w.app.reconfigure(w.settings({ whatsapp: { mode: 'text' } }));
      await queued(w, ANA, EVA);
      await opensWindow(w, ANA, 60);
      expect(await sendDue(w)).to.deep.equal({ accepted: 1, skipped: 1 });
      expect((await sends(w)).map(({ reason }) => reason)).to.have.members(['accepted', 'outside_window']);
    });
  });

  it('stops in the middle of a campaign when reengagement is switched off', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ whatsapp: { concurrency: 1 } }));
    const phones = Array.from({ length: 20 }, (_, index) => phoneOf(index));
    for (const phone of phones) w.order(phone, 70);
    expect(await plan(w)).to.equal(20);
    w.whatsapp.onAccepted(() => {
      w.app.reconfigure(w.settings({ reengagement: { enabled: false }, whatsapp: { concurrency: 1 } }));
    });
    const counts = await sendDue(w);
    expect(w.whatsapp.accepted).to.have.length(1);
    expect(counts).to.deep.equal({ accepted: 1, skipped: 19 });
    expect(await messageLog(w)).to.have.length(1);
  });
});
