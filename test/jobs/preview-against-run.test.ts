import { expect } from 'chai';
import fc from 'fast-check';
import { DAY, MINUTE } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { DEFAULT_TEMPLATE_SETTINGS } from '../../src/sandbox/whatsapp/default-templates.js';
import { useWorld, type World } from '../support/world.js';
import { expectRunAsPreviewed, halfPastEight, messaged, stocked } from './preview-support.js';
import { grant, opensWindow, phoneOf, profile, revoke, sees } from './support.js';

const QUARTER = (15 * MINUTE) / DAY;

const rarely = fc.integer({ min: 0, max: 9 }).map((die) => die === 0);
/** Most of them may be written to, so that what comes after consent is seen too. */
const person = fc.record({
  daysAgo: fc.constantFrom(3, 60 - 3 * QUARTER, 60 - QUARTER, 61, 80),
  consent: fc.constantFrom(true, true, true, true, false, null),
  isOut: rarely,
  isUs: rarely,
  total: fc.constantFrom('10.00', '10.00', '900.00'),
  product: fc.constantFrom('mug', 'plate', 'back'),
  views: fc.subarray(['back', 'back without plus', 'cheaper'] as const),
  viewedDaysAgo: fc.constantFrom(1, 10, 30 - 3 * QUARTER, 30 - QUARTER / 2, 70),
  messagedDaysAgo: fc.constantFrom(null, null, null, 1, 7 - 3 * QUARTER, 7 - QUARTER, 20),
  isRefused: rarely,
  wroteHoursAgo: fc.constantFrom(null, null, 1, 22.75, 22, 30),
  isQueued: rarely,
} as const);
type Person = typeof person extends fc.Arbitrary<infer Value> ? Value : never;

