import { isOpen, resolveCampaignType, type CustomerInterest } from '../reengagement/campaign-type-resolver.js';
import type { AnsweredView } from '../reengagement/endings.js';
import type { SkipReason } from '../reengagement/eligibility.js';
import type { MessageFacts } from '../reengagement/message-builder.js';
import {
  droppedViews,
  isAvailable,
  isInWindow,
  toldLately,
  type ProductView,
} from '../reengagement/product-interest.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import { arrivalsOf, loadInterests, type Interests } from './interests.js';
import type { Recipient } from './recipients.js';
import type { SendArguments } from './send-arguments.js';
import type { SendLoaders } from './send-loaders.js';
import type { JobServices } from './services.js';
import { interestSettings } from './settings.js';

export interface SendContent {
  readonly products: MessageFacts['products'];
  readonly views: readonly AnsweredView[];
}

/**
 * What the message is about, as true as it is now: planned products that are gone again, bought meanwhile or no longer cheaper are left
 * out. A payload from outside names none: then they are worked out here. A word for why when nothing is left to say.
 */
export async function sendContent(
  services: JobServices,
  recipient: Recipient,
  args: SendArguments,
  interests: Interests,
  newest: SendLoaders['arrivals'] = () => arrivalsOf(services),
): Promise<SendContent | SkipReason> {
  if (args.campaignType === 'we_miss_you' || args.campaignType === 'loyalty_reward') return { products: [], views: [] };
  if (args.campaignType === 'new_arrivals') return await arrivals(services, recipient, args, newest);
  return viewedProducts(services, recipient, args, interests);
}

async function arrivals(
  services: JobServices,
  recipient: Recipient,
  args: SendArguments,
  newest: SendLoaders['arrivals'],
): Promise<SendContent | SkipReason> {
  const ids = args.productIds ?? (await resolvedArrivals(services, recipient, await newest()));
  const products = await services.products(ids);
  const offered = ids.flatMap((id) => {
    const product = products.get(id);
    return isAvailable(product, services.config().reengagement.backorders_in_stock)
      ? [{ ...product, oldPrice: null }]
      : [];
  });
  if (offered.length > 0) return { products: offered, views: [] };
  return ids.length === 0 ? 'no_products' : 'out_of_stock';
}

async function resolvedArrivals(
  services: JobServices,
  recipient: Recipient,
  newest: readonly ShopProduct[],
): Promise<readonly number[]> {
  const interests = await loadInterests(services, [recipient], newest);
  const campaign = resolveCampaignType(interests.interestOf(recipient), {
    now: services.clock.now(),
    products: interests.products,
    newProducts: newest,
    sendable: new Set(['new_arrivals']),
    settings: interestSettings(services.config()),
  });
  return campaign?.productIds ?? [];
}

/**
 * A message is about its products, and answers every view of them, later ones too: who looked again before it came is not told twice. A
 * payload from outside that names none is about all of them.
 */
function isPlanned({ productIds }: SendArguments, view: ProductView): boolean {
  return productIds === null || productIds.includes(view.productId);
}

/** Back in stock and price drops: about products that the customer looked at. */
function viewedProducts(
  services: JobServices,
  recipient: Recipient,
  args: SendArguments,
  interests: Interests,
): SendContent | SkipReason {
  const interest = interests.interestOf(recipient);
  const standing = args.campaignType === 'back_in_stock' ? viewsBack : viewsDropped;
  const views = standing(services, interest, args, interests.products);
  if (typeof views === 'string') return views;
  const newest = new Map(views.toReversed().map((view) => [view.productId, view]));
  return {
    products: [...newest.values()].toReversed().flatMap((view) => {
      const product = interests.products.get(view.productId);
      return product === undefined ? [] : [{ ...product, oldPrice: view.priceAtView }];
    }),
    views: views.map((view) => ({
      id: view.id,
      priceTold: args.campaignType === 'price_drop' ? (interests.products.get(view.productId)?.price ?? null) : null,
    })),
  };
}

/** All views that the message answers, newest first. */
type Standing = (
  services: JobServices,
  interest: CustomerInterest,
  args: SendArguments,
  products: Interests['products'],
) => readonly ProductView[] | SkipReason;

const viewsBack: Standing = (services, interest, args, products) => {
  const settings = interestSettings(services.config());
  const now = services.clock.now();
  const waiting = askedViews(interest, args).filter((view) => !view.inStock && isInWindow(view, now, settings));
  if (waiting.length === 0) return 'no_products';
  const told = toldLately(interest.views, now, settings);
  const open = waiting.filter(({ productId }) => !told.has(productId));
  if (open.length === 0) return 'told_lately';
  const back = open.filter(({ productId }) => isAvailable(products.get(productId), settings.backordersInStock));
  return back.length === 0 ? 'out_of_stock' : back;
};

const viewsDropped: Standing = (services, interest, args, products) => {
  const settings = interestSettings(services.config());
  const now = services.clock.now();
  const asked = askedViews(interest, args).filter((view) => isInWindow(view, now, settings));
  if (asked.length === 0) return 'no_products';
  const dropped = droppedViews(asked, products, now, settings);
  return dropped.length === 0 ? 'price_up_again' : dropped;
};

function askedViews({ views, boughtAt }: CustomerInterest, args: SendArguments): readonly ProductView[] {
  return views.filter((view) => isPlanned(args, view) && isOpen(view, boughtAt));
}
