import { z } from 'zod';
import { about, days, positive, seconds } from './kinds.js';

export const queue = z
  .strictObject({
    claim_size: positive.max(1_000).default(500).meta(about('Actions taken out of the journal at once, at most.', 100)),
    lease_seconds: seconds
      .min(2)
      .default(60)
      .meta(about('After a crash, how long until the work is taken up again.', 120)),
    poll_seconds: seconds
      .max(60)
      .default(5)
      .meta(about('How often the journal is looked at for work that came from outside.', 10)),
    drain_seconds: seconds.default(30).meta(about('How long a stop waits for what is under way.', 60)),
    retry_delays_seconds: z
      .array(seconds)
      .min(1)
      .default([30, 90, 270])
      .meta(
        about('How long an action that failed waits, before each further attempt; then it stays failed.', [60, 600]),
      ),
    outage_delay_seconds: seconds
      .default(60)
      .meta(about('How long work waits while the shop, Meta or the database is down.', 300)),
    keep_complete_days: days
      .default(31)
      .meta(about('How long completed actions stay in the journal; failed ones stay.', 90)),
  })
  .prefault({})
  .describe('The queue.');
