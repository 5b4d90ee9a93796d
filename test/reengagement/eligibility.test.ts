import { expect } from 'chai';
import { DAY, HOUR } from '../../src/lib/clock.js';
import {
  decideEligibility,
  SKIP_SENTENCES,
  type EligibilityFacts,
  type EligibilityRules,
} from '../../src/reengagement/eligibility.js';
import { CAMPAIGN_TYPES } from '../../src/reengagement/campaign-type.js';

/** Noon in Madrid. */
const NOON = Date.parse('2026-02-10T11:00:00Z');
const NIGHT = Date.parse('2026-02-10T22:00:00Z');
const MORNING = Date.parse('2026-02-11T08:00:00Z');

const FACTS: EligibilityFacts = {
  campaignType: 'we_miss_you',
  enabled: true,
  consent: { granted: true, source: 'order' },
  country: 'ES',
  inWindow: false,
  undeliverable: false,
  replaced: false,
  log: [],
  ownActionId: 5,
  lastPaidAt: NOON - 90 * DAY,
  plannedAt: NOON - HOUR,
  expiresAt: NOON + HOUR,
};
const RULES: EligibilityRules = {
  now: NOON,
  zone: 'Europe/Madrid',
  caps: { weekly: 1, monthly: 4 },
  lapse: { max: 3, gapsDays: [7, 21, 60] },
  quietHours: { from: '20:00', until: '09:00' },
  usMarketing: false,
};

type Row = EligibilityFacts['log'][number];
const row = (changes: Partial<Row> = {}): Row => ({
  actionId: 4,
  campaignType: 'back_in_stock',
  status: 'sent',
  sentAt: NOON - DAY,
  errorCode: null,
  ...changes,
});

/** `send`, the reason to skip, or the time to wait for. */
function decide(facts: Partial<EligibilityFacts> = {}, rules: Partial<EligibilityRules> = {}): string {
  const decision = decideEligibility({ ...FACTS, ...facts }, { ...RULES, ...rules });
  if (decision.kind === 'skip') return decision.reason;
  return decision.kind === 'send' ? 'send' : new Date(decision.until).toISOString();
}

describe('eligibility', () => {
  it('lets a message go where nothing forbids it', () => {
    expect(decide()).to.equal('send');
  });

  it('skips everything where reengagement is disabled', () => {
    expect(decide({ enabled: false })).to.equal('disabled');
  });

  it('skips without consent, and tells an opt-out from never having been asked', () => {
    expect(decide({ consent: { granted: false, reason: 'no_consent', source: null } })).to.equal('no_consent');
    expect(decide({ consent: { granted: false, reason: 'opted_out', source: 'STOP' } })).to.equal('opted_out');
  });

  it('skips marketing templates to US numbers, unless they are allowed or the window is open', () => {
    expect(decide({ country: 'US' })).to.equal('us_number');
    expect(decide({ country: 'US' }, { usMarketing: true })).to.equal('send');
    expect(decide({ country: 'US', inWindow: true })).to.equal('send');
    expect(decide({ country: null })).to.equal('send');
  });

  it('skips what has expired, at the moment itself too', () => {
    expect(decide({ expiresAt: NOON })).to.equal('expired');
    expect(decide({ expiresAt: NOON + 1 })).to.equal('send');
    expect(decide({ expiresAt: null })).to.equal('send');
  });

  it('skips who has bought since the message was planned, but not who waits for a product', () => {
    for (const campaignType of CAMPAIGN_TYPES)
      expect(decide({ campaignType, lastPaidAt: NOON - 1 })).to.equal(
        campaignType === 'back_in_stock' ? 'send' : 'bought_since',
      );
    expect(decide({ lastPaidAt: NOON - HOUR })).to.equal('send');
    expect(decide({ lastPaidAt: null })).to.equal('send');
    expect(decide({ lastPaidAt: NOON - 1, plannedAt: null })).to.equal('send');
  });

  it('skips where the frequency cap is reached, its own row left out', () => {
    expect(decide({ log: [row()] })).to.equal('frequency_cap');
    expect(decide({ log: [row({ actionId: 5, status: 'reserved' })] })).to.equal('send');
    expect(decide({ log: [row({ actionId: 5 })], ownActionId: null })).to.equal('frequency_cap');
  });

  it('skips for a day who was refused by WhatsApp, but for its own refusal', () => {
    const refused = (hoursAgo: number, actionId = 4) =>
      row({ status: 'failed', errorCode: 131_049, actionId, sentAt: NOON - hoursAgo * HOUR });
    expect(decide({ log: [refused(23)] })).to.equal('refused_recently');
    expect(decide({ log: [refused(24)] })).to.equal('send');
    expect(decide({ log: [refused(1, 5)] })).to.equal('send');
  });

  it('skips a number that WhatsApp cannot reach, whatever the type', () => {
    for (const campaignType of CAMPAIGN_TYPES)
      expect(decide({ campaignType, undeliverable: true })).to.equal('undeliverable');
  });

  it('skips campaigns in the pause of a lapse and after its last message, and never news of stock or prices', () => {
    const campaign = (daysAgo: number) => row({ campaignType: 'loyalty_reward', sentAt: NOON - daysAgo * DAY });
    const of = (log: EligibilityFacts['log']) => CAMPAIGN_TYPES.map((campaignType) => decide({ campaignType, log }));
    const news = ['send', 'send'];
    expect(of([campaign(20), campaign(40)])).to.deep.equal([...news, 'lapse_pause', 'lapse_pause', 'lapse_pause']);
    expect(of([campaign(21), campaign(40)])).to.deep.equal([...news, 'send', 'send', 'send']);
    expect(of([campaign(40), campaign(60), campaign(80)])).to.deep.equal([
      ...news,
      'lapse_told',
      'lapse_told',
      'lapse_told',
    ]);
  });

  it('starts a lapse afresh with a purchase', () => {
    const log = [40, 60, 80].map((daysAgo) => row({ campaignType: 'we_miss_you', sentAt: NOON - daysAgo * DAY }));
    expect(decide({ log, lastPaidAt: NOON - 90 * DAY })).to.equal('lapse_told');
    expect(decide({ log, lastPaidAt: NOON - 70 * DAY })).to.equal('send');
  });

  it('waits through the quiet hours', () => {
    expect(decide({ expiresAt: null }, { now: NIGHT })).to.equal(new Date(MORNING).toISOString());
  });

  it('lets nobody wait for a message that will never go', () => {
    const night = { now: NIGHT };
    const no = { granted: false, reason: 'opted_out', source: null } as const;
    expect(decide({ enabled: false }, night)).to.equal('disabled');
    expect(decide({ consent: no }, night)).to.equal('opted_out');
    expect(decide({ expiresAt: NIGHT }, night)).to.equal('expired');
    expect(decide({ expiresAt: null, log: [row()] }, night)).to.equal('frequency_cap');
    expect(decide({ expiresAt: null, log: [row({ status: 'failed', sentAt: NIGHT - HOUR })] }, night)).to.equal(
      'refused_recently',
    );
  });

  it('says why in the documented sentence, and in one sentence for every reason', () => {
    expect(SKIP_SENTENCES.frequency_cap).to.equal('Frequency cap reached');
    expect(SKIP_SENTENCES.no_products).to.equal('Failed to build message content');
    for (const sentence of Object.values(SKIP_SENTENCES)) expect(sentence).to.match(/^[A-Z].+[^.]$/);
  });
});
