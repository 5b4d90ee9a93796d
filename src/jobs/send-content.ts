import { isAvailable, isDropped, isInWindow, type ProductView } from '../reengagement/product-interest.js';
import { resolveCampaignType } from '../reengagement/campaign-type-resolver.js';
import type { AnsweredView } from '../reengagement/endings.js';
import type { SkipReason } from '../reengagement/eligibility.js';
import type { MessageFacts } from '../reengagement/message-builder.js';
import { arrivalsOf, loadInterests, type Interests } from './interests.js';
import type { Recipient } from './recipients.js';
import type { SendArguments } from './send-arguments.js';
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
): Promise<SendContent | SkipReason> {
  if (args.campaignType === 'we_miss_you' || args.campaignType === 'loyalty_reward') return { products: [], views: [] };
  if (args.campaignType === 'new_arrivals') return await arrivals(services, recipient, args);
  return viewedProducts(services, recipient, args, interests);
}

async function arrivals(
  services: JobServices,
  recipient: Recipient,
  args: SendArguments,
): Promise<SendContent | SkipReason> {
  const ids = args.productIds ?? (await resolvedArrivals(services, recipient));
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

async function resolvedArrivals(services: JobServices, recipient: Recipient): Promise<readonly number[]> {
  const newest = await arrivalsOf(services);
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
  const settings = interestSettings(services.config());
  const now = services.clock.now();
  const { views, boughtAt } = interests.interestOf(recipient);
  const asked = views.filter(
    (view) =>
      isPlanned(args, view) &&
      isInWindow(view, now, settings) &&
      !((boughtAt.get(view.productId) ?? 0) > view.viewedAt),
  );
  const open = args.campaignType === 'back_in_stock' ? asked.filter((view) => !view.inStock) : asked;
  if (open.length === 0) return 'no_products';
  const holds = (view: ProductView) => {
    const product = interests.products.get(view.productId);
    return args.campaignType === 'back_in_stock'
      ? isAvailable(product, settings.backordersInStock)
      : isDropped(view, product, settings);
  };
  const standing = open.filter(holds);
  if (standing.length === 0) return args.campaignType === 'back_in_stock' ? 'out_of_stock' : 'price_up_again';
  const newest = new Map(standing.toReversed().map((view) => [view.productId, view]));
  return {
    products: [...newest.values()].toReversed().flatMap((view) => {
      const product = interests.products.get(view.productId);
      return product === undefined ? [] : [{ ...product, oldPrice: view.priceAtView }];
    }),
    views: standing.map((view) => ({
      id: view.id,
      priceTold: args.campaignType === 'price_drop' ? (interests.products.get(view.productId)?.price ?? null) : null,
    })),
  };
}
