import { sql } from 'drizzle-orm';
import { expect } from 'chai';
import { createApp } from '../../src/app.js';
import { DAY, HOUR } from '../../src/lib/clock.js';
import type { Logger } from '../../src/lib/logger.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { NOON, useWorld, type World } from '../support/world.js';
import {
  ANA,
  checkStock,
  EVA,
  grant,
  logged,
  messageLog,
  onlySend,
  phoneOf,
  plan,
  queued,
  queueSend,
  revoke,
  sees,
  sendDue,
  sendNow,
  sends,
} from '../jobs/support.js';

const SEND = HOOKS.sendMessage;
const OUTCOME = 'Message outcome';

describe('the outcome of a message', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 } });
  const outcomes = (w: World) => logged(w, OUTCOME);

  const answers = (w: World, code: number) => {
    w.whatsapp.faults.next(graphErrorAnswer(code));
    return Promise.resolve();
  };

  interface Case {
    readonly name: string;
    /** Leaves one message that ends so, and nothing else that was logged. */
    readonly happens: (w: World) => Promise<unknown>;
    readonly line: Record<string, unknown>;
    readonly level?: string;
  }

  const cases: Case[] = [
    { name: 'accepted', happens: () => Promise.resolve(), line: { outcome: 'accepted', attempt: 0 } },
    {
      name: 'skipped while the switch is off',
      happens: (w) => {
        w.app.reconfigure(w.settings({ reengagement: { enabled: false } }));
        return Promise.resolve();
      },
      line: { outcome: 'skipped', reason: 'disabled', error: 'Reengagement is disabled' },
    },
    {
      name: 'skipped for somebody who has opted out',
      happens: (w) => revoke(w, ANA),
      line: { outcome: 'skipped', reason: 'opted_out', error: 'Customer has opted out' },
    },
    {
      name: 'skipped without a template',
      happens: (w) => {
        w.app.reconfigure(w.settings({ whatsapp: { templates: {} } }));
        return Promise.resolve();
      },
      line: { outcome: 'skipped', reason: 'no_template' },
    },
    {
      name: 'skipped outside the window where only texts are configured',
      happens: (w) => {
        w.app.reconfigure(w.settings({ whatsapp: { mode: 'text' } }));
        return Promise.resolve();
      },
      line: { outcome: 'skipped', reason: 'outside_window' },
    },
    {
      name: 'tried again',
      happens: (w) => answers(w, 131000),
      line: { outcome: 'retried', code: 131000, attempt: 1 },
    },
    {
      name: 'refused',
      happens: (w) => answers(w, 131026),
      line: { outcome: 'refused', code: 131026, attempt: 1 },
    },
    {
      name: 'declined',
      happens: (w) => answers(w, 131050),
      line: { outcome: 'declined', code: 131050, attempt: 0 },
    },
    {
      name: 'unknown',
      happens: (w) => {
        w.whatsapp.faults.next('reset', { handled: true });
        return Promise.resolve();
      },
      line: { outcome: 'unknown', attempt: 0 },
    },
    {
      name: 'waiting for an outage',
      happens: (w) => answers(w, 190),
      line: { outcome: 'outage', reason: 'halted', attempt: 0 },
      level: 'debug',
    },
    {
      name: 'deferred by quiet hours',
      happens: (w) => {
        w.clock.set(NOON + 9 * HOUR);
        return Promise.resolve();
      },
      line: { outcome: 'deferred', reason: 'quiet_hours', attempt: 0 },
      level: 'debug',
    },
  ];
  for (const { name, happens, line, level = 'info' } of cases)
    it(`is one line when it is ${name}`, async () => {
      const w = world();
      const [id] = await queued(w, ANA);
      await happens(w);
      await sendDue(w);
      expect(outcomes(w)).to.have.length(1);
      expect(outcomes(w)[0]).to.include({
        ...line,
        level,
        category: 'reengagement',
        run: id,
        action: id,
        phone: '***001',
        campaign_type: 'we_miss_you',
      });
    });

  it('of one that was accepted names the end of its id', async () => {
    const w = world();
    await queued(w, ANA);
    await sendDue(w);
    const id = w.whatsapp.accepted[0]?.id ?? '';
    expect(outcomes(w)[0]?.['message_id']).to.equal(`...${id.slice(-8)}`);
    expect(JSON.stringify(w.log)).not.to.contain(id);
  });

  it('is one line for a customer who never agreed, who was capped, and whom WhatsApp refused of late', async () => {
    const w = world();
    w.order(EVA, 70, { consent: null });
    await w.app.sync();
    await queueSend(w, EVA);
    await sendDue(w);
    await grant(w, ANA, phoneOf(3));
    await sendNow(w, ANA);
    await sendNow(w, ANA);
    await answers(w, 131049);
    await sendNow(w, phoneOf(3));
    await sendNow(w, phoneOf(3));
    expect(outcomes(w).map(({ outcome, reason }) => `${String(outcome)} ${String(reason)}`)).to.deep.equal([
      'skipped no_consent',
      'accepted undefined',
      'skipped frequency_cap',
      'refused not_again',
      'skipped refused_recently',
    ]);
  });

  it('is one line for a US number, and for one that expired while it waited', async () => {
    const w = world();
    await grant(w, '+14155550123');
    await sendNow(w, '+14155550123');
    w.order(ANA, 70);
    await w.app.sync();
    await plan(w);
    w.clock.set(NOON + 2 * DAY);
    await sendDue(w);
    expect(outcomes(w).map(({ reason }) => reason)).to.deep.equal(['us_number', 'expired']);
  });

  it('is one line for a purchase and for stock that ran out since it was planned', async () => {
    const w = world();
    const product = w.shop.addProduct({ name: 'Blue cup', price: '8.00' });
    await grant(w, EVA);
    await sees(w, EVA, product);
    await checkStock(w);
    w.order(ANA, 70);
    await w.app.sync();
    await plan(w);
    w.shop.setStock(product, 'outofstock');
    w.clock.set(NOON + HOUR);
    w.order(ANA, 0);
    await w.app.sync();
    await sendDue(w);
    expect(outcomes(w).map(({ reason }) => reason)).to.have.members(['bought_since', 'out_of_stock']);
  });

  it('is one line when the cap is reached between the last look and the reservation', async () => {
    const w = world();
    w.order(ANA, 90, { total: '900.00' });
    await w.app.sync();
    await queueSend(w, ANA, 'loyalty_reward');
    const { reengagementLog } = w.database.tables;
    // Another daemon's message, from the moment in which the templates are asked about.
    const other = { customerPhone: ANA, campaignType: 'we_miss_you', status: 'sent', sentAt: new Date(NOON) };
    let written: Promise<unknown> | undefined;
    w.whatsapp.templateFaults.next(
      { slow: 300 },
      {
        when: () => {
          written ??= w.database.query((orm) => orm.insert(reengagementLog).values(other));
          return true;
        },
      },
    );
    await sendDue(w);
    expect(await messageLog(w)).to.have.length(1);
    expect(outcomes(w)).to.have.length(1);
    expect(outcomes(w)[0]).to.include({ outcome: 'skipped', reason: 'frequency_cap', campaign_type: 'loyalty_reward' });
  });

  const payloads: [name: string, args: object, error: string, phone: string | undefined][] = [
    ['no phone', { campaign_type: 'we_miss_you' }, 'Missing customer phone', undefined],
    ['a stranger', { customer_phone: '+1234567890', campaign_type: 'we_miss_you' }, 'Customer not found', '***890'],
    [
      'a phone in the wrong place',
      { customer_phone: ANA, campaign_type: EVA.slice(1) },
      'Unknown campaign type',
      '***001',
    ],
  ];
  for (const [name, args, error, phone] of payloads)
    it(`is one line for ${name}, and says nothing of it`, async () => {
      const w = world();
      await w.app.queue.doAction(SEND, args);
      expect(outcomes(w)).to.have.length(1);
      expect(outcomes(w)[0]).to.include({ outcome: 'invalid', level: 'info', error });
      expect(outcomes(w)[0]?.['phone']).to.equal(phone);
      expect(JSON.stringify(w.log)).not.to.match(/34600000002|1234567890/);
    });

  it('is one line when a daemon died while it was sent, and carries its run', async () => {
    const w = world();
    const [id] = await queued(w, ANA);
    const { actions, reengagementLog } = w.database.tables;
    const past = sql`UTC_TIMESTAMP(3) - INTERVAL 1 SECOND`;
    await w.database.query((orm) =>
      orm.update(actions).set({ status: 'in-progress', claimId: 'dead', leaseUntil: past }),
    );
    await w.database.query((orm) =>
      orm.insert(reengagementLog).values({
        customerPhone: ANA,
        campaignType: 'we_miss_you',
        status: 'sending',
        sentAt: new Date(NOON),
        actionId: id ?? 0,
        claimId: 'dead',
      }),
    );
    await sendDue(w);
    expect(outcomes(w)).to.have.length(1);
    expect(outcomes(w)[0]).to.include({ outcome: 'unknown', run: id, phone: '***001', level: 'info' });
  });

  it('stands though the log fails: each message goes out once, and the queue goes on', async () => {
    const w = world();
    const fail = (): never => {
      throw new Error('disk full');
    };
    const logger: Logger = { error: fail, warn: fail, info: fail, debug: fail, child: () => logger };
    const app = createApp({ config: w.settings(), logger, clock: w.clock });
    await queued(w, ANA, EVA, phoneOf(3));
    await answers(w, 131000);
    expect(await app.runDue([SEND])).to.deep.equal({ accepted: 2, retried: 1 });
    const { scheduledAt } = (await sends(w)).find(({ status }) => status === 'pending') ?? { scheduledAt: 0 };
    w.clock.set(scheduledAt);
    expect(await app.runDue([SEND])).to.deep.equal({ accepted: 1 });
    await grant(w, phoneOf(4));
    const args = { customer_phone: phoneOf(4), campaign_type: 'we_miss_you' };
    expect(await app.queue.doAction(SEND, args)).to.include({ success: true });
    expect(w.whatsapp.accepted.map(({ to }) => to)).to.have.members([ANA, EVA, phoneOf(3), phoneOf(4)]);
    await app.stop();
  });

  it('of anything but a message is no line', async () => {
    const w = world();
    await checkStock(w);
    await w.app.queue.doAction(HOOKS.pruneActions);
    expect(outcomes(w)).to.deep.equal([]);
  });

  it('is a line for each attempt', async () => {
    const w = world();
    await queued(w, ANA);
    await answers(w, 131000);
    await sendDue(w);
    w.clock.set((await onlySend(w)).scheduledAt);
    await sendDue(w);
    expect(outcomes(w).map(({ outcome, attempt }) => [outcome, attempt])).to.deep.equal([
      ['retried', 1],
      ['accepted', 1],
    ]);
  });
});
