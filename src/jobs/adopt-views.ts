import { adoptViews, foreignViews } from '../db/views.js';
import { DAY } from '../lib/clock.js';
import { fromLocalDateTime } from '../lib/time-zone.js';
import type { JobServices } from './services.js';
import { seenAs } from './seen-product.js';

const PAGE = 500;
/** Views that a warning names. */
const NAMED = 20;

/**
 * Adopts the product views that the plugin wrote, each once: their time is the shop's local one, and they know neither price nor stock,
 * which are filled from the shop as it is now. A view that says out of stock keeps saying so. Returns how many.
 */
export async function adoptForeignViews(services: JobServices): Promise<number> {
  const { reengagement } = services.config();
  const { zone } = await services.site();
  const since = foreignViewsSince(services);
  const timeless: number[] = [];
  let adopted = 0;
  for (let after = 0; ;) {
    const views = await foreignViews(services.database, since, after, PAGE);
    const last = views.at(-1);
    if (last === undefined) break;
    const products = await services.products(views.map((view) => view.productId));
    adopted += await adoptViews(
      services.database,
      views.flatMap((view) => {
        const written = momentOf(view.viewedAtLocal, zone);
        if (written === null) {
          timeless.push(view.id);
          return [];
        }
        // Nobody has looked at anything in 2099: such a view would count for ever.
        const viewedAt = Math.min(written, services.clock.now());
        const product = products.get(view.productId);
        const seen = product && seenAs(product, reengagement.backorders_in_stock);
        return { id: view.id, price: seen?.price ?? null, inStock: view.inStock && (seen?.inStock ?? true), viewedAt };
      }),
    );
    after = last.id;
  }
  if (timeless.length > 0)
    services.logger.warn('Product views are left out: their time is none', {
      count: timeless.length,
      views: timeless.slice(0, NAMED),
    });
  return adopted;
}

/** A day more than the window: local time is up to 14 hours off. */
export function foreignViewsSince({ clock, config }: Pick<JobServices, 'clock' | 'config'>): number {
  return clock.now() - (config().reengagement.view_window_days + 1) * DAY;
}

/** Null for what no calendar knows, such as `2026-02-00 10:00:00`. A time that the clocks skipped is the moment of the change. */
function momentOf(local: string, zone: string): number | null {
  try {
    return fromLocalDateTime(local, zone);
  } catch {
    return null;
  }
}
