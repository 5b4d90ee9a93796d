import { expect } from 'chai';
import fc from 'fast-check';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { SKIP_SENTENCES } from '../../src/reengagement/eligibility.js';
import type { ExplainedFacts, Verdict, VerdictReason } from '../../src/reengagement/explanation-facts.js';
import { tellExplanation } from '../../src/reengagement/explanation.js';
import { CAMPAIGN_TYPES } from '../../src/reengagement/campaign-type.js';

const NOW = Date.parse('2026-02-10T11:00:00Z');
const PHONE = '+34600111222';

const REASONS: readonly VerdictReason[] = [
  ...(Object.keys(SKIP_SENTENCES) as (keyof typeof SKIP_SENTENCES)[]),
  'mirror_incomplete',
  'unknown_customer',
  'never_bought',
  'not_inactive',
  'quiet_hours',
  'halted',
  'slow_down',
  'shop_out',
  'whatsapp_out',
  'being_sent',
  'invalid',
];

const VERDICT: Verdict = {
  outcome: 'nothing',
  reason: 'no_consent',
  detail: null,
  by: null,
  actionId: null,
  freeAt: null,
  sendAt: null,
  campaignType: null,
  products: [],
  form: null,
};

function facts(verdict: Partial<Verdict>, changes: Partial<ExplainedFacts> = {}): ExplainedFacts {
  return {
    phone: PHONE,
    at: NOW,
    zone: 'Europe/Madrid',
    zoneKnown: true,
    enabled: true,
    known: true,
    verdict: { ...VERDICT, ...verdict },
    unasked: [],
    mirror: { state: 'fresh', readAt: NOW - HOUR / 2, problem: null },
    daemon: { state: 'planned', dailyAt: NOW + DAY, hourlyAt: NOW + HOUR, reason: null },
    orders: {
      paid: 0,
      lastPaidAt: null,
      lifetimeValues: {},
      inactivityThresholdDays: 60,
      inactiveAt: null,
      newest: [],
      paidStatuses: ['completed'],
    },
    consent: { granted: false, source: null, ledger: [], profiles: [], order: null, metaKeys: [], account: null },
    cap: {
      limits: { weekly: 1, monthly: 4 },
      counted: { weekly: 0, monthly: 0 },
      allowed: true,
      reached: null,
      freeAt: null,
    },
    lapse: { campaigns: 0, lastCampaignAt: null, max: 3, reason: null, freeAt: null },
    undeliverableAt: null,
    replacedAt: null,
    messages: [],
    refusedUntilAt: null,
    country: 'ES',
    usMarketing: false,
    views: { windowDays: 30, priceDropPercent: 10, foreign: 0, newest: [] },
    window: { isOpen: false, endsAt: null },
    quietHours: { from: '20:00', until: '09:00', endsAt: null },
    campaigns: CAMPAIGN_TYPES.map((campaignType) => ({
      campaignType,
      hourly: campaignType === 'back_in_stock',
      applies: false,
      products: [],
      missing: null,
      currency: null,
      template: { state: 'missing', name: null, language: null, problem: null },
    })),
    waiting: null,
    ended: [],
    ...changes,
  };
}

const words = (told: ReturnType<typeof tellExplanation>) => [
  ...told.summary,
  ...told.sections.flatMap(({ sentences }) => sentences),
];

