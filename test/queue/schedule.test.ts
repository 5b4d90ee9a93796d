import { expect } from 'chai';
import fc from 'fast-check';
import { DAY, HOUR, MINUTE } from '../../src/lib/clock.js';
import { localDate } from '../../src/lib/time-zone.js';
import { nextSlot, replanSlot, slotAfter, slotAtOrBefore, type Schedule, type Slot } from '../../src/queue/schedule.js';

const DAILY: Schedule = { kind: 'daily', time: '09:00' };
const HOURLY: Schedule = { kind: 'hourly' };
const MADRID = 'Europe/Madrid';
const NEW_YORK = 'America/New_York';
const utc = (iso: string) => Date.parse(`${iso}Z`);
const shown = ({ key, at }: Slot) => [key, new Date(at).toISOString().slice(0, 16)];

/** The slots of a daemon that is never late, from after `from` until `until`. */
function runs(schedule: Schedule, zone: string, from: number, until: number): Slot[] {
  const slots: Slot[] = [];
  for (let slot = slotAfter(schedule, zone, from); slot.at < until; slot = nextSlot(schedule, zone, slot.at, slot.at))
    slots.push(slot);
  return slots;
}

/** The hourly runs of one local day. */
function hoursOf(date: string, zone: string): Slot[] {
  const around = utc(`${date}T12:00`);
  return runs(HOURLY, zone, around - 2 * DAY, around + 2 * DAY).filter(({ at }) => localDate(at, zone) === date);
}

describe('schedule: the first run', () => {
  it('of a daily job is tomorrow, even where its hour of today is still to come', () => {
    expect(shown(nextSlot(DAILY, MADRID, null, utc('2026-02-10T05:00')))).to.deep.equal([
      '2026-02-11',
      '2026-02-11T08:00',
    ]);
    expect(shown(nextSlot(DAILY, MADRID, null, utc('2026-02-10T22:59')))).to.deep.equal([
      '2026-02-11',
      '2026-02-11T08:00',
    ]);
  });

  it("is tomorrow by the shop's calendar", () => {
    expect(nextSlot(DAILY, MADRID, null, utc('2026-02-10T23:01')).key).to.equal('2026-02-12');
    expect(nextSlot(DAILY, NEW_YORK, null, utc('2026-02-10T04:59')).key).to.equal('2026-02-10');
  });

  it('of an hourly job is due at once', () => {
    const now = utc('2026-02-10T10:17');
    expect(nextSlot(HOURLY, MADRID, null, now).at).to.equal(utc('2026-02-10T10:00'));
  });

  it('of a job by minutes is due at once', () => {
    const slot = nextSlot({ kind: 'minutes', every: 15 }, MADRID, null, utc('2026-02-10T10:17'));
    expect(shown(slot)).to.deep.equal(['2026-02-10T10:15', '2026-02-10T10:15']);
  });
});

