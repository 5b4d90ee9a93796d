import { setTimeout as wait } from 'node:timers/promises';

/** Time as it is handed in everywhere: milliseconds since the epoch, UTC. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. It never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await wait(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** Twenty-four hours, not a calendar day: for that see time-zone.ts. */
export const DAY = 24 * HOUR;
