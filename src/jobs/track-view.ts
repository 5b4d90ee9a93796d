import { recordView } from '../db/views.js';
import { MINUTE } from '../lib/clock.js';
import { AppError } from '../lib/errors.js';
import { normalisePhone } from '../lib/phone.js';
import { seenAs } from './seen-product.js';
import type { JobServices } from './services.js';

export interface TrackedView {
  /** False: the same person saw the same product less than an hour ago (a setting). */
  readonly recorded: boolean;
  readonly product: string;
  readonly price: string | null;
  readonly inStock: boolean;
}

/**
 * Notes that a person saw a product now, with its price and stock as the shop has them.
 * @throws AppError USAGE for a phone that is none, SHOP_REFUSED for a product that is none
 */
export async function trackView(services: JobServices, typedPhone: string, productId: number): Promise<TrackedView> {
  const { reengagement, shop } = services.config();
  const phone = normalisePhone(typedPhone, shop.default_country ?? (await services.site()).country);
  if (phone === null)
    throw new AppError(
      'USAGE',
      'This is no phone number; write it with plus and country code, such as +34 600 111 222',
    );
  const product = (await services.products([productId])).get(productId);
  if (product === undefined) throw new AppError('SHOP_REFUSED', `The shop has no product ${productId}`);
  const now = services.clock.now();
  const seen = seenAs(product, reengagement.backorders_in_stock);
  const recorded = await recordView(
    services.database,
    { phone, productId, ...seen, viewedAt: now },
    now - reengagement.view_repeat_minutes * MINUTE,
  );
  return { recorded, product: product.name, price: product.price, inStock: seen.inStock };
}
