import { saveProducts } from '../db/products.js';
import { forgetWatermarks, readNumber, writeWatermark } from '../db/watermarks.js';
import { DAY, SECOND } from '../lib/clock.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import { walkCatalogue } from '../shop/catalogue.js';
import { reportMalformedProducts } from './live-products.js';
import type { CatalogueResult, JobServices } from './services.js';

const CURSOR = 'catalogue:cursor';
/** When the last reading of the whole catalogue was begun. */
const ANEW = 'catalogue:anew';

/**
 * reengaged_sync_catalogue: every 15 minutes. Takes over the products modified since the last time, and every `shop.reconcile_days` all of
 * them: a change of many products' categories at once modifies none. Begun again at any point it goes on where it was. No planning waits for
 * it: what the catalogue does not know the shop is asked. Returns `{products, malformed}`.
 */
async function syncCatalogue(services: JobServices): Promise<CatalogueResult> {
  const { database, clock } = services;
  const { sync_overlap_seconds: overlap, reconcile_days: reconcileDays } = services.config().shop;
  const { zone } = await services.site();
  const begun = clock.now();
  const anew = await readMoment(services, ANEW);
  if (anew === null || begun - anew >= reconcileDays * DAY) {
    await forgetWatermarks(database, [CURSOR]);
    await writeWatermark(database, ANEW, begun, begun);
  }
  const since = await readMoment(services, CURSOR);
  const result = { products: 0, malformed: 0 };
  for await (const page of walkCatalogue(services.shop(), { since, overlapMs: overlap * SECOND, zone })) {
    await saveProducts(database, page.entries);
    const now = clock.now();
    // A product modified next year must not hide what is modified until then.
    await writeWatermark(database, CURSOR, page.cursor > now ? begun : page.cursor, now);
    reportMalformedProducts(services, page.malformed);
    result.products += page.products - page.malformed.length;
    result.malformed += page.malformed.length;
  }
  return result;
}

async function readMoment({ database, clock }: JobServices, name: string): Promise<number | null> {
  const at = await readNumber(database, name);
  return at === null ? null : Math.min(at, clock.now());
}

export function syncCatalogueHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.syncCatalogue,
    exclusive: true,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async () => ({ name: 'done', result: await syncCatalogue(services) }),
  };
}
