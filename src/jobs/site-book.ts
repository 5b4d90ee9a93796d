import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { readWatermark, writeWatermark } from '../db/watermarks.js';
import type { Database } from '../db/pool.js';
import { DAY, type Clock } from '../lib/clock.js';
import { shared } from '../lib/group.js';
import type { Logger } from '../lib/logger.js';
import { isZone } from '../lib/time-zone.js';
import type { SiteFacts } from '../reengagement/shop-facts.js';
import type { ShopClient } from '../shop/client.js';
import { readSiteFacts } from '../shop/site.js';

const NAME = 'site';

const siteSchema = z.object({
  name: z.string(),
  home: z.string(),
  zone: z.string().refine(isZone),
  country: z.string().nullable(),
  priceFormat: z.object({
    currency: z.string(),
    symbol: z.string(),
    position: z.enum(['left', 'right', 'left_space', 'right_space']),
    thousandSeparator: z.string(),
    decimalSeparator: z.string(),
    decimals: z.int(),
  }),
});

export interface SiteBook {
  /** The shop's facts, read once a day; while the shop is out, as they were last. Throws SHOP_* only when they were never read. */
  site(): Promise<SiteFacts>;
  /** Asks the shop anew at the next question. */
  forget(): void;
}

/** Kept in the database too, so that the time zone is known when the daemon starts while the shop is down. */
export function createSiteBook(database: Database, clock: Clock, logger: Logger, shop: () => ShopClient): SiteBook {
  let known: { at: number; facts: SiteFacts } | null = null;

  const ask = shared(async (): Promise<SiteFacts> => {
    const before = known?.facts ?? (await stored());
    try {
      const facts = await readSiteFacts(shop());
      if (before !== null && !isDeepStrictEqual(before, facts))
        logger.info('The shop has changed its settings', { before, now: facts });
      await writeWatermark(database, NAME, facts, clock.now());
      known = { at: clock.now(), facts };
      return facts;
    } catch (error) {
      if (before === null) throw error;
      logger.warn("The shop's settings could not be read; those of the last time hold", { error });
      known = { at: clock.now(), facts: before };
      return before;
    }
  });

  async function stored(): Promise<SiteFacts | null> {
    const parsed = siteSchema.safeParse(await readWatermark(database, NAME));
    return parsed.success ? parsed.data : null;
  }

  return {
    site: async () => {
      if (known !== null && clock.now() - known.at < DAY) return known.facts;
      return await ask();
    },
    forget: () => {
      known = null;
    },
  };
}
