import { MINUTE } from '../lib/clock.js';
import { addDays, atLocalTime, localDate, localHourKey, nextLocalHour, startOfLocalHour } from '../lib/time-zone.js';

/**
 * When a recurring job runs. Action Scheduler repeats after so many seconds, which drifts when the clocks change; here a slot is a
 * moment of the shop's own day.
 */
export type Schedule =
  | { readonly kind: 'daily'; readonly time: string }
  | { readonly kind: 'hourly' }
  | { readonly kind: 'minutes'; readonly every: number };

export interface Slot {
  /** The slot's name, the same for every daemon: a slot runs once for all of them. */
  readonly key: string;
  /** Milliseconds, UTC. */
  readonly at: number;
}

/** The newest slot that is due at `now`. */
export function slotAtOrBefore(schedule: Schedule, zone: string, now: number): Slot {
  if (schedule.kind === 'hourly') return { key: localHourKey(now, zone), at: startOfLocalHour(now, zone) };
  if (schedule.kind === 'minutes') return minuteSlot(Math.floor(now / (schedule.every * MINUTE)), schedule.every);
  const today = dailySlot(localDate(now, zone), schedule.time, zone);
  return today.at <= now ? today : dailySlot(addDays(today.key, -1), schedule.time, zone);
}

/** The first slot after `now`. */
export function slotAfter(schedule: Schedule, zone: string, now: number): Slot {
  if (schedule.kind === 'hourly') {
    const at = nextLocalHour(now, zone);
    return { key: localHourKey(at, zone), at };
  }
  if (schedule.kind === 'minutes') return minuteSlot(Math.floor(now / (schedule.every * MINUTE)) + 1, schedule.every);
  const today = dailySlot(localDate(now, zone), schedule.time, zone);
  return today.at > now ? today : dailySlot(addDays(today.key, 1), schedule.time, zone);
}

function dailySlot(date: string, time: string, zone: string): Slot {
  return { key: date, at: atLocalTime(date, time, zone) };
}

function minuteSlot(index: number, every: number): Slot {
  const at = index * every * MINUTE;
  return { key: new Date(at).toISOString().slice(0, 16), at };
}

/**
 * The slot to plan next. `lastStart` is when the job was last begun (ms), null before its first run: then a daily job begins tomorrow
 * and the others at once (job documentation). Slots that were missed are made up for by one run, the newest.
 */
export function nextSlot(schedule: Schedule, zone: string, lastStart: number | null, now: number): Slot {
  if (lastStart === null)
    return schedule.kind === 'daily' ? farthestSlot(schedule, zone, now) : slotAtOrBefore(schedule, zone, now);
  const due = slotAtOrBefore(schedule, zone, now);
  return due.at > lastStart ? due : slotAfter(schedule, zone, now);
}

/**
 * Where a slot that is planned and not yet begun belongs now: the shop's zone or the configured time may have changed since, several
 * slots may have passed, or the clock was ahead when it was planned and has been put right.
 */
export function replanSlot(schedule: Schedule, zone: string, planned: Slot, now: number): Slot {
  const current = schedule.kind === 'daily' ? dailySlot(planned.key, schedule.time, zone) : planned;
  if (current.at <= now) return slotAtOrBefore(schedule, zone, now);
  const farthest = farthestSlot(schedule, zone, now);
  return current.at > farthest.at ? farthest : current;
}

/** No run is planned further ahead, save where this slot has run or was canceled. */
function farthestSlot(schedule: Schedule, zone: string, now: number): Slot {
  if (schedule.kind === 'daily') return dailySlot(addDays(localDate(now, zone), 1), schedule.time, zone);
  return slotAfter(schedule, zone, now);
}
