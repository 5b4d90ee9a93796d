import { createDrivenClock, type DrivenClock } from '../../src/sandbox/driven-clock.js';

/** A clock that stands at `startIso`, such as `2026-03-02T09:00:00Z`, until the test moves it. */
export function drivenClock(startIso: string): DrivenClock {
  return createDrivenClock(Date.parse(startIso));
}
