import { DAY } from '../lib/clock.js';
import { CAMPAIGN_TYPES, type CampaignType } from './campaign-type.js';
import { isLoyal } from './loyalty.js';
import {
  droppedViews,
  isAvailable,
  waitingViews,
  type InterestSettings,
  type ProductView,
  type Turn,
} from './product-interest.js';
import type { ShopProduct } from './shop-facts.js';

/** What one customer has looked at and bought. */
export interface CustomerInterest {
  readonly views: readonly ProductView[];
  /** Product or variation id to the last paid purchase, in milliseconds. */
  readonly boughtAt: ReadonlyMap<number, number>;
  readonly boughtCategoryIds: ReadonlySet<number>;
  /** Decimal string in the shop's currency. */
  readonly lifetimeValue: string;
  readonly lastPaidAt: number;
}

export interface ResolverContext {
  readonly now: number;
  /** The viewed products that the shop still has. */
  readonly products: ReadonlyMap<number, ShopProduct>;
  /** Candidates for new arrivals. */
  readonly newProducts: readonly ShopProduct[];
  /** The campaign types that can be sent at all. */
  readonly sendable: ReadonlySet<CampaignType>;
  /** Absent: limited stock is left to the hourly check, which knows whose turn it is. */
  readonly turn?: Turn;
  readonly settings: InterestSettings & {
    readonly inactivityThresholdDays: number;
    readonly loyaltyMinLtv: number;
  };
}

export interface ResolvedCampaign {
  readonly campaignType: CampaignType;
  /** What the message is about, the newest interest first. */
  readonly productIds: readonly number[];
  /** Every row that the message answers: of a product viewed twice while it was out of stock, both. */
  readonly viewIds: readonly number[];
}

/** The best campaign type for a customer, in the documented priority; null when none of the sendable ones applies. */
export function resolveCampaignType(customer: CustomerInterest, context: ResolverContext): ResolvedCampaign | null {
  for (const campaignType of CAMPAIGN_TYPES) {
    if (!context.sendable.has(campaignType)) continue;
    const found = resolvers[campaignType](customer, context);
    if (found !== null) return { campaignType, ...found };
  }
  return null;
}

/** As many as a message can need, should some of them sell out: a shop that was moved has thousands, and they stand in every action. */
const MOST_ARRIVALS = 30;

type Found = Omit<ResolvedCampaign, 'campaignType'> | null;

const NOBODYS_TURN: Turn = new Set();

const WITHOUT_PRODUCTS = { productIds: [], viewIds: [] };

const resolvers: Record<CampaignType, (customer: CustomerInterest, context: ResolverContext) => Found> = {
  back_in_stock: (customer, { products, now, settings, turn = NOBODYS_TURN }) => {
    const waiting = waitingViews(customer.views, products, now, settings, turn)
      .filter((view) => isOpen(view, customer.boughtAt))
      .map(({ productId }) => productId);
    const answered = openViews(customer).filter((view) => !view.inStock && waiting.includes(view.productId));
    return about(
      waiting,
      answered.map(({ id }) => id),
    );
  },
  price_drop: (customer, { products, now, settings }) => {
    const dropped = droppedViews(openViews(customer), products, now, settings);
    return about(
      dropped.map(({ productId }) => productId),
      dropped.map(({ id }) => id),
    );
  },
  loyalty_reward: ({ lifetimeValue }, { settings }) =>
    isLoyal(lifetimeValue, settings.loyaltyMinLtv) ? WITHOUT_PRODUCTS : null,
  new_arrivals: (customer, context) =>
    about(
      newArrivals(customer, context).map(({ id }) => id),
      [],
    ),
  we_miss_you: () => WITHOUT_PRODUCTS,
};

function about(productIds: readonly number[], viewIds: readonly number[]): Found {
  return productIds.length === 0 ? null : { productIds, viewIds };
}

function openViews({ views, boughtAt }: CustomerInterest): readonly ProductView[] {
  return views.filter((view) => isOpen(view, boughtAt));
}

/** Whoever has bought a product since they looked at it waits for it no longer. */
export function isOpen(
  { productId, viewedAt }: Pick<ProductView, 'productId' | 'viewedAt'>,
  boughtAt: CustomerInterest['boughtAt'],
): boolean {
  return (boughtAt.get(productId) ?? -Infinity) < viewedAt;
}

/**
 * Products newer than the last purchase and the threshold. When there are none, older ones are no substitute: they are not new. A date
 * that lies ahead is no news either: the product would stay new until then.
 */
function newArrivals(customer: CustomerInterest, { newProducts, now, settings }: ResolverContext): ShopProduct[] {
  const since = Math.max(customer.lastPaidAt, now - settings.inactivityThresholdDays * DAY);
  return newProducts
    .filter(
      (product) =>
        product.createdAt > since &&
        product.createdAt <= now &&
        product.categoryIds.some((id) => customer.boughtCategoryIds.has(id)) &&
        !customer.boughtAt.has(product.id) &&
        isAvailable(product, settings.backordersInStock),
    )
    .sort((a, b) => b.createdAt - a.createdAt || b.id - a.id)
    .slice(0, MOST_ARRIVALS);
}
