import { expect } from 'chai';
import fc from 'fast-check';
import {
  addDays,
  atLocalTime,
  formatLocalDate,
  fromLocalDateTime,
  isZone,
  localDate,
  localHourKey,
  minutesOfDay,
  nextLocalHour,
  nextOffsetChange,
  offsetAt,
  siteZone,
  startOfLocalHour,
  startOfNextDay,
} from '../../src/lib/time-zone.js';

const HOUR = 3_600_000;
const utc = (iso: string) => Date.parse(`${iso}Z`);
const iso = (at: number) => new Date(at).toISOString().slice(0, 16);
const BERLIN = 'Europe/Berlin';
const LORD_HOWE = 'Australia/Lord_Howe';
const zones = fc.constantFrom(
  BERLIN,
  LORD_HOWE,
  'America/Santiago',
  'Asia/Kathmandu',
  'Africa/Cairo',
  '+05:30',
  '-03:30',
  'UTC',
);
const moments = fc.integer({ min: utc('2020-01-01T00:00'), max: utc('2035-01-01T00:00') });

describe("time zone: the site's", () => {
  it('is the named one', () => {
    expect(siteZone('America/New_York', 0)).to.equal('America/New_York');
  });

  it('is the plain offset where no name is set', () => {
    expect([siteZone('', 5.5), siteZone('', -3.5), siteZone('', 5.75), siteZone('', 0)]).to.deep.equal([
      '+05:30',
      '-03:30',
      '+05:45',
      '+00:00',
    ]);
  });

  it('is the plain offset where the name is unknown here', () => {
    expect(siteZone('Mars/Olympus_Mons', 2)).to.equal('+02:00');
  });

  it('is UTC where the offset is no offset', () => {
    expect([siteZone('', NaN), siteZone('', 99)]).to.deep.equal(['UTC', 'UTC']);
  });

  for (const bad of ['', 'Nowhere', '+5:30', '5.5', '2020-01-01T00:00Z', 'Europe/Berlin ', '+25:00']) {
    it(`is not ${JSON.stringify(bad)}`, () => {
      expect(isZone(bad)).to.equal(false);
    });
  }

  it('refuses an unknown zone with an error of the catalogue', () => {
    expect(() => localDate(0, 'Nowhere'))
      .to.throw()
      .with.property('code', 'INTERNAL');
  });
});

describe('time zone: dates', () => {
  it('turns with the local midnight, not with that of UTC', () => {
    expect(localDate(utc('2026-05-01T20:00'), '+05:30')).to.equal('2026-05-02');
    expect(localDate(utc('2026-05-02T02:00'), 'America/New_York')).to.equal('2026-05-01');
  });

  it('adds calendar days over the ends of months and years', () => {
    expect([addDays('2026-12-31', 1), addDays('2028-02-28', 1), addDays('2026-03-01', -1)]).to.deep.equal([
      '2027-01-01',
      '2028-02-29',
      '2026-02-28',
    ]);
  });

  it('refuses a date that does not exist', () => {
    expect(() => addDays('2026-02-30', 1))
      .to.throw()
      .with.property('code', 'INTERNAL');
  });

  it('starts the next day after 23 hours when summer time begins', () => {
    const midnight = atLocalTime('2026-03-29', '00:00', BERLIN);
    expect(startOfNextDay(midnight, BERLIN) - midnight).to.equal(23 * HOUR);
  });

  it('starts a day whose midnight is skipped at one', () => {
    const start = startOfNextDay(atLocalTime('2026-09-05', '12:00', 'America/Santiago'), 'America/Santiago');
    expect([localDate(start, 'America/Santiago'), minutesOfDay(start, 'America/Santiago')]).to.deep.equal([
      '2026-09-06',
      60,
    ]);
  });

  it('starts the next day on the next date, a moment before which it is still today', () => {
    fc.assert(
      fc.property(moments, zones, (at, zone) => {
        const next = startOfNextDay(at, zone);
        expect(localDate(next, zone)).to.equal(addDays(localDate(at, zone), 1));
        expect(localDate(next - 1, zone)).to.equal(localDate(at, zone));
      }),
    );
  });

  for (const [language, expected] of [
    ['en', 'May 1, 2026'],
    ['es_ES', '1 de mayo de 2026'],
    ['de_DE_formal', '1. Mai 2026'],
    ['pt_PT_ao90', '1 de maio de 2026'],
    ['not_a_language', 'May 1, 2026'],
    ['', 'May 1, 2026'],
  ] as const) {
    it(`are written for readers of ${JSON.stringify(language)}`, () => {
      expect(formatLocalDate(utc('2026-04-30T20:00'), '+05:30', language)).to.equal(expected);
    });
  }
});

