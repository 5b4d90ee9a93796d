import { DAY, MINUTE } from '../lib/clock.js';
import { minutesOfDay, nextOffsetChange, offsetAt } from '../lib/time-zone.js';

/** Times on the wall, `HH:MM`: quiet from the one on and until the other, over midnight where `until` is the earlier. Equal: never quiet. */
export interface QuietHours {
  readonly from: string;
  readonly until: string;
}

/**
 * Null when a message may go out at `at`, otherwise the end of the quiet hours. Only what the clock on the wall shows counts: an hour
 * that comes twice at the end of summer time is quiet both times, and an end that the clock skips is the moment of the change.
 */
export function quietUntil(at: number, zone: string, hours: QuietHours): number | null {
  let moment = at;
  while (isQuiet(moment, zone, hours)) {
    const end = moment + untilWallTime(moment, zone, hours.until);
    const change = offsetAt(end, zone) === offsetAt(moment, zone) ? null : nextOffsetChange(moment, zone);
    if (change === null) return end;
    moment = change;
  }
  return moment === at ? null : moment;
}

function isQuiet(at: number, zone: string, hours: QuietHours): boolean {
  return isQuietMinute(minutesOfDay(at, zone), hours);
}

/** Whether a time on the wall, `HH:MM`, lies in the quiet hours. */
export function isQuietTime(time: string, hours: QuietHours): boolean {
  return isQuietMinute(minutes(time), hours);
}

function isQuietMinute(minute: number, { from, until }: QuietHours): boolean {
  const [start, end] = [minutes(from), minutes(until)];
  return start <= end ? start <= minute && minute < end : minute >= start || minute < end;
}

/** Milliseconds until the clock on the wall shows `time` again, if nobody changes it in between. */
function untilWallTime(at: number, zone: string, time: string): number {
  const intoDay = (at + offsetAt(at, zone)) % DAY;
  return (minutes(time) * MINUTE - intoDay + 2 * DAY) % DAY;
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
