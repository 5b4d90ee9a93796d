import { expect } from 'chai';
import fc from 'fast-check';
import { DAY } from '../../src/lib/clock.js';
import { CAMPAIGN_TYPES } from '../../src/reengagement/campaign-type.js';
import { lapseObstacle, lapseStory } from '../../src/reengagement/lapse.js';
import { LOG_STATUSES, type LogStatus } from '../../src/reengagement/log-status.js';

const NOW = Date.parse('2026-02-10T11:00:00Z');
const RULES = { max: 3, gapsDays: [7, 21, 60] };

const message = (daysAgo: number, campaignType = 'we_miss_you', status: LogStatus | null = 'sent', actionId = 1) => ({
  actionId,
  campaignType,
  status,
  sentAt: NOW - daysAgo * DAY,
});

function decide(daysAgo: readonly number[], rules: Partial<typeof RULES> = {}) {
  const story = lapseStory(
    daysAgo.map((days) => message(days)),
    null,
    null,
  );
  return lapseObstacle(story, { ...RULES, ...rules }, NOW);
}

describe('a lapse', () => {
  it('begins with a message at once', () => {
    expect(decide([])).to.equal(null);
  });

  it('grows apart: 7 days after the first message, 21 after the second', () => {
    expect(decide([6.9])).to.deep.equal({ reason: 'lapse_pause', until: NOW + Math.round(0.1 * DAY) });
    expect(decide([7])).to.equal(null);
    expect(decide([20.9, 27.9])?.reason).to.equal('lapse_pause');
    expect(decide([21, 28])).to.equal(null);
  });

  it('has had its messages after the third, and no passing of time changes that', () => {
    expect(decide([3_000, 3_021, 3_028])).to.deep.equal({ reason: 'lapse_told', until: null });
  });

  it('repeats the last gap where more messages are allowed than gaps are named', () => {
    const more = { max: 10, gapsDays: [7, 21] };
    expect(decide([20, 41, 62, 69], more)?.reason).to.equal('lapse_pause');
    expect(decide([21, 42, 63, 70], more)).to.equal(null);
  });

  it('has no message at all where none is allowed', () => {
    expect(decide([], { max: 0 })?.reason).to.equal('lapse_told');
  });

  it('counts the campaigns for lapsed customers, and no news of stock or of prices', () => {
    const counted = CAMPAIGN_TYPES.filter((type) => lapseStory([message(1, type)], null, null).campaigns === 1);
    expect(counted).to.deep.equal(['loyalty_reward', 'new_arrivals', 'we_miss_you']);
  });

  it('counts whatever may have been sent or still may be, and only a failed message not', () => {
    const counted = [...LOG_STATUSES, null].filter(
      (status) => lapseStory([message(1, 'we_miss_you', status)], null, null).campaigns === 1,
    );
    expect(counted).to.deep.equal(['reserved', 'sending', 'sent', 'delivered', 'read', 'unknown', null]);
  });

  it('leaves the own action out, so that a retry does not block itself', () => {
    const messages = [message(30, 'we_miss_you', 'sent', 1), message(0, 'we_miss_you', 'reserved', 2)];
    expect(lapseStory(messages, null, 2)).to.deep.equal({ campaigns: 1, lastCampaignAt: NOW - 30 * DAY });
    expect(lapseStory(messages, null, null).campaigns).to.equal(2);
  });

  it('starts afresh with a purchase, and goes on where that purchase is refunded', () => {
    const messages = [message(100), message(90)];
    expect(lapseStory(messages, NOW - 80 * DAY, null).campaigns).to.equal(0);
    expect(lapseStory(messages, NOW - 200 * DAY, null).campaigns).to.equal(2);
  });

  it('never has more messages than allowed between two purchases, nor closer than the gaps, whatever happens', () => {
    const step = fc.record({
      days: fc.double({ min: 0, max: 40, noNaN: true }),
      happens: fc.constantFrom('tries', 'tries', 'tries', 'buys', 'news'),
    });
    const rules = fc.record({
      max: fc.integer({ min: 0, max: 5 }),
      gapsDays: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(rules, fc.array(step, { maxLength: 120 }), ({ max, gapsDays }, steps) => {
        let now = NOW;
        let boughtAt: number | null = null;
        let sent: number[] = [];
        const log: ReturnType<typeof message>[] = [];
        for (const { days, happens } of steps) {
          now += Math.round(days * DAY) + 1_000;
          if (happens === 'news') log.push({ ...message(0, 'price_drop'), sentAt: now });
          if (happens === 'buys') [boughtAt, sent] = [now, []];
          if (happens !== 'tries') continue;
          const allowed = lapseObstacle(lapseStory(log, boughtAt, null), { max, gapsDays }, now) === null;
          const gap = gapsDays[Math.min(sent.length, gapsDays.length) - 1] ?? 0;
          const isDue = sent.length === 0 || now - sent.at(-1)! >= gap * DAY;
          expect(allowed).to.equal(sent.length < max && isDue);
          if (!allowed) continue;
          sent.push(now);
          log.push({ ...message(0), sentAt: now });
        }
      }),
    );
  });
});
