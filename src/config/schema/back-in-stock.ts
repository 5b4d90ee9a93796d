import { z } from 'zod';
import { about, days, positive } from './kinds.js';

export const backInStock = z
  .strictObject({
    flag_recent_viewers: z
      .boolean()
      .default(true)
      .meta(about('Whether those who saw a product before it sold out wait for it too.', false)),
    repeat_after: days
      .max(365)
      .default(30)
      .meta(about('Days until one person is told again that the same product is back.', 60)),
    customers_per_unit: positive
      .max(1_000)
      .meta({ unit: 'customers' })
      .optional()
      .meta(
        about(
          'How many people are told of each unit in stock, those who have waited longest first; the rest follow while stock lasts. Without it: everybody at once.',
          5,
        ),
      ),
  })
  .prefault({})
  .describe('Messages that a product is back.');
