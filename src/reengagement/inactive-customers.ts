import { DAY } from '../lib/clock.js';

/** Whoever last bought at this moment or earlier is inactive: `thresholdDays` times 24 hours before `now`. */
export function inactiveBefore(now: number, thresholdDays: number): number {
  return now - thresholdDays * DAY;
}

/** The same the other way round: from when on somebody who last bought at `lastPaidAt` is inactive. */
export function inactiveFrom(lastPaidAt: number, thresholdDays: number): number {
  return lastPaidAt + thresholdDays * DAY;
}
