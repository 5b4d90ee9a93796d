import { expect } from 'chai';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { NOON, useWorld } from '../support/world.js';
import { explained, section, verdict } from './explain-support.js';
import { ANA, checkStock, onlySend, plan, queueSend, revoke, sees, sendDue, whileTimePasses } from './support.js';

describe('explain, while a message waits for somebody,', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000, timeout_seconds: 1 } });

  const cup = (price = '12.50') => world().shop.addProduct({ name: 'Blue cup', price, createdAt: NOON - 300 * DAY });

  /** A campaign planned at noon for Ana, who bought 70 days ago. */
  async function planned() {
    const w = world();
    w.order(ANA, 70);
    await w.app.sync();
    await plan(w);
    return w;
  }

  /** Her action ends as skipped, for this reason. */
  async function isSkipped(reason: string) {
    const w = world();
    expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
    expect((await onlySend(w)).reason).to.equal(reason);
  }

  it('says that it is due, and what it is', async () => {
    const w = await planned();
    const { id } = await onlySend(w);
    const told = await explained(w);
    expect(told.summary[0]).to.equal(
      `A message is due now: we_miss_you, with the template we_miss_you (en). It waits in the queue as action ${id}.`,
    );
    expect(section(told, 'Queue')).to.contain(`Action ${id} (we_miss_you) is due February 10, 2026, 12:00.`);
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
    expect(section(await explained(w), 'Queue')).to.contain(
      `Action ${id} (we_miss_you), ended February 10, 2026, 12:00: complete, WhatsApp took it.`,
    );
  });

  it('says when one that was put off is due, and why it was', async () => {
    const w = await planned();
    w.whatsapp.faults.next(graphErrorAnswer(131000));
    await sendDue(w);
    w.clock.set(NOON + 5_000);
    const told = await explained(w);
    expect(told.summary[0]).to.contain('A message goes out on February 10, 2026, 12:00: we_miss_you');
    expect(section(told, 'Queue')).to.contain('WhatsApp had a passing trouble; it is tried again');
    expect(section(told, 'Queue')).to.contain('Put off: 2026-02-10T11:00:00.000Z retry');
    w.clock.set((await onlySend(w)).scheduledAt);
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
  });

  it('says that it will not go once its day is over', async () => {
    const w = await planned();
    w.clock.set(NOON + 12 * HOUR);
    expect(await verdict(w)).to.match(
      /^The message that waits in the queue .* will not be sent: message is no longer of/,
    );
    await isSkipped('expired');
  });

  it('says that it will not go to whoever has bought since', async () => {
    const w = await planned();
    w.clock.set(NOON + HOUR);
    w.order(ANA, 0);
    await w.app.sync();
    expect(await verdict(w)).to.contain('will not be sent: customer has bought since the message was planned');
    await isSkipped('bought_since');
  });

  it('says that it will not go to whoever has opted out since', async () => {
    const w = await planned();
    await revoke(w, ANA);
    expect(await verdict(w)).to.contain('will not be sent: they have opted out, says the consent ledger (test)');
    await isSkipped('opted_out');
  });

  it('says that it will not go when the product is out of stock again', async () => {
    const w = world();
    w.order(ANA, 5);
    await w.app.sync();
    const product = cup();
    await sees(w, ANA, product);
    await checkStock(w);
    w.shop.setStock(product, 'outofstock');
    w.clock.set(NOON + 2 * 60_000);
    expect(await verdict(w)).to.contain('will not be sent: product is out of stock again');
    await isSkipped('out_of_stock');
  });

  it('says that it will not go when the price is up again', async () => {
    const w = world();
    w.order(ANA, 70);
    const product = cup('8.00');
    await sees(w, ANA, product, { inStock: true });
    await plan(w);
    w.shop.setPrice(product, '10.00');
    w.clock.set(NOON + 2 * 60_000);
    expect(await verdict(w)).to.contain('will not be sent: price drop no longer holds');
    await isSkipped('price_up_again');
  });

  it('says that it will not go when what it is about was bought', async () => {
    const w = world();
    w.order(ANA, 5);
    await w.app.sync();
    const product = cup();
    await sees(w, ANA, product);
    await checkStock(w);
    w.clock.set(NOON + HOUR);
    w.order(ANA, 0, { productId: product });
    await w.app.sync();
    expect(await verdict(w)).to.contain('will not be sent: failed to build message content');
    await isSkipped('no_products');
  });

  it('says that a message by hand about nothing will fail', async () => {
    const w = world();
    w.order(ANA, 70);
    await w.app.sync();
    await queueSend(w, ANA, 'back_in_stock');
    expect(await verdict(w)).to.contain('it cannot be made (Failed to build message content)');
    expect(await sendDue(w)).to.deep.equal({ invalid: 1 });
  });

  it('says that it waits for its template, and what is wrong with that', async () => {
    const w = await planned();
    w.whatsapp.templates.setStatus('we_miss_you', 'en', 'PAUSED');
    w.app.reconfigure(w.settings());
    expect(await verdict(w)).to.match(
      /goes on waiting: its template cannot be sent now\.\nTemplate we_miss_you \(en\) is p/,
    );
    expect(await sendDue(w)).to.deep.equal({ outage: 1 });
  });

  it('says that sending is halted, and what WhatsApp said', async () => {
    const w = await planned();
    w.whatsapp.faults.next(graphErrorAnswer(190));
    expect(await sendDue(w)).to.deep.equal({ outage: 1 });
    const told = await explained(w);
    expect(section(told, 'Queue')).to.contain('sending is halted until what WhatsApp said is mended');
    expect(section(told, 'Queue')).to.contain('190');
  });

  it('says in another process too that sending is halted, what to do, and when it is tried again', async () => {
    const w = await planned();
    w.whatsapp.faults.next(graphErrorAnswer(131042));
    expect(await sendDue(w)).to.deep.equal({ outage: 1 });
    const { id } = await onlySend(w);
    const told = await w.anotherApp().explain(ANA);
    expect(told.verdict).to.include({ outcome: 'later', reason: 'halted', form: null });
    expect(told.summary[0]).to.equal(`A message waits in the queue (action ${id}) because sending is halted.`);
    expect(told.summary[1]).to.match(/^.{20,} Meta said: .*\(131042\)\.$/);
    expect(told.summary[2]).to.match(/^It is tried again on February 10, 2026, 12:\d\d\.$/);
  });

  it('says that a halted one will not go to whoever has opted out since', async () => {
    const w = await planned();
    w.whatsapp.faults.next(graphErrorAnswer(131042));
    await sendDue(w);
    await revoke(w, ANA);
    expect((await w.anotherApp().explain(ANA)).verdict).to.include({ outcome: 'nothing', reason: 'opted_out' });
  });

  it('says that one by hand waits for the end of the quiet hours', async () => {
    const w = await planned();
    await sendDue(w);
    w.clock.set(Date.parse('2026-02-20T20:00:00Z'));
    await w.app.sync();
    await queueSend(w, ANA);
    expect(await verdict(w)).to.match(
      /^A message waits in the queue \(action \d+\) for the end of the quiet hours, on February 21, 2026, 09:00\./,
    );
    expect(await sendDue(w)).to.deep.equal({ deferred: 1 });
  });

  it('says that one about products waits while the shop is out', async () => {
    const w = world();
    w.order(ANA, 5);
    await w.app.sync();
    await sees(w, ANA, cup());
    await checkStock(w);
    w.clock.set(NOON + 2 * 60_000);
    w.shop.faults.next('reset', { times: Infinity });
    const told = await whileTimePasses(w.clock, explained(w));
    expect(told.summary[0]).to.match(/^A message waits in the queue \(action \d+\) until the shop can be asked\./);
    expect(await whileTimePasses(w.clock, sendDue(w))).to.deep.equal({ outage: 1 });
  });
});
