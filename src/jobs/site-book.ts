import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { readWatermark, writeWatermark } from '../db/watermarks.js';
import type { Database } from '../db/pool.js';
import { DAY, HOUR, type Clock } from '../lib/clock.js';
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
  /**
   * The shop's facts, read once a day. While the shop is out they are those of the last time, and it is asked again after an hour. Throws SHOP_* only
   * when they were never read.
   */
  site(): Promise<SiteFacts>;
  /** The same, and nothing is written. */
  readonly look: () => Promise<SiteFacts>;
  /** Asks the shop anew at the next question. */
  forget(): void;
}

/** The shop's facts as a daemon last read them; null when none ever did. */
export async function storedSite(database: Database): Promise<SiteFacts | null> {
  const parsed = siteSchema.safeParse(await readWatermark(database, NAME));
  return parsed.success ? parsed.data : null;
}

/** Kept in the database too, so that the time zone is known when the daemon starts while the shop is down. */
export function createSiteBook(database: Database, clock: Clock, logger: Logger, shop: () => ShopClient): SiteBook {
  let known: { readonly until: number; readonly facts: SiteFacts } | null = null;
  let isSaid = false;

  const ask = shared(() => read(true));

  async function read(isKept: boolean): Promise<SiteFacts> {
    const before = known?.facts ?? (await storedSite(database));
    try {
      const facts = await readSiteFacts(shop());
      isSaid = false;
      if (before !== null && !isDeepStrictEqual(before, facts))
        logger.info('The shop has changed its settings', { before, now: facts });
      if (!isKept) return facts;
      await writeWatermark(database, NAME, facts, clock.now());
      known = { until: clock.now() + DAY, facts };
      return facts;
    } catch (error) {
      if (before === null) throw error;
      logger[isSaid ? 'debug' : 'warn']("The shop's settings could not be read; those of the last time hold", {
        error,
      });
      isSaid = true;
      if (isKept) known = { until: clock.now() + HOUR, facts: before };
      return before;
    }
  }

  const fresh = () => (known !== null && clock.now() < known.until ? known.facts : null);

  return {
    site: async () => fresh() ?? (await ask()),
    look: async () => fresh() ?? (await read(false)),
    forget: () => {
      known = null;
    },
  };
}
