import { DAY } from '../lib/clock.js';

/** Whoever last bought at this moment or earlier is inactive: `thresholdDays` times 24 hours before `now`. */
export function inactiveBefore(now: number, thresholdDays: number): number {
  return now - thresholdDays * DAY;
}