describe('an explanation in sentences', () => {
  for (const reason of REASONS)
    it(`says ${reason}, of the next run and of a message that waits`, () => {
      for (const by of [null, 'queue'] as const) {
        const told = tellExplanation(facts({ reason, by, actionId: by === null ? null : 7, detail: 'What was said' }));
        expect(told.summary[0]).to.match(/^[A-Z].{20,}\.$/);
        expect(words(told).join('\n')).not.to.match(/undefined|null|NaN|Infinity/);
      }
    });

  it('is made of whole sentences, whatever is known, and never holds the phone', () => {
    const moment = fc.option(fc.integer({ min: NOW - 400 * DAY, max: NOW + 400 * DAY }));
    const verdict = fc.record({
      reason: fc.constantFrom(null, ...REASONS),
      by: fc.constantFrom(null, 'daily', 'hourly', 'queue'),
      detail: fc.constantFrom(null, 'What was said'),
      freeAt: moment,
      sendAt: moment,
      actionId: fc.option(fc.nat()),
      campaignType: fc.constantFrom(null, ...CAMPAIGN_TYPES),
      products: fc.array(fc.constantFrom('Blue cup', 'Red cup'), { maxLength: 5 }),
    });
    const state = fc.constantFrom('planned', 'overdue', 'never_ran');
    fc.assert(
      fc.property(verdict, state, moment, fc.nat(3), (one, daemon, at, foreign) => {
        const told = tellExplanation(
          facts(one, {
            daemon: { state: daemon, dailyAt: at, hourlyAt: at, reason: null },
            window: { isOpen: (at ?? 0) > NOW, endsAt: at },
            refusedUntilAt: at,
            views: { windowDays: 30, priceDropPercent: 10, foreign, newest: [] },
          }),
        );
        for (const sentence of words(told)) expect(sentence).to.match(/^\S.*[.!?]$/);
        expect(words(told).join('\n')).not.to.match(/600111222|undefined|null|NaN|Infinity/);
      }),
    );
  });

  it('names at most three products', () => {
    const [first] = tellExplanation(
      facts({
        outcome: 'send',
        reason: null,
        by: 'hourly',
        sendAt: NOW,
        campaignType: 'back_in_stock',
        products: ['A', 'B', 'C', 'D', 'E'],
        form: { kind: 'text' },
      }),
    ).summary;
    expect(first).to.equal(
      'Nothing stands in the way: the hourly check of the stock sends a message now: back_in_stock about A, B, C and 2 more, as a text.',
    );
  });

  it('never adds amounts of different currencies', () => {
    const orders = { ...facts({}).orders, paid: 2, lifetimeValues: { EUR: '1234.5', USD: '10' } };
    expect(words(tellExplanation(facts({}, { orders })))).to.include(
      '2 purchases that count, lifetime value 1,234.50 EUR and 10.00 USD.',
    );
  });

  it('says how consent can be noted, and of meta keys only where none are named', () => {
    const advice = (metaKeys: string[]) =>
      tellExplanation(facts({}, { consent: { ...facts({}).consent, metaKeys } })).summary.join('\n');
    expect(advice([])).to.contain('reengaged consent grant').and.to.contain('reengagement.consent_meta_keys');
    expect(advice(['_wa'])).not.to.contain('consent_meta_keys');
  });

  it('says which limit is reached, and names the settings that are 0', () => {
    const first = (cap: Partial<ExplainedFacts['cap']>) =>
      tellExplanation(facts({ reason: 'frequency_cap' }, { cap: { ...facts({}).cap, allowed: false, ...cap } }))
        .summary[0];
    expect(first({ reached: 'weekly' })).to.contain('the limit of 1 message in 7 days is reached');
    expect(first({ reached: 'monthly' })).to.contain('the limit of 4 messages in 30 days is reached');
    expect(first({ limits: { weekly: 0, monthly: 4 } })).to.contain('reengagement.weekly_cap is 0');
    expect(first({ limits: { weekly: 1, monthly: 0 } })).to.contain('reengagement.monthly_cap is 0');
  });

  it('says how many campaign messages a lapse had, until when its pause lasts, and which setting is 0', () => {
    const of = (lapse: Partial<ExplainedFacts['lapse']>) => {
      const reason = lapse.reason ?? null;
      return words(tellExplanation(facts({ reason }, { lapse: { ...facts({}).lapse, ...lapse } }))).join('\n');
    };
    expect(of({ campaigns: 2, reason: 'lapse_pause', freeAt: NOW + DAY }))
      .to.contain('the last of 2 campaign messages since their last purchase')
      .and.contain('The pause lasts until February 11, 2026, 12:00.')
      .and.contain('2 of at most 3 campaign messages since the last purchase.');
    expect(of({ campaigns: 3, reason: 'lapse_told' })).to.contain('they have had 3 campaign messages since');
    expect(of({ max: 0, reason: 'lapse_told' })).to.contain('reengagement.max_messages_per_lapse is 0');
  });
});
