import { expect } from 'chai';
import { DAY } from '../../src/lib/clock.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { explained, section, verdict } from './explain-support.js';
import { ANA, checkStock, lastSummary, plan, queueSend, sees, sendDue, sendNow } from './support.js';

const failed = { success: false, error: 'WhatsApp cannot reach this number' };

describe('a number that WhatsApp cannot reach', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  async function refusedOn(w: World, day: number, code = 131026): Promise<void> {
    w.clock.set(NOON + day * DAY);
    w.whatsapp.faults.next(graphErrorAnswer(code), { when: ({ to }) => to === ANA });
    await plan(w);
    await sendDue(w);
  }

  async function refusedTwice(w: World): Promise<void> {
    w.order(ANA, 70);
    await refusedOn(w, 0);
    await refusedOn(w, 2);
    expect(w.whatsapp.attempts).to.equal(2);
  }

  it('is left alone after the second refusal in a row, by every job and by hand', async () => {
    const w = world();
    await refusedTwice(w);
    await sees(w, ANA, w.shop.addProduct({ name: 'Blue cup', price: '8.00', createdAt: NOON - 300 * DAY }));
    for (const day of [3, 20, 29, 300]) {
      w.clock.set(NOON + day * DAY);
      expect(await plan(w), `day ${day}`).to.equal(0);
      expect(lastSummary(w)['skipped']).to.deep.equal({ undeliverable: 1 });
      expect(await checkStock(w)).to.equal(0);
      expect(await sendNow(w, ANA)).to.deep.equal(failed);
    }
    expect(w.whatsapp.attempts).to.equal(2);
  });

  it('stops what waits in the queue already', async () => {
    const w = world();
    await refusedTwice(w);
    w.clock.set(NOON + 4 * DAY);
    await queueSend(w, ANA);
    expect(await verdict(w)).to.match(/will not be sent: WhatsApp cannot reach this number/);
    expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
  });

  it('is explained and previewed', async () => {
    const w = world();
    await refusedTwice(w);
    const told = await explained(w);
    expect(told.summary.join('\n')).to.contain('A new order with it makes it count as reachable again');
    expect(section(told, 'Customer')).to.contain('Since February 12, 2026, 12:00 WhatsApp cannot reach this number');
    const [daily] = (await w.app.preview()).runs;
    expect(daily.skipped).to.deep.equal([
      { reason: 'undeliverable', customers: 1, sentence: 'WhatsApp cannot reach this number' },
    ]);
  });

  it('is reachable again after a new order with it, paid or not, and after one more refusal no longer', async () => {
    const w = world();
    await refusedTwice(w);
    w.clock.set(NOON + 10 * DAY);
    w.order(ANA, 1, { status: 'failed' });
    await refusedOn(w, 11);
    expect(w.whatsapp.attempts).to.equal(3);
    w.clock.set(NOON + 20 * DAY);
    expect(await plan(w)).to.equal(0);
    expect(lastSummary(w)['skipped']).to.deep.equal({ undeliverable: 1 });
  });

  it('stays left alone when an order of before is read again', async () => {
    const w = world();
    await refusedTwice(w);
    w.clock.set(NOON + 10 * DAY);
    for (const id of w.shop.orders.keys()) w.shop.refundOrder(id, '1.00');
    expect(await plan(w)).to.equal(0);
    expect(lastSummary(w)['skipped']).to.deep.equal({ undeliverable: 1 });
  });

  it('is not one that took a message in between', async () => {
    const w = world();
    w.order(ANA, 70);
    await refusedOn(w, 0);
    w.clock.set(NOON + 2 * DAY);
    expect(await sendNow(w, ANA)).to.include({ success: true });
    await refusedOn(w, 10);
    w.clock.set(NOON + 12 * DAY);
    expect(await plan(w)).to.equal(1);
  });

  it('is not one that was refused for another reason, however often', async () => {
    const w = world();
    w.order(ANA, 70);
    for (const day of [0, 2, 4]) await refusedOn(w, day, 131030);
    w.clock.set(NOON + 6 * DAY);
    expect(await plan(w)).to.equal(1);
  });
});
