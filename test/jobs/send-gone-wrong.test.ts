import { expect } from 'chai';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { ACCEPTED_WITHOUT_ID } from '../../src/sandbox/whatsapp/message-endpoint.js';
import { NOON, useWorld, type World } from '../support/world.js';
import {
  ANA,
  EVA,
  grant,
  logged,
  messageLog,
  onlySend,
  phoneOf,
  queued,
  queueSend,
  sees,
  sendDue,
  sendNow,
  sends,
} from './support.js';

const SEND = HOOKS.sendMessage;
const HALTED = 'Sending is halted; the messages wait';

describe('a send that goes wrong', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 } });

  const failed = (error: string) => ({ success: false, error });

  async function advanceToNextSend(w: World): Promise<void> {
    const [first] = await w.app.actions({ hook: SEND, status: 'pending' });
    if (first === undefined) throw new Error('No message waits.');
    w.clock.set(first.scheduledAt);
  }

  describe('Meta’s refusals', () => {
    it('131000 is tried again after 30, 90 and 270 s, and then a dead letter', async () => {
      const w = world();
      const { faults } = w.whatsapp;
      faults.next(graphErrorAnswer(131000), { times: Infinity });
      await queued(w, ANA);
      const waits: number[] = [];
      for (let attempt = 1; attempt <= 3; attempt++) {
        expect(await sendDue(w)).to.deep.equal({ retried: 1 });
        const action = await onlySend(w);
        expect(action).to.include({ status: 'pending', attempts: attempt });
        waits.push((action.scheduledAt - w.clock.now()) / SECOND);
        expect((await messageLog(w))[0], 'the slot is held').to.include({ status: 'reserved' });
        w.clock.set(action.scheduledAt);
      }
      expect(waits).to.deep.equal([30, 90, 270]);
      expect(await sendDue(w)).to.deep.equal({ refused: 1 });
      const action = await onlySend(w);
      expect(action).to.include({ status: 'failed', attempts: 4, error: '(#131000) Something went wrong (131000)' });
      expect(action.result).to.deep.equal(failed('(#131000) Something went wrong (131000)'));
      expect((await messageLog(w))[0]).to.include({ status: 'failed', errorCode: 131000 });
      expect(w.whatsapp.attempts).to.equal(4);
    });

    it('131000 once is repaired by the second attempt', async () => {
      const w = world();
      w.whatsapp.faults.next(graphErrorAnswer(131000));
      await queued(w, ANA);
      await sendDue(w);
      await advanceToNextSend(w);
      expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
      expect((await messageLog(w)).map(({ status }) => status)).to.deep.equal(['sent']);
    });

    it('131056 waits 1, 4 and 16 s for this recipient while others go on', async () => {
      const w = world();
      w.whatsapp.faults.next(graphErrorAnswer(131056), { times: 3, when: ({ to }) => to === ANA });
      await queued(w, ANA, EVA);
      const waits: number[] = [];
      expect(await sendDue(w)).to.deep.equal({ retried: 1, accepted: 1 });
      for (let attempt = 1; attempt <= 3; attempt++) {
        const [action] = await w.app.actions({ hook: SEND, status: 'pending' });
        waits.push(((action?.scheduledAt ?? 0) - w.clock.now()) / SECOND);
        w.clock.set(action?.scheduledAt ?? 0);
        await sendDue(w);
      }
      expect(waits).to.deep.equal([1, 4, 16]);
      expect(w.whatsapp.accepted.map(({ to }) => to)).to.deep.equal([EVA, ANA]);
    });

    it('130429 slows everything down for as long as Meta asks, and counts no attempt', async () => {
      const w = world();
      const slowDown = graphErrorAnswer(130429, { headers: { 'retry-after': '45' } });
      w.whatsapp.faults.next(slowDown, { when: ({ to }) => to === ANA });
      await queued(w, ANA, EVA);
      expect(await sendDue(w), 'two were on their way').to.deep.equal({ outage: 1, accepted: 1 });
      await queued(w, phoneOf(3), phoneOf(4));
      expect(await sendDue(w)).to.deep.equal({ outage: 2 });
      expect(w.whatsapp.attempts).to.equal(2);
      for (const action of await w.app.actions({ hook: SEND, status: 'pending' }))
        expect(action).to.include({ attempts: 0, scheduledAt: NOON + 45 * SECOND });
      w.clock.set(NOON + 45 * SECOND);
      expect(await sendDue(w), 'none has to find out for the others').to.deep.equal({ accepted: 3 });
    });

    it('131049 ends the message, and nothing goes to that number for 24 hours', async () => {
      const w = world();
      w.whatsapp.faults.next(graphErrorAnswer(131049));
      const [id] = await queued(w, ANA);
      expect(await sendDue(w)).to.deep.equal({ refused: 1 });
      expect(await onlySend(w)).to.include({ id, status: 'failed', reason: 'not_again', uniqueKey: null });
      w.clock.set(NOON + DAY - SECOND);
      expect(await sendNow(w, ANA)).to.deep.equal(
        failed('WhatsApp refused a message to this number in the last 24 hours'),
      );
      w.clock.set(NOON + DAY + SECOND);
      expect(await sendNow(w, ANA)).to.include({ success: true });
    });

    it('131050 revokes consent in the ledger', async () => {
      const w = world();
      w.whatsapp.faults.next(graphErrorAnswer(131050));
      await queued(w, ANA);
      expect(await sendDue(w)).to.deep.equal({ declined: 1 });
      expect(await onlySend(w)).to.include({ status: 'complete' });
      const { consent } = w.database.tables;
      const rows = await w.database.query((orm) => orm.select().from(consent));
      expect(rows).to.have.length(1);
      expect(rows[0]).to.include({ phone: ANA, decision: 'revoke', source: 'WhatsApp error 131050' });
      w.clock.set(NOON + 30 * DAY);
      expect(await sendNow(w, ANA)).to.deep.equal(failed('Customer has opted out'));
    });

    it('131026 fails the message and leaves the others alone', async () => {
      const w = world();
      w.whatsapp.faults.next(graphErrorAnswer(131026), { when: ({ to }) => to === ANA });
      await queued(w, ANA, EVA);
      expect(await sendDue(w)).to.deep.equal({ refused: 1, accepted: 1 });
    });

    it('a code that nobody knows fails its message only', async () => {
      const w = world();
      w.whatsapp.faults.next(graphErrorAnswer(139_999), { when: ({ to }) => to === ANA });
      await queued(w, ANA, EVA);
      expect(await sendDue(w)).to.deep.equal({ refused: 1, accepted: 1 });
    });

    for (const code of [190, 131031]) {
      it(`${code} halts everything after one POST; no attempt is counted`, async () => {
        const w = world();
        w.app.reconfigure(w.settings({ whatsapp: { concurrency: 1 } }));
        w.whatsapp.faults.next(graphErrorAnswer(code), { times: Infinity });
        await queued(w, ANA, EVA, phoneOf(3));
        expect(await sendDue(w)).to.deep.equal({ outage: 3 });
        expect(w.whatsapp.attempts).to.equal(1);
        for (const action of await sends(w))
          expect(action).to.include({
            status: 'pending',
            attempts: 0,
            reason: 'halted',
            scheduledAt: NOON + 15 * MINUTE,
          });
        expect(logged(w, HALTED)).to.have.length(1);
      });
    }

    it('190 is over for all of them as soon as one message gets through', async () => {
      const w = world();
      w.app.reconfigure(w.settings({ whatsapp: { concurrency: 1 } }));
      w.whatsapp.faults.next(graphErrorAnswer(190), { times: 2 });
      await queued(w, ANA, EVA, phoneOf(3));
      await sendDue(w);
      w.clock.set(NOON + 15 * MINUTE);
      expect(await sendDue(w), 'one finds out for the others').to.deep.equal({ outage: 3 });
      expect(w.whatsapp.attempts).to.equal(2);
      w.clock.set(NOON + 30 * MINUTE);
      await sendDue(w);
      w.clock.set(NOON + 31 * MINUTE);
      await sendDue(w);
      expect(w.whatsapp.accepted).to.have.length(3);
      expect(logged(w, HALTED)).to.have.length(1);
      expect(logged(w, 'Sending goes on')).to.have.length(1);
    });

    it('190 is over when a new token is configured', async () => {
      const w = world();
      w.app.reconfigure(w.settings({ whatsapp: { concurrency: 1 } }));
      w.whatsapp.faults.next(graphErrorAnswer(190));
      await queued(w, ANA, EVA);
      expect(await sendDue(w)).to.deep.equal({ outage: 2 });
      w.app.reconfigure(w.settings());
      expect(logged(w, 'Sending goes on')).to.have.length(1);
      w.clock.set(NOON + 15 * MINUTE);
      expect(await sendDue(w), 'none has to find out for the others').to.deep.equal({ accepted: 2 });
    });

    it('190 is said once for 50 messages, and none of them is lost', async () => {
      const w = world();
      w.whatsapp.faults.next(graphErrorAnswer(190), { times: Infinity });
      const phones = Array.from({ length: 50 }, (_, index) => phoneOf(index));
      await queued(w, ...phones);
      expect(await sendDue(w)).to.deep.equal({ outage: 50 });
      expect(w.log.filter(({ level }) => level === 'error' || level === 'warn')).to.have.length(1);
      expect(logged(w, HALTED)[0]?.['reason']).to.contain('put a valid system user token in whatsapp.access_token');
      const posts = w.whatsapp.attempts;
      w.clock.set(NOON + 15 * MINUTE);
      await sendDue(w);
      expect(w.whatsapp.attempts, 'one message alone found out').to.equal(posts + 1);
      w.whatsapp.faults.clear();
      w.app.reconfigure(w.settings());
      w.clock.set(NOON + 31 * MINUTE);
      expect(await sendDue(w)).to.deep.equal({ accepted: 50 });
    });

    it('131048 halts for hours, which is its own delay', async () => {
      const w = world();
      w.whatsapp.faults.next(graphErrorAnswer(131048));
      await queued(w, ANA);
      await sendDue(w);
      expect((await onlySend(w)).scheduledAt).to.equal(NOON + 4 * HOUR);
    });

    it('132001 halts its template only', async () => {
      const w = world();
      w.app.reconfigure(w.settings({ whatsapp: { concurrency: 1 } }));
      w.whatsapp.faults.next(graphErrorAnswer(132001));
      await queued(w, ANA, EVA);
      w.order(phoneOf(3), 70, { total: '900.00' });
      await w.app.sync();
      await queueSend(w, phoneOf(3), 'loyalty_reward');
      expect(await sendDue(w)).to.deep.equal({ outage: 2, accepted: 1 });
      expect(w.whatsapp.accepted.map(({ template }) => template)).to.deep.equal(['loyalty_reward']);
      expect(w.whatsapp.attempts).to.equal(2);
      expect(logged(w, HALTED).map(({ scope }) => scope)).to.deep.equal(['template:we_miss_you/en']);
    });

    it('of a template that Meta has paused meanwhile let its messages wait until it is approved again', async () => {
      const w = world();
      await queued(w, ANA, EVA);
      w.whatsapp.templates.setStatus('we_miss_you', 'en', 'PAUSED');
      expect(await sendDue(w)).to.deep.equal({ outage: 2 });
      expect(w.whatsapp.attempts).to.equal(0);
      expect(w.log.filter(({ level }) => level === 'error')).to.have.length(1);
      w.whatsapp.templates.setStatus('we_miss_you', 'en', 'APPROVED');
      w.clock.set(NOON + HOUR);
      expect(await sendDue(w)).to.deep.equal({ accepted: 2 });
    });

    it('to list the templates let the messages wait, and are asked about once a minute for all of them', async () => {
      const w = world();
      const asked: URL[] = [];
      w.whatsapp.templateFaults.next(graphErrorAnswer(190), { times: Infinity, when: (url) => asked.push(url) > 0 });
      const phones = Array.from({ length: 30 }, (_, index) => phoneOf(index));
      await queued(w, ...phones);
      expect(await sendDue(w)).to.deep.equal({ outage: 30 });
      await grant(w, phoneOf(30));
      expect(await sendNow(w, phoneOf(30))).to.include({ success: false });
      expect(asked).to.have.length(1);
      expect(w.log.filter(({ level }) => level === 'error' || level === 'warn')).to.have.length(1);
      w.whatsapp.templateFaults.clear();
      w.clock.set(NOON + MINUTE);
      expect(await sendDue(w)).to.deep.equal({ accepted: 31 });
    });
  });

  describe('no clear answer', () => {
    const faults: [string, (w: World) => void][] = [
      [
        'accepted, and never answered',
        (w) => {
          w.whatsapp.faults.next('never', { handled: true });
        },
      ],
      [
        'a connection that is reset',
        (w) => {
          w.whatsapp.faults.next('reset', { handled: true });
        },
      ],
      [
        'a bare 500',
        (w) => {
          w.whatsapp.faults.next({ status: 500, headers: {}, body: '' });
        },
      ],
      [
        'a page of HTML',
        (w) => {
          w.whatsapp.faults.next('html-200', { handled: true });
        },
      ],
      [
        'JSON that breaks off',
        (w) => {
          w.whatsapp.faults.next('cut-json', { handled: true });
        },
      ],
      [
        'an acceptance without an id',
        (w) => {
          w.whatsapp.faults.next(ACCEPTED_WITHOUT_ID, { handled: true });
        },
      ],
    ];
    for (const [what, goWrong] of faults) {
      it(`${what}: the message is unknown and never sent again`, async () => {
        const w = world();
        goWrong(w);
        await queued(w, ANA);
        expect(await sendDue(w)).to.deep.equal({ unknown: 1 });
        const action = await onlySend(w);
        expect(action).to.include({ status: 'complete', reason: 'unknown' });
        expect(action.result).to.include({ success: false });
        expect((await messageLog(w)).map(({ status, messageId }) => [status, messageId])).to.deep.equal([
          ['unknown', null],
        ]);
        w.clock.set(NOON + DAY);
        await sendDue(w);
        expect(await sendNow(w, ANA), 'it counts in the cap').to.deep.equal(failed('Frequency cap reached'));
        expect(w.whatsapp.attempts).to.equal(1);
      });
    }
  });

  it('waits while WhatsApp cannot be reached, without counting an attempt, and says so once', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ whatsapp: { concurrency: 1 } }));
    await queued(w, ANA);
    await sendDue(w);
    await queued(w, EVA, phoneOf(3));
    await w.whatsapp.close();
    expect(await sendDue(w)).to.deep.equal({ outage: 2 });
    for (const action of await w.app.actions({ hook: SEND, status: 'pending' }))
      expect(action).to.include({ attempts: 0, scheduledAt: NOON + MINUTE });
    w.clock.set(NOON + MINUTE);
    expect(await sendDue(w)).to.deep.equal({ outage: 2 });
    expect(logged(w, HALTED)).to.have.length(1);
    expect((await messageLog(w)).map(({ status }) => status)).not.to.include('unknown');
  });

  it('for want of the shop waits with the others, and that is said once', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ whatsapp: { concurrency: 1 } }));
    const product = w.shop.addProduct({ name: 'Blue cup', price: '8.00' });
    const phones = Array.from({ length: 24 }, (_, index) => phoneOf(index));
    await grant(w, ...phones);
    for (const phone of phones) {
      await sees(w, phone, product);
      await queueSend(w, phone, 'back_in_stock');
    }
    w.shop.faults.next(
      { status: 401, headers: {}, body: '{"code":"woocommerce_rest_authentication_error","message":"No."}' },
      { times: Infinity, when: ({ path }) => path.endsWith('/products') },
    );
    expect(await sendDue(w)).to.deep.equal({ outage: 24 });
    expect(w.log.filter(({ level }) => level === 'error' || level === 'warn')).to.have.length(1);
    w.shop.faults.clear();
    w.clock.set(NOON + MINUTE);
    expect(await sendDue(w)).to.deep.equal({ accepted: 24 });
  });
});