describe('schedule: a daily job', () => {
  for (const [zone, from, until, expected] of [
    [MADRID, '2026-03-28T00:00', '2026-03-31T00:00', ['2026-03-28T08:00', '2026-03-29T07:00', '2026-03-30T07:00']],
    [MADRID, '2026-10-24T00:00', '2026-10-27T00:00', ['2026-10-24T07:00', '2026-10-25T08:00', '2026-10-26T08:00']],
    [NEW_YORK, '2026-03-07T06:00', '2026-03-10T06:00', ['2026-03-07T14:00', '2026-03-08T13:00', '2026-03-09T13:00']],
    [NEW_YORK, '2026-10-31T06:00', '2026-11-03T06:00', ['2026-10-31T13:00', '2026-11-01T14:00', '2026-11-02T14:00']],
    ['+05:30', '2026-03-28T00:00', '2026-03-30T00:00', ['2026-03-28T03:30', '2026-03-29T03:30']],
    ['Asia/Kathmandu', '2026-03-28T00:00', '2026-03-30T00:00', ['2026-03-28T03:15', '2026-03-29T03:15']],
  ] as const) {
    it(`keeps to nine in the morning in ${zone} from ${from.slice(0, 10)} on`, () => {
      const found = runs(DAILY, zone, utc(from), utc(until)).map((slot) => shown(slot)[1]);
      expect(found).to.deep.equal(expected);
    });
  }

  it('whose hour the clocks jump over runs at the moment of the change, once', () => {
    const slots = runs({ kind: 'daily', time: '02:30' }, MADRID, utc('2026-03-28T03:00'), utc('2026-03-30T03:00'));
    expect(slots.map(shown)).to.deep.equal([
      ['2026-03-29', '2026-03-29T01:00'],
      ['2026-03-30', '2026-03-30T00:30'],
    ]);
  });

  it('whose hour comes twice runs at the first, once', () => {
    const slots = runs({ kind: 'daily', time: '02:30' }, MADRID, utc('2026-10-24T03:00'), utc('2026-10-26T03:00'));
    expect(slots.map(shown)).to.deep.equal([
      ['2026-10-25', '2026-10-25T00:30'],
      ['2026-10-26', '2026-10-26T01:30'],
    ]);
  });
});

describe('schedule: an hourly job', () => {
  for (const [date, zone, count] of [
    ['2026-10-25', MADRID, 25],
    ['2026-11-01', NEW_YORK, 25],
    ['2026-03-29', MADRID, 23],
    ['2026-03-08', NEW_YORK, 23],
    ['2026-06-01', MADRID, 24],
    ['2026-06-01', '+05:30', 24],
  ] as const) {
    it(`runs ${count} times on ${date} in ${zone}, an hour apart`, () => {
      const slots = hoursOf(date, zone);
      expect(slots).to.have.length(count);
      expect(new Set(slots.map(({ key }) => key)).size).to.equal(count);
      for (const [index, slot] of slots.entries()) if (index > 0) expect(slot.at - slots[index - 1]!.at).to.equal(HOUR);
    });
  }

  it("runs at the full hours of the shop's wall", () => {
    expect(hoursOf('2026-06-01', 'Asia/Kathmandu').map(({ at }) => new Date(at).getUTCMinutes())).to.deep.equal(
      Array.from({ length: 24 }, () => 15),
    );
  });
});

describe('schedule: a slot that is planned already', () => {
  const planned: Slot = { key: '2026-02-11', at: utc('2026-02-11T08:00') };

  it('stays where it is until it is due, and then too', () => {
    for (const now of ['2026-02-10T09:00', '2026-02-11T07:59', '2026-02-11T08:00', '2026-02-11T23:00'])
      expect(replanSlot(DAILY, MADRID, planned, utc(now))).to.deep.equal(planned);
  });

  it('moves with the zone and with the configured time', () => {
    const now = utc('2026-02-10T12:00');
    expect(replanSlot(DAILY, NEW_YORK, planned, now).at).to.equal(utc('2026-02-11T14:00'));
    expect(replanSlot({ kind: 'daily', time: '10:30' }, MADRID, planned, now).at).to.equal(utc('2026-02-11T09:30'));
    const hour: Slot = { key: '2026-02-10T14+01:00', at: utc('2026-02-10T13:00') };
    expect(shown(replanSlot(HOURLY, '+05:30', hour, now))).to.deep.equal(['2026-02-10T18+05:30', '2026-02-10T12:30']);
  });

  it('becomes the newest one after days of standing still', () => {
    expect(replanSlot(DAILY, MADRID, planned, utc('2026-02-20T12:00')).key).to.equal('2026-02-20');
    const hour: Slot = { key: '2026-02-10T14+01:00', at: utc('2026-02-10T13:00') };
    expect(replanSlot(HOURLY, MADRID, hour, utc('2026-02-12T16:40')).at).to.equal(utc('2026-02-12T16:00'));
  });

  it('is fetched back when a clock that was far ahead has been put right', () => {
    const now = utc('2026-02-10T12:10');
    expect(replanSlot(DAILY, MADRID, { key: '2031-01-01', at: utc('2031-01-01T08:00') }, now)).to.deep.equal(planned);
    const hour: Slot = { key: '2031-01-01T14+01:00', at: utc('2031-01-01T13:00') };
    expect(replanSlot(HOURLY, MADRID, hour, now).at).to.equal(utc('2026-02-10T13:00'));
  });
});

