import { expect } from 'chai';
import { DAY, HOUR } from '../../src/lib/clock.js';
import type { CampaignType } from '../../src/reengagement/campaign-type.js';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { arrivesAt, explained, section, verdict } from './explain-support.js';
import { expectRunAsPreviewed, halfPastEight } from './preview-support.js';
import {
  ANA,
  checkStock,
  EVA,
  lastSummary,
  messageLog,
  phoneOf,
  plan,
  queued,
  sees,
  sendDue,
  sendNow,
  sends,
  typesByPhone,
} from './support.js';

/** Campaign messages that were sent so many days ago. */
async function had(w: World, phone: string, daysAgo: readonly number[], campaignType: CampaignType = 'we_miss_you') {
  const { reengagementLog: log } = w.database.tables;
  const rows = daysAgo.map((days) => ({
    customerPhone: phone,
    campaignType,
    status: 'sent',
    sentAt: new Date(w.clock.now() - days * DAY),
  }));
  await w.database.query((orm) => orm.insert(log).values(rows));
}

describe('a lapse is one story', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });
  const cup = (w: World, price = '8.00') => w.shop.addProduct({ name: 'Blue cup', price, createdAt: NOON - 300 * DAY });
  const failed = (error: string) => ({ success: false, error });

  it('plans no campaign after its last message and in a pause, and says how many customers that concerns', async () => {
    const w = world();
    for (const phone of [ANA, EVA, phoneOf(3)]) w.order(phone, 200);
    await had(w, ANA, [150, 120, 90]);
    await had(w, EVA, [20, 30]);
    expect(await plan(w)).to.equal(1);
    expect(Object.keys(await typesByPhone(w))).to.deep.equal([phoneOf(3)]);
    expect(lastSummary(w)['skipped']).to.deep.equal({ lapse_told: 1, lapse_pause: 1 });
  });

  it('goes on to news of stock and of prices, from both jobs', async () => {
    const w = world();
    const [back, cheaper] = [cup(w), cup(w)];
    for (const phone of [ANA, EVA, phoneOf(3)]) {
      w.order(phone, 200, { total: '900.00' });
      await had(w, phone, [150, 120, 90]);
    }
    await sees(w, ANA, back);
    await sees(w, EVA, cheaper, { inStock: true });
    expect(await plan(w)).to.equal(2);
    expect(await typesByPhone(w)).to.deep.equal({ [ANA]: 'back_in_stock', [EVA]: 'price_drop' });
    await sees(w, phoneOf(3), back);
    expect(await checkStock(w)).to.equal(1);
    expect(await sendDue(w)).to.deep.equal({ accepted: 3 });
  });

  it('does not count news of stock and of prices', async () => {
    const w = world();
    w.order(ANA, 200);
    await had(w, ANA, [40, 50, 60], 'price_drop');
    await had(w, ANA, [70, 80, 90], 'back_in_stock');
    expect(await plan(w)).to.equal(1);
  });

  it('is asked about again when the message is sent, also of one that came from outside', async () => {
    const w = world();
    await queued(w, ANA, EVA);
    await had(w, ANA, [20, 40]);
    await had(w, EVA, [50, 40, 30]);
    expect(await sendDue(w)).to.deep.equal({ skipped: 2 });
    expect((await sends(w)).map(({ reason }) => reason)).to.have.members(['lapse_pause', 'lapse_told']);
    expect(await sendNow(w, ANA)).to.deep.equal(failed('Too soon after the last campaign message'));
    expect(await sendNow(w, EVA)).to.deep.equal(failed('Customer has had every campaign message until they buy again'));
    w.clock.set(NOON + DAY);
    expect(await sendNow(w, ANA)).to.include({ success: true });
  });

  it('does not stop the retry of its own message', async () => {
    const w = world();
    w.whatsapp.faults.next(graphErrorAnswer(131000));
    await queued(w, ANA);
    await had(w, ANA, [20.9, 40]);
    w.clock.set(NOON + 3 * HOUR);
    expect(await sendDue(w)).to.deep.equal({ retried: 1 });
    w.clock.set(NOON + 4 * HOUR);
    expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
  });

  it('counts a message without a clear answer, and not one that was refused', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ reengagement: { max_messages_per_lapse: 1 } }));
    w.whatsapp.faults.next('reset', { when: ({ to }) => to === ANA });
    w.whatsapp.faults.next(graphErrorAnswer(131049), { when: ({ to }) => to === EVA });
    await queued(w, ANA, EVA);
    await sendDue(w);
    expect((await messageLog(w)).map(({ status }) => status)).to.have.members(['unknown', 'failed']);
    w.clock.set(NOON + 30 * DAY);
    await plan(w);
    await sendDue(w);
    expect(w.whatsapp.accepted.map(({ to }) => to)).to.deep.equal([EVA]);
  });

  it('starts afresh with a purchase, and goes on where that purchase is refunded', async () => {
    const w = world();
    w.order(ANA, 200);
    await had(w, ANA, [150, 120, 90]);
    const order = w.order(ANA, 70);
    expect(await plan(w)).to.equal(1);
    w.shop.refundOrder(order, '10.00');
    w.clock.set(NOON + DAY);
    expect(await plan(w)).to.equal(0);
    expect(lastSummary(w)['skipped']).to.deep.equal({ lapse_told: 1 });
    expect(await sendDue(w), 'what was planned before the refund').to.deep.equal({ skipped: 1 });
  });

  it('has no campaign message at all where none is allowed', async () => {
    const w = world();
    w.app.reconfigure(w.settings({ reengagement: { max_messages_per_lapse: 0 } }));
    w.order(ANA, 70);
    expect(await plan(w)).to.equal(0);
    expect(await verdict(w)).to.contain('reengagement.max_messages_per_lapse is 0');
  });

  it('is in the preview as in the run that follows', async () => {
    const w = world();
    await w.app.tick();
    await halfPastEight(w, '2026-02-11');
    for (let number = 1; number <= 6; number++) w.order(phoneOf(number), 200);
    await had(w, phoneOf(1), [150, 120, 90]);
    await had(w, phoneOf(2), [10]);
    await had(w, phoneOf(3), [20, 100]);
    // The pause ends between now and the run.
    await had(w, phoneOf(4), [21 - 1 / 96, 100]);
    await had(w, phoneOf(5), [150, 120, 90]);
    await sees(w, phoneOf(5), cup(w), { inStock: true });
    await w.app.sync();
    const preview = await w.app.preview();
    const [daily] = preview.runs;
    expect(daily.planned).to.deep.equal({ price_drop: 1, we_miss_you: 3 });
    expect(daily.skipped.map(({ reason, customers }) => [reason, customers])).to.have.deep.members([
      ['lapse_told', 1],
      ['lapse_pause', 1],
    ]);
    await expectRunAsPreviewed(w, preview);
  });

  it('is explained: how many messages it had, until when the pause lasts, and when the next run sends', async () => {
    const w = world();
    w.order(ANA, 200);
    await w.app.sync();
    await had(w, ANA, [10, 40]);
    const told = await explained(w);
    expect(told.summary.join('\n'))
      .to.contain('too soon after the last of 2 campaign messages since their last purchase')
      .and.contain('The pause lasts until February 21, 2026, 12:00.')
      .and.contain('the daily run on February 22, 2026, 09:00');
    expect(section(told, 'Lapse')).to.equal(
      '2 of at most 3 campaign messages since the last purchase.\nThe pause after the last one ends February 21, 2026, 12:00.',
    );
    expect(await arrivesAt(w, Date.parse('2026-02-21T08:00:00Z'))).to.deep.equal([]);
    expect(await arrivesAt(w, Date.parse('2026-02-22T08:00:00Z'))).to.have.length(1);
    expect(await verdict(w), 'the cap is over long before').to.contain('they have had 3 campaign messages since');
  });

  it('is explained of a message that waits', async () => {
    const w = world();
    await queued(w, ANA);
    await had(w, ANA, [50, 40, 30]);
    expect(await verdict(w)).to.match(
      /^The message that waits in the queue \(action \d+, we_miss_you\) will not be sent/,
    );
  });
});