describe('time zone: times of day', () => {
  it('are nine in the morning before and after a clock change (fault 12: 9:00 was 9:00 UTC, and drifted)', () => {
    expect(iso(atLocalTime('2026-03-28', '09:00', BERLIN))).to.equal('2026-03-28T08:00');
    expect(iso(atLocalTime('2026-03-29', '09:00', BERLIN))).to.equal('2026-03-29T07:00');
  });

  it('that a clock change skips are the moment of the change', () => {
    for (const time of ['02:00', '02:30', '02:59']) {
      expect(iso(atLocalTime('2026-03-29', time, BERLIN))).to.equal('2026-03-29T01:00');
    }
  });

  it('that come twice are the first', () => {
    expect(iso(atLocalTime('2026-10-25', '02:30', BERLIN))).to.equal('2026-10-25T00:30');
  });

  it('on a day that a country left out are the moment after it', () => {
    expect(iso(atLocalTime('2011-12-30', '10:00', 'Pacific/Apia'))).to.equal('2011-12-30T10:00');
  });

  it('of a plain offset never change', () => {
    expect(iso(atLocalTime('2026-07-01', '09:00', '+05:30'))).to.equal('2026-07-01T03:30');
    expect(nextOffsetChange(0, '+05:30')).to.equal(null);
  });

  it('read a DATETIME written in local time', () => {
    expect(fromLocalDateTime('2026-07-01 09:00:30', 'America/New_York')).to.equal(utc('2026-07-01T13:00:30'));
  });

  it('refuse a zero date', () => {
    expect(() => fromLocalDateTime('0000-00-00 00:00:00', 'UTC'))
      .to.throw()
      .with.property('code', 'INTERNAL');
  });

  it('in minutes are what the clock on the wall shows', () => {
    expect(minutesOfDay(utc('2026-07-01T03:31'), '+05:30')).to.equal(9 * 60 + 1);
  });

  it('come back from local to UTC as they were, but for the hour that comes twice', () => {
    fc.assert(
      fc.property(moments, zones, (at, zone) => {
        const minute = at - (((at % 60_000) + 60_000) % 60_000);
        const clock = minutesOfDay(minute, zone);
        const time = `${String(Math.trunc(clock / 60)).padStart(2, '0')}:${String(clock % 60).padStart(2, '0')}`;
        const back = atLocalTime(localDate(minute, zone), time, zone);
        if (back !== minute) expect(back + offsetAt(back, zone)).to.equal(minute + offsetAt(minute, zone));
        expect(back).to.be.at.most(minute);
      }),
    );
  });
});

describe('time zone: hours', () => {
  it('that come twice have two keys', () => {
    const first = utc('2026-10-25T00:30');
    expect([localHourKey(first, BERLIN), localHourKey(first + HOUR, BERLIN)]).to.deep.equal([
      '2026-10-25T02+02:00',
      '2026-10-25T02+01:00',
    ]);
  });

  it('begin at the full hour of a zone half an hour off', () => {
    expect(iso(startOfLocalHour(utc('2026-05-01T10:45'), '+05:30'))).to.equal('2026-05-01T10:30');
  });

  it('that a change by half an hour cuts begin at the change', () => {
    // At 02:00+11:00 the clock goes back to 01:30+10:30.
    const change = utc('2026-04-04T15:00');
    expect(iso(startOfLocalHour(change + 600_000, LORD_HOWE))).to.equal(iso(change));
    expect(iso(nextLocalHour(change - 600_000, LORD_HOWE))).to.equal(iso(change));
    expect(iso(nextLocalHour(change, LORD_HOWE))).to.equal('2026-04-04T15:30');
  });

  it('follow each other without a gap or an overlap, each with its own key', () => {
    const nearChanges = fc.tuple(moments, zones).map(([at, zone]) => {
      const change = nextOffsetChange(at, zone);
      return { at: change === null ? at : change + (at % (3 * HOUR)) - HOUR, zone };
    });
    fc.assert(
      fc.property(nearChanges, ({ at, zone }) => {
        const [start, next] = [startOfLocalHour(at, zone), nextLocalHour(at, zone)];
        expect(start).to.be.at.most(at);
        expect(next).to.be.above(at);
        expect(localHourKey(start, zone)).to.equal(localHourKey(at, zone));
        expect(localHourKey(next - 1, zone)).to.equal(localHourKey(at, zone));
        expect(localHourKey(start - 1, zone)).not.to.equal(localHourKey(at, zone));
        expect(localHourKey(next, zone)).not.to.equal(localHourKey(at, zone));
        expect(startOfLocalHour(next, zone)).to.equal(next);
      }),
    );
  });
});
