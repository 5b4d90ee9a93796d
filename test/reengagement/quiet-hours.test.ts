import { expect } from 'chai';
import fc from 'fast-check';
import { DAY } from '../../src/lib/clock.js';
import { minutesOfDay, nextOffsetChange } from '../../src/lib/time-zone.js';
import { quietUntil } from '../../src/reengagement/quiet-hours.js';

const NIGHT = { from: '20:00', until: '09:00' };
const BERLIN = 'Europe/Berlin';
const utc = (iso: string) => Date.parse(`${iso}Z`);
const end = (iso: string, zone: string, hours = NIGHT) => {
  const until = quietUntil(utc(iso), zone, hours);
  return until === null ? null : new Date(until).toISOString().slice(0, 16);
};

describe('quiet hours', () => {
  it('let a message through by day', () => {
    expect(end('2026-06-01T12:00', BERLIN)).to.equal(null);
  });

  it('let a message through at the minute that they end, and a second before they begin', () => {
    expect(end('2026-06-01T07:00', BERLIN)).to.equal(null);
    expect(end('2026-06-01T17:59:59', BERLIN)).to.equal(null);
  });

  it('hold a message from their first minute on until the next morning', () => {
    expect(end('2026-06-01T18:00', BERLIN)).to.equal('2026-06-02T07:00');
  });

  it('hold a message after midnight until the same morning', () => {
    expect(end('2026-06-01T22:30:17', BERLIN)).to.equal('2026-06-02T07:00');
  });

  it('go by the wall of the shop, half an hour off or not', () => {
    expect(end('2026-06-01T03:29', '+05:30')).to.equal('2026-06-01T03:30');
    expect(end('2026-06-01T03:30', '+05:30')).to.equal(null);
  });

  it('can lie within a day', () => {
    const siesta = { from: '13:00', until: '16:00' };
    expect(end('2026-06-01T12:00', 'UTC', siesta)).to.equal(null);
    expect(end('2026-06-01T13:00', 'UTC', siesta)).to.equal('2026-06-01T16:00');
    expect(end('2026-06-01T16:00', 'UTC', siesta)).to.equal(null);
  });

  it('that begin when they end are none', () => {
    expect(end('2026-06-01T09:00', 'UTC', { from: '09:00', until: '09:00' })).to.equal(null);
  });

  it('end at nine on the wall in the nights in which the clock changes', () => {
    expect(end('2026-03-28T22:00', BERLIN)).to.equal('2026-03-29T07:00');
    expect(end('2026-10-24T22:00', BERLIN)).to.equal('2026-10-25T08:00');
  });

  it('whose end is skipped by the clock end with the change', () => {
    expect(end('2026-03-28T22:00', BERLIN, { from: '20:00', until: '02:30' })).to.equal('2026-03-29T01:00');
  });

  it('last through both runs of an hour that comes twice', () => {
    const early = { from: '20:00', until: '03:00' };
    expect(end('2026-10-25T00:30', BERLIN, early)).to.equal('2026-10-25T02:00');
    expect(end('2026-10-25T01:30', BERLIN, early)).to.equal('2026-10-25T02:00');
  });

  it('hold the second run of an hour too when they end within it', () => {
    expect(end('2026-10-25T01:10', BERLIN, { from: '20:00', until: '02:30' })).to.equal('2026-10-25T01:30');
  });

  const times = fc
    .nat(24 * 60 - 1)
    .map((m) => `${String(Math.trunc(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`);
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const zones = fc.constantFrom(BERLIN, 'America/Santiago', 'Australia/Lord_Howe', 'Africa/Cairo', '+05:45', 'UTC');
  const somewhen = fc.integer({ min: utc('2024-01-01T00:00'), max: utc('2034-01-01T00:00') });
  const nearChanges = fc
    .tuple(somewhen, zones, fc.integer({ min: -2 * DAY, max: 2 * DAY }), fc.boolean())
    .map(([at, zone, aside, near]) => ({ at: near ? (nextOffsetChange(at, zone) ?? at) + aside : at, zone }));

  it('never let a message through while the wall shows a quiet time, nor hold one at another time', () => {
    fc.assert(
      fc.property(nearChanges, times, times, ({ at, zone }, from, until) => {
        const now = minutesOfDay(at, zone);
        const [start, stop] = [minutes(from), minutes(until)];
        const quiet = start <= stop ? now >= start && now < stop : now >= start || now < stop;
        expect(quietUntil(at, zone, { from, until }) !== null).to.equal(quiet);
      }),
    );
  });

  it('end at a later moment that is not quiet, the first such one, and within two days', () => {
    fc.assert(
      fc.property(nearChanges, times, times, ({ at, zone }, from, until) => {
        const hours = { from, until };
        const told = quietUntil(at, zone, hours);
        if (told === null) return;
        expect(told).to.be.above(at);
        // More than a day where the only minutes that are not quiet are those that a change of the clocks skips.
        expect(told - at).to.be.below(2 * DAY);
        expect(quietUntil(told, zone, hours)).to.equal(null);
        expect(quietUntil(told - 1, zone, hours)).to.equal(told);
      }),
    );
  });
});