const zones = fc.constantFrom(
  MADRID,
  NEW_YORK,
  'America/Santiago',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  '+05:30',
  '-03:30',
);
const times = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '15', '30', '59'))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`);
const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  times.map((time): Schedule => ({ kind: 'daily', time })),
  fc.constant(HOURLY),
  fc.constantFrom(5, 15, 60).map((every): Schedule => ({ kind: 'minutes', every })),
);
const moments = fc.oneof(
  fc.integer({ min: utc('2024-01-01T00:00'), max: utc('2030-01-01T00:00') }),
  // Near the changes of most of these zones.
  fc
    .tuple(
      fc.constantFrom('2026-03-08', '2026-03-29', '2026-04-05', '2026-04-24', '2026-09-06', '2026-10-25'),
      fc.integer({ min: -36 * 60, max: 36 * 60 }),
    )
    .map(([date, minutes]) => utc(`${date}T00:00`) + minutes * MINUTE),
);
const gaps = fc.integer({ min: 0, max: 10 * DAY });

describe('schedule: whatever the zone and the moment', () => {
  it('the newest due slot and the next one have the moment between them, and none but them', () => {
    fc.assert(
      fc.property(schedules, zones, moments, (schedule, zone, now) => {
        const due = slotAtOrBefore(schedule, zone, now);
        const next = slotAfter(schedule, zone, now);
        expect(due.at).to.be.at.most(now);
        expect(next.at).to.be.above(now);
        expect(slotAfter(schedule, zone, due.at)).to.deep.equal(next);
        expect(next.key).not.to.equal(due.key);
      }),
      { numRuns: 300 },
    );
  });

  it('the next slot lies after the last run', () => {
    fc.assert(
      fc.property(schedules, zones, moments, gaps, (schedule, zone, last, gap) => {
        expect(nextSlot(schedule, zone, last, last + gap).at).to.be.above(last);
      }),
      { numRuns: 300 },
    );
  });

  it('no two slots have one key', () => {
    fc.assert(
      fc.property(schedules, zones, moments, (schedule, zone, from) => {
        const slots = runs(schedule, zone, from, from + (schedule.kind === 'daily' ? 10 * DAY : 8 * HOUR));
        expect(new Set(slots.map(({ key }) => key)).size).to.equal(slots.length);
      }),
      { numRuns: 100 },
    );
  });

  it('a time without a daemon is made up for by one run at most', () => {
    fc.assert(
      fc.property(schedules, zones, moments, gaps, (schedule, zone, last, gap) => {
        const back = last + gap;
        const first = nextSlot(schedule, zone, last, back);
        if (first.at <= back) expect(nextSlot(schedule, zone, back, back).at).to.be.above(back);
        else expect(slotAtOrBefore(schedule, zone, back).at).to.be.at.most(last);
      }),
      { numRuns: 300 },
    );
  });

  it('a planned slot is never moved beyond the next one that could be, and a due one stays due', () => {
    fc.assert(
      fc.property(schedules, zones, moments, gaps, (schedule, zone, planned, gap) => {
        const slot = slotAfter(schedule, zone, planned);
        const now = planned + gap;
        const moved = replanSlot(schedule, zone, slot, now);
        if (slot.at <= now) expect(moved).to.deep.equal(slotAtOrBefore(schedule, zone, now));
        else expect(moved).to.deep.equal(slot);
      }),
      { numRuns: 300 },
    );
  });
});
