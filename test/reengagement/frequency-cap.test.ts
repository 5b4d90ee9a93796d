import { expect } from 'chai';
import fc from 'fast-check';
import { DAY } from '../../src/lib/clock.js';
import { frequencyCap, type LoggedMessage } from '../../src/reengagement/frequency-cap.js';
import { LOG_STATUSES, type LogStatus } from '../../src/reengagement/log-status.js';

const NOW = Date.UTC(2026, 10, 22, 9);
const DOCUMENTED = { weekly: 1, monthly: 4 };
const sent = (daysAgo: number, status: LogStatus | null = 'sent', actionId: number | null = null): LoggedMessage => ({
  actionId,
  status,
  sentAt: NOW - daysAgo * DAY,
});
const decide = (messages: readonly LoggedMessage[], own: number | null = null) =>
  frequencyCap(messages, DOCUMENTED, NOW, own);

describe('frequency cap', () => {
  it('lets the first message through', () => {
    expect(decide([])).to.deep.equal({ allowed: true });
  });

  it('stops the second message in 7 days, until the first is 7 days old', () => {
    expect(decide([sent(2)])).to.deep.equal({ allowed: false, cap: 'weekly', until: NOW + 5 * DAY });
  });

  it('lets a message through that comes exactly 7 days after the last', () => {
    expect(decide([sent(7)])).to.deep.equal({ allowed: true });
  });

  it('stops one that comes a millisecond earlier', () => {
    expect(decide([{ ...sent(7), sentAt: NOW - 7 * DAY + 1 }]).allowed).to.equal(false);
  });

  it('stops the fifth message in 30 days, until the first is 30 days old', () => {
    expect(decide([sent(29), sent(22), sent(15), sent(8)])).to.deep.equal({
      allowed: false,
      cap: 'monthly',
      until: NOW + DAY,
    });
  });

  it('lets the fifth message through exactly 30 days after the first', () => {
    expect(decide([sent(30), sent(22), sent(15), sent(8)])).to.deep.equal({ allowed: true });
  });

  it('tells the longer of two reached caps', () => {
    expect(decide([sent(29), sent(22), sent(15), sent(1)])).to.deep.include({ cap: 'weekly', until: NOW + 6 * DAY });
    expect(decide([sent(10), sent(9), sent(8), sent(1)])).to.deep.include({ cap: 'monthly', until: NOW + 20 * DAY });
  });

  it('counts every status but failed', () => {
    const counted = LOG_STATUSES.filter((status) => !decide([sent(1, status)]).allowed);
    expect(counted).to.deep.equal(LOG_STATUSES.filter((status) => status !== 'failed'));
  });

  it("counts the plugin's rows, whose status is empty or a word of its own", () => {
    expect(decide([sent(1, null)]).allowed).to.equal(false);
    expect(decide([sent(1, 'opened' as LogStatus)]).allowed).to.equal(false);
  });

  for (const status of ['reserved', 'sending'] as const) {
    it(`counts a ${status} message whatever its age, and knows no end to it`, () => {
      expect(decide([sent(400, status)])).to.deep.include({ allowed: false, until: null });
    });
  }

  it('counts a message in the future: the clock may have been set back', () => {
    expect(decide([sent(-3)])).to.deep.equal({ allowed: false, cap: 'weekly', until: NOW + 10 * DAY });
  });

  it("leaves out its own action's row, so that a retry does not block itself", () => {
    expect(decide([sent(0, 'reserved', 7)], 7)).to.deep.equal({ allowed: true });
  });

  it("counts another action's row, and rows without an action beside an action of none", () => {
    expect(decide([sent(0, 'reserved', 8)], 7).allowed).to.equal(false);
    expect(decide([sent(0, 'sent', null)], null).allowed).to.equal(false);
  });

  it('lets nothing through at a cap of zero, at any time', () => {
    expect(frequencyCap([], { weekly: 0, monthly: 4 }, NOW, null)).to.deep.equal({
      allowed: false,
      cap: 'weekly',
      until: null,
    });
  });

  const hours = fc.integer({ min: 0, max: 120 * 24 }).map((hour) => NOW + hour * 3_600_000);
  const caps = fc.record({ weekly: fc.integer({ min: 0, max: 3 }), monthly: fc.integer({ min: 0, max: 6 }) });

  it('is never overshot in any window by any sequence of attempts, at whatever times the clock shows (fault 8)', () => {
    fc.assert(
      fc.property(fc.array(hours, { maxLength: 60 }), caps, (attempts, limits) => {
        const log: LoggedMessage[] = [];
        for (const at of attempts) {
          if (frequencyCap(log, limits, at, null).allowed) log.push({ actionId: null, status: 'sent', sentAt: at });
        }
        const most = (window: number) =>
          Math.max(
            0,
            ...log.map(({ sentAt }) => log.filter((m) => m.sentAt >= sentAt && m.sentAt < sentAt + window).length),
          );
        expect(most(7 * DAY)).to.be.at.most(limits.weekly);
        expect(most(30 * DAY)).to.be.at.most(limits.monthly);
      }),
    );
  });

  const logged = fc.record({
    actionId: fc.option(fc.integer({ min: 1, max: 5 })),
    status: fc.option(fc.constantFrom(...LOG_STATUSES)),
    sentAt: hours,
  });

  it('lets a message through at the told moment, and not a millisecond before', () => {
    fc.assert(
      fc.property(fc.array(logged, { maxLength: 12 }), caps, hours, (messages, limits, at) => {
        const result = frequencyCap(messages, limits, at, null);
        if (result.allowed || result.until === null) return;
        expect(frequencyCap(messages, limits, result.until, null).allowed).to.equal(true);
        expect(frequencyCap(messages, limits, result.until - 1, null).allowed).to.equal(false);
      }),
    );
  });

  it("decides for a retry as if its own row did not exist, whatever the row's status", () => {
    fc.assert(
      fc.property(fc.array(logged, { maxLength: 12 }), logged, caps, hours, (others, row, limits, at) => {
        const own = { ...row, actionId: 99 };
        expect(frequencyCap([...others, own], limits, at, 99)).to.deep.equal(frequencyCap(others, limits, at, 99));
      }),
    );
  });
});
