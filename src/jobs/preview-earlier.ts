import type { CampaignType } from '../reengagement/campaign-type.js';
import { resolveCampaignType, type CustomerInterest } from '../reengagement/campaign-type-resolver.js';
import type { SkipReason } from '../reengagement/eligibility.js';
import type { ShopProduct } from '../reengagement/shop-facts.js';
import { answeredViews, campaignObstacle, planningObstacle, type PlannedPage } from './planning.js';
import type { Recipient } from './recipients.js';
import type { PlannedMessage } from './send-arguments.js';
import type { JobServices } from './services.js';
import { interestSettings } from './settings.js';

/** What the other run has planned for people by the time of a run. */
export interface EarlierMessages {
  /** When they go out (ms). */
  readonly sendAt: number;
  /** By phone; nobody's where the other run comes later. */
  readonly messages: ReadonlyMap<string, PlannedMessage>;
}

/** What a run can say to a person. */
export interface Sayable {
  readonly types: ReadonlySet<CampaignType>;
  readonly arrivals: readonly ShopProduct[];
}

/**
 * What a run that had planned `message` plans for this person once `earlier` is sent: it takes a slot under the frequency cap, and what it
 * answers is not said again. `other_run_first` where that leaves nothing.
 */
export async function planAfter(
  services: JobServices,
  earlier: { readonly sendAt: number; readonly message: PlannedMessage },
  { message, recipient }: { readonly message: PlannedMessage; readonly recipient: Recipient },
  { interests }: Pick<PlannedPage, 'interests'>,
  { types, arrivals }: Sayable,
): Promise<{ readonly message: PlannedMessage; readonly recipient: Recipient } | SkipReason | 'other_run_first'> {
  const now = services.clock.now();
  // Until then it waits, and only one message to a person may.
  if (earlier.sendAt >= now) return 'other_run_first';
  const { phone } = recipient;
  const sent = {
    phone,
    campaignType: earlier.message.campaignType,
    actionId: null,
    status: 'sent',
    sentAt: earlier.sendAt,
    errorCode: null,
    couponCode: null,
  } as const;
  const writtenTo = { ...recipient, log: [...recipient.log, sent] };
  const { zone } = await services.site();
  if (planningObstacle(services, writtenTo, 'back_in_stock', zone, now) !== null) return 'other_run_first';
  const campaign = resolveCampaignType(answered(interests.interestOf(recipient), earlier.message), {
    now,
    products: interests.products,
    newProducts: arrivals,
    sendable: types,
    // Of what the run had planned it is their turn.
    turn: new Set(message.productIds),
    settings: interestSettings(services.config()),
  });
  if (campaign === null) return 'other_run_first';
  const obstacle = await campaignObstacle(services, writtenTo, campaign.campaignType, now);
  if (obstacle !== null) return obstacle;
  const { campaignType, productIds } = campaign;
  const views = answeredViews(campaign, interests, recipient);
  return { message: { ...message, campaignType, productIds, views }, recipient: writtenTo };
}

/** The views as they stand once the message is accepted. */
function answered(interest: CustomerInterest, { views }: PlannedMessage): CustomerInterest {
  const told = new Map(views.map(({ id, priceTold }) => [id, priceTold]));
  return {
    ...interest,
    views: interest.views.map((view) => {
      const price = told.get(view.id);
      if (price === undefined) return view;
      return price === null ? { ...view, inStock: true } : { ...view, priceTold: price };
    }),
  };
}
