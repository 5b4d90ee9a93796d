import { expect } from 'chai';
import fc from 'fast-check';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { useWorld, type World } from '../support/world.js';
import { messaged, stocked } from './preview-support.js';
import { opensWindow, phoneOf, sees, sendDue } from './support.js';

const person = fc.record({
  isUs: fc.constantFrom(false, false, true),
  daysAgo: fc.constantFrom(3, 59.8, 70, 70, 70),
  consent: fc.constantFrom(true, true, true, true, null),
  views: fc.subarray(['back', 'cheaper'] as const),
  viewedDaysAgo: fc.constantFrom(1, 29.7, 29.98),
  messagedDaysAgo: fc.constantFrom(null, null, null, 6.7, 3),
  wroteHoursAgo: fc.constantFrom(null, 1, 20, 22.5),
});
type Person = typeof person extends fc.Arbitrary<infer Value> ? Value : never;

const HOURS = [9, 14, 20.2, 20.5, 22];

interface Arrival {
  readonly at: number;
  readonly form: string;
}

describe('an explanation, held against the runs that follow it', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  /** Both runs and the queue, as a daemon that comes back now and stays for 30 hours. */
  async function daemon(w: World, known: number): Promise<Map<string, Arrival>> {
    const arrived = new Map<string, Arrival>();
    const begun = w.clock.now();
    for (let at = begun; at <= begun + 30 * HOUR; at = Math.floor(at / HOUR + 1) * HOUR) {
      w.clock.set(at);
      await w.app.tick();
      await w.app.runDue([HOOKS.checkBackInStock]);
      await w.app.runDue([HOOKS.processCampaigns]);
      await sendDue(w);
      for (const { to, template } of w.whatsapp.accepted.slice(known))
        if (!arrived.has(to)) arrived.set(to, { at, form: template ?? 'text' });
    }
    return arrived;
  }

  async function expectAsExplained(people: readonly Person[], hour: number, isLate: boolean, first: number) {
    const w = world();
    const { plate, back, cheaper } = stocked(w);
    const midnight = Math.floor(w.clock.now() / DAY + 1) * DAY;
    w.clock.set(midnight + (isLate ? -14 : 8.5) * HOUR);
    await w.app.tick();
    await w.app.runDue([HOOKS.checkBackInStock, HOOKS.processCampaigns]);
    await w.app.tick();
    w.clock.set(midnight + hour * HOUR);
    const phones: string[] = [];
    for (const [index, one] of people.entries()) {
      const number = first + index;
      const phone = one.isUs ? `+12125550${String(number).padStart(3, '0')}` : phoneOf(number);
      phones.push(phone);
      w.order(phone, one.daysAgo, { consent: one.consent, productId: plate, ...(one.isUs ? { country: 'US' } : {}) });
      const seen = { daysAgo: one.viewedDaysAgo };
      if (one.views.includes('back')) await sees(w, phone, back, seen);
      if (one.views.includes('cheaper')) await sees(w, phone, cheaper, { ...seen, inStock: true });
      if (one.messagedDaysAgo !== null) await messaged(w, phone, one.messagedDaysAgo);
    }
    await w.app.sync();
    for (const [index, { wroteHoursAgo }] of people.entries())
      if (wroteHoursAgo !== null) await opensWindow(w, phones[index] ?? '', wroteHoursAgo * 60);
    const told = new Map<string, Arrival | null>();
    const later = new Map<string, number | null>();
    for (const phone of phones) {
      const { outcome, sendAt, form } = (await w.app.explain(phone)).verdict;
      const said = { at: sendAt ?? 0, form: form?.kind === 'template' ? form.name : 'text' };
      if (outcome === 'later') later.set(phone, sendAt);
      else told.set(phone, outcome === 'send' ? said : null);
    }
    const arrived = await daemon(w, w.whatsapp.accepted.length);
    for (const [index, phone] of phones.entries()) {
      const why = JSON.stringify({ ...people[index], hour, isLate });
      const found = arrived.get(phone) ?? null;
      // Of a later one nothing is said but the earliest moment.
      if (later.has(phone)) expect(found?.at ?? Infinity, why).to.be.at.least(later.get(phone) ?? Infinity);
      else expect(found, why).to.deep.equal(told.get(phone));
    }
  }

  const plain: Person = {
    ...{ isUs: false, daysAgo: 70, consent: true, views: [], viewedDaysAgo: 1 },
    ...{ messagedDaysAgo: null, wroteHoursAgo: null },
  };

  it('decides as of the run: the window, a US number, the age of a view', async () => {
    const wrote = { ...plain, wroteHoursAgo: 20 } as const;
    const old = { ...plain, views: ['cheaper'], viewedDaysAgo: 29.7 } as Person;
    await expectAsExplained([wrote, { ...wrote, isUs: true }, old], 14, false, 1);
  });

  it('tells of the day after where a late run plans into the quiet hours', async () => {
    await expectAsExplained([plain, { ...plain, views: ['back'] }], 20.5, true, 1);
  });

  it('says the same as the runs for people of any kind, at any hour', async function () {
    this.timeout(120_000);
    let first = 1;
    const people = fc.array(person, { minLength: 12, maxLength: 12 });
    const property = fc.asyncProperty(people, fc.constantFrom(...HOURS), fc.boolean(), async (all, hour, isLate) => {
      await expectAsExplained(all, hour, isLate, (first += 20));
    });
    await fc.assert(property, { numRuns: 2, endOnFailure: true });
  });
});