describe('a preview, held against the runs that follow it', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  it('says what the runs at nine then do: every campaign type, every reason to skip, and every word', async () => {
    const w = world();
    const [english] = DEFAULT_TEMPLATE_SETTINGS.new_arrivals;
    // Nobody at Meta has the Spanish one.
    const templates = { ...DEFAULT_TEMPLATE_SETTINGS, new_arrivals: [english, { ...english, language: 'es' }] };
    w.app.reconfigure(w.settings({ whatsapp: { templates } }));
    await w.app.tick();
    await halfPastEight(w, '2026-02-11');
    const { mug, plate, back, cheaper } = stocked(w);
    let people = 0;
    const next = () => phoneOf((people += 1));
    const bought = (options: Parameters<World['order']>[2] = {}, daysAgo = 70, phone = next()) => {
      w.order(phone, daysAgo, { productId: plate, ...options });
      return phone;
    };
    const [both, dropped, texted, capFrees, capped, refused, optedOut, waits] = Array.from({ length: 8 }, () =>
      bought({ total: '900.00' }),
    ) as [string, string, string, string, string, string, string, string];
    await sees(w, both, back);
    await sees(w, dropped, cheaper, { inStock: true });
    bought({ total: '900.00' });
    bought({ productId: mug });
    bought({ total: '900.00' }, 60 - QUARTER);
    const plain = bought();
    bought({ total: '900.00' }, 60 - 3 * QUARTER);
    bought({ consent: false });
    bought({ country: 'US' }, 70, '+12125550901');
    await messaged(w, capFrees, 7 - QUARTER);
    await messaged(w, capped, 7 - 3 * QUARTER);
    await messaged(w, refused, 0.5, 'failed');
    await profile(w, optedOut.slice(1), { optOut: true });
    await revoke(w, bought());
    w.shop.placeOrder({
      billing: { first_name: 'Luz', phone: next(), country: 'ES' },
      items: [{ productId: mug }],
      createdAt: w.clock.now() - 70 * DAY,
      meta: [
        { key: '_wa_consent', value: 'yes' },
        { key: 'wpml_language', value: 'es' },
      ],
    });
    // Not customers yet, and waiting.
    const [curious, twice, silent, late, asked] = [next(), next(), next(), next(), next()];
    await grant(w, curious, twice, late, asked);
    for (const phone of [curious, twice, twice.slice(1), silent, late, asked, 'ask me']) await sees(w, phone, back);
    bought({ productId: back }, 0.5, asked);
    await w.app.sync();
    await opensWindow(w, texted, 30);
    await opensWindow(w, plain, 30);
    for (const phone of [waits, late])
      await w.app.queue.scheduleSingle(w.clock.now() + 40 * DAY, HOOKS.sendMessage, {
        customer_phone: phone,
        campaign_type: 'we_miss_you',
      });

    const preview = await w.app.preview({ limit: 100 });

    const [daily, stock] = preview.runs;
    expect([daily.at, stock.at]).to.deep.equal(Array(2).fill(Date.parse('2026-02-11T08:00:00Z')));
    expect(daily.planned).to.deep.equal({ price_drop: 1, loyalty_reward: 4, new_arrivals: 1, we_miss_you: 1 });
    expect(stock.planned).to.deep.equal({ back_in_stock: 3 });
    expect(Object.fromEntries(daily.skipped.map(({ reason, customers }) => [reason, customers]))).to.deep.equal({
      opted_out: 2,
      no_consent: 1,
      us_number: 1,
      frequency_cap: 1,
      refused_recently: 1,
      template_held: 1,
      already_queued: 1,
      other_run_first: 1,
    });
    expect(Object.fromEntries(stock.skipped.map(({ reason, customers }) => [reason, customers]))).to.deep.equal({
      no_consent: 1,
      already_queued: 1,
      bought_it: 1,
      bad_phone: 1,
    });
    await expectRunAsPreviewed(w, preview);
  });

  it('says the same as the runs for people of any kind, day after day', async function () {
    this.timeout(120_000);
    const w = world();
    await w.app.tick();
    const products = stocked(w);
    let day = 0;
    let index = 0;
    let planned = 0;
    const round = async (people: readonly Person[]) => {
      day += 1;
      await halfPastEight(w, `2026-02-${10 + day}`);
      const phones: string[] = [];
      for (const { isUs, daysAgo, consent, total, product, ...one } of people) {
        const number = String((index += 1)).padStart(3, '0');
        const phone = isUs ? `+12125550${number}` : phoneOf(index);
        phones.push(phone);
        w.order(phone, daysAgo, { consent, total, productId: products[product] });
        const daysSeen = { daysAgo: one.viewedDaysAgo };
        if (one.views.includes('back')) await sees(w, phone, products.back, daysSeen);
        if (one.views.includes('back without plus')) await sees(w, phone.slice(1), products.back, daysSeen);
        if (one.views.includes('cheaper')) await sees(w, phone, products.cheaper, { ...daysSeen, inStock: true });
        if (one.messagedDaysAgo !== null) await messaged(w, phone, one.messagedDaysAgo);
        if (one.isRefused) await messaged(w, phone, 0.5, 'failed');
        if (one.isOut) await revoke(w, phone);
        if (one.isQueued)
          await w.app.queue.scheduleSingle(w.clock.now() + 100 * DAY, HOOKS.sendMessage, {
            customer_phone: phone,
            campaign_type: 'we_miss_you',
          });
      }
      await w.app.sync();
      for (const [at, { wroteHoursAgo }] of people.entries())
        if (wroteHoursAgo !== null) await opensWindow(w, phones[at] ?? '', wroteHoursAgo * 60);
      const preview = await w.app.preview({ limit: 1_000 });
      for (const run of preview.runs) planned += run.messages.length;
      await expectRunAsPreviewed(w, preview);
    };
    await fc.assert(fc.asyncProperty(fc.array(person, { minLength: 30, maxLength: 30 }), round), {
      numRuns: 4,
      endOnFailure: true,
    });
    expect(planned).to.be.above(0);
  });
});
