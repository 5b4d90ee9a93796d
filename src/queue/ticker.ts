import { schedule } from 'node-cron';

export interface Ticker {
  stop(): Promise<void>;
}

/**
 * Calls `tick` once a minute. Which slot is due is worked out by schedule.ts: node-cron skips a daily time that the clocks jump over and
 * takes no plain offset as a zone, so it only ticks, in UTC.
 */
export function startTicker(tick: () => Promise<void>): Ticker {
  const task = schedule('* * * * *', tick, { timezone: 'UTC', noOverlap: true });
  return {
    stop: async () => {
      await task.destroy();
    },
  };
}
