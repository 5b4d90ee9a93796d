import { expect } from 'chai';
import { ALL_HOOKS, HOOKS } from '../../src/queue/hooks.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { DAY } from '../../src/lib/clock.js';
import { ANA, EVA, logged, onlySend, phoneOf, queued, sees, sendDue } from './support.js';

describe('the log of a run', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  /** The first page of orders holds one that is none. */
  function malformedOrder(w: World): void {
    w.shop.faults.next(
      {
        status: 200,
        headers: { 'content-type': 'application/json', 'x-wp-total': '1', 'x-wp-totalpages': '1' },
        body: JSON.stringify([
          { id: 7_000, status: 'completed', total: 'a lot', date_created_gmt: '2026-02-01T10:00:00' },
        ]),
      },
      { when: ({ path }) => path.endsWith('/orders') },
    );
  }

  for (const hook of ALL_HOOKS)
    it(`of ${hook} carries the action's id on every line`, async () => {
      const w = world();
      w.order(ANA, 90);
      malformedOrder(w);
      await sees(w, EVA, w.shop.addProduct({ name: 'Red cup', price: '9.00', createdAt: NOON - DAY }), {
        source: null,
      });
      const args = hook === HOOKS.sendMessage ? { customer_phone: ANA, campaign_type: 'we_miss_you' } : [];
      await w.app.queue.doAction(hook, args);
      const [action] = await w.app.actions({ hook });
      expect(w.log.map(({ message, run }) => ({ message, run }))).to.deep.equal(
        w.log.map(({ message }) => ({ message, run: action?.id })),
      );
    });

  it('is said by each of the hooks that plan, send and read', async () => {
    const w = world();
    w.order(ANA, 90);
    await w.app.queue.doAction(HOOKS.processCampaigns);
    const [planning] = await w.app.actions({ hook: HOOKS.processCampaigns });
    expect(logged(w, 'Campaigns are planned')[0]).to.include({ run: planning?.id });
    await sendDue(w);
    expect(logged(w, 'Message outcome')[0]).to.include({ run: (await onlySend(w)).id });
    malformedOrder(w);
    await w.app.queue.doAction(HOOKS.syncShop);
    const [sync] = await w.app.actions({ hook: HOOKS.syncShop });
    expect(logged(w, 'An order is left out: it is not what WooCommerce documents')[0]).to.include({ run: sync?.id });
  });

  it('does not mix with that of another run at the same time', async () => {
    const w = world();
    // One POST at a time: each is begun when the one before it ends.
    w.app.reconfigure(w.settings({ whatsapp: { concurrency: 1 } }));
    const ids = await queued(w, ANA, EVA, phoneOf(3));
    w.whatsapp.faults.next({ slow: 50 });
    w.whatsapp.faults.next(graphErrorAnswer(190));
    await sendDue(w);
    const [halt] = logged(w, 'Sending is halted; the messages wait');
    expect(w.whatsapp.accepted).to.have.length(1);
    const refused = w.whatsapp.attempts;
    expect(refused).to.equal(2);
    const runs = new Map(logged(w, 'Message outcome').map(({ run, outcome }) => [run, outcome]));
    expect([...runs.keys()]).to.have.members(ids);
    const accepted = [...runs].find(([, outcome]) => outcome === 'accepted')?.[0];
    expect(halt?.['run']).to.be.oneOf(ids).and.not.to.equal(accepted);
    for (const line of logged(w, 'Message outcome')) expect(line['run']).to.equal(line['action']);
  });
});
