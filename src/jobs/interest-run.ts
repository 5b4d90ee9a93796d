import { productsOfViewers, viewersOf, type Viewer, type ViewKind } from '../db/viewers.js';
import { chunks } from '../lib/group.js';
import { canonicalPhone, isE164 } from '../lib/phone.js';
import {
  resolveCampaignType,
  type CustomerInterest,
  type ResolverContext,
} from '../reengagement/campaign-type-resolver.js';
import { windowStart, type Turn } from '../reengagement/product-interest.js';
import { quietUntil } from '../reengagement/quiet-hours.js';
import type { Priority } from '../queue/hooks.js';
import { readAhead } from '../shop/read-ahead.js';
import { loadInterests } from './interests.js';
import { assertMirrorFresh } from './mirror.js';
import {
  addCounts,
  answeredViews,
  count,
  planningObstacle,
  templateObstacle,
  type PlannedPage,
  type Skipped,
} from './planning.js';
import { loadRecipients, type Recipient } from './recipients.js';
import { interestKey, sendAction, type PlannedMessage } from './send-arguments.js';
import type { JobServices } from './services.js';
import { interestSettings } from './settings.js';

/** What one of the hourly checks tells of, and by which views it finds the people. */
export interface InterestCheck {
  readonly campaignType: 'back_in_stock' | 'price_drop';
  readonly views: ViewKind;
  readonly source: PlannedMessage['source'];
  readonly priority: Priority;
}

export interface InterestPage extends PlannedPage {
  /** People on this page whom there is nothing to tell: they have bought what they looked at. */
  readonly bought: number;
}

export interface FoundPage extends InterestPage {
  /** A view of each whose phone is none: whoever wrote the table may have written anything. */
  readonly malformed: readonly number[];
}

/** Of which products of limited stock it is a person's turn to be told, by phone (E.164 with plus). */
export type TurnOf = (phone: string) => Turn;

const PRODUCTS = 1_000;
/** Phones read together: each read goes through all views of its products again. */
const PHONES = 20_000;
const PEOPLE = 500;

/** Decides for everyone with such a view of one of the products, page by page; reads only. */
export async function* planInterest(
  services: JobServices,
  check: InterestCheck,
  productIds: readonly number[],
  turnOf: TurnOf,
): AsyncGenerator<FoundPage> {
  const since = windowStart(services.clock.now(), interestSettings(services.config()));
  const asked = new Set(productIds);
  const pieceOf = new Map(productIds.map((id, index) => [id, Math.floor(index / PRODUCTS)]));
  for (const [piece, ids] of chunks(productIds, PRODUCTS).entries()) {
    for (let after = ''; ;) {
      const viewers = await viewersOf(services.database, check.views, ids, since, after, PHONES);
      const last = viewers.at(-1);
      if (last === undefined) break;
      after = last.phone;
      for (const group of chunks(viewers, PEOPLE)) {
        // To queue what can only fail would fail anew every hour.
        const usable = group.filter(isUsable).map((viewer) => viewer.phone);
        const firstMet = await firstMeetings(services, check, usable, since, pieceOf);
        const phones = usable.filter((phone) => {
          const first = firstMet.get(canonicalPhone(phone));
          return first?.piece === piece && first.phone === phone;
        });
        const page = await planInterestFor(services, check, phones.map(canonicalPhone), turnOf, asked);
        yield { ...page, malformed: group.flatMap((viewer) => (isUsable(viewer) ? [] : [viewer.viewId])) };
      }
    }
  }
}

function isUsable({ phone }: Viewer): boolean {
  return isE164(canonicalPhone(phone));
}

/**
 * Where planInterest comes upon each of these people first: they may have looked at products of several pieces, and stand there in several
 * spellings of one phone.
 */
async function firstMeetings(
  { database }: JobServices,
  { views }: InterestCheck,
  phones: readonly string[],
  since: number,
  pieceOf: ReadonlyMap<number, number>,
): Promise<Map<string, { readonly piece: number; readonly phone: string }>> {
  const first = new Map<string, { piece: number; phone: string }>();
  for (const { phone, productId } of await productsOfViewers(database, views, phones, since)) {
    const piece = pieceOf.get(productId);
    const known = first.get(canonicalPhone(phone));
    if (piece !== undefined && (known === undefined || piece < known.piece))
      first.set(canonicalPhone(phone), { piece, phone });
  }
  return first;
}

/** The same for these people. `asked`: the products, where they are known; otherwise whatever each of them looked at last. */
export async function planInterestFor(
  services: JobServices,
  check: InterestCheck,
  phones: readonly string[],
  turnOf: TurnOf,
  asked?: ReadonlySet<number>,
): Promise<InterestPage> {
  const { campaignType } = check;
  const now = services.clock.now();
  const { zone } = await services.site();
  const recipients = await loadRecipients(services.database, phones, now);
  const skipped: Skipped = {};
  const allowed = [...recipients.values()].filter((recipient) => {
    const reason = planningObstacle(services, recipient, campaignType, zone, now);
    if (reason !== null) count(skipped, reason);
    return reason === null;
  });
  const interests = await loadInterests(services, allowed, [], (_, productId) => asked?.has(productId) ?? true);
  const context: ResolverContext = {
    // What waits out the quiet hours must still be true then: a message that comes to nothing would keep the daily one from being queued.
    now: quietUntil(now, zone, services.config().reengagement.quiet_hours) ?? now,
    products: interests.products,
    newProducts: [],
    sendable: new Set([campaignType]),
    settings: interestSettings(services.config()),
  };
  const messages: PlannedMessage[] = [];
  let bought = 0;
  for (const recipient of allowed) {
    const interest = interests.interestOf(recipient);
    const campaign = resolveCampaignType(interest, { ...context, turn: turnOf(recipient.phone) });
    const obstacle =
      campaign === null
        ? whyNothing(interest, context)
        : await templateObstacle(services, recipient, campaignType, now);
    if (obstacle !== null) count(skipped, obstacle);
    else if (campaign === null) bought += 1;
    else {
      const views = answeredViews(campaign, interests, recipient);
      messages.push(planned(check, recipient, interest, { productIds: campaign.productIds, views }, now));
    }
  }
  return { messages, skipped, recipients, interests, bought };
}

/** What keeps somebody from being told of what they could be told of otherwise; null where there is nothing. */
function whyNothing(interest: CustomerInterest, context: ResolverContext): 'limited_stock' | 'told_lately' | null {
  const everybody: ResolverContext = { ...context, turn: 'all' };
  if (resolveCampaignType(interest, everybody) !== null) return 'limited_stock';
  const anew = { ...everybody, settings: { ...context.settings, repeatAfterDays: 0 } };
  return resolveCampaignType(interest, anew) === null ? null : 'told_lately';
}

function planned(
  { campaignType, source, priority }: InterestCheck,
  { phone }: Recipient,
  interest: CustomerInterest,
  about: Pick<PlannedMessage, 'productIds' | 'views'>,
  now: number,
): PlannedMessage {
  const toldAt = new Map(interest.views.map((view) => [view.id, view.stockToldAt]));
  const occasions = about.views.map(({ id, priceTold }) => ({ id, priceTold, stockToldAt: toldAt.get(id) ?? null }));
  return {
    phone,
    campaignType,
    ...about,
    plannedAt: now,
    // It is of interest until it is no longer true or the view is too old: both are looked at when it is sent.
    expiresAt: null,
    source,
    priority,
    uniqueKey: interestKey(campaignType, phone, occasions),
  };
}

/** In the log; the daemon's reader can look at so many rows. */
const NAMED_VIEWS = 20;

/**
 * Queues what is planned, page by page, and returns how many messages are new; `skipped` are people, by reason. `pages` are not begun before the
 * mirror knows who has bought meanwhile.
 * @throws AppError SHOP_*, DB_*, MIRROR_NOT_READY
 */
export async function queueInterest(
  services: JobServices,
  pages: AsyncGenerator<FoundPage>,
): Promise<{ readonly queued: number; readonly skipped: Skipped; readonly malformed: number }> {
  await services.syncShop();
  await assertMirrorFresh(services);
  const skipped: Skipped = {};
  const views: number[] = [];
  let queued = 0;
  let malformed = 0;
  // A page is planned while the last is queued.
  for await (const { value: page } of readAhead([pages])) {
    if (!services.config().reengagement.enabled) break;
    addCounts(skipped, page.skipped);
    malformed += page.malformed.length;
    views.push(...page.malformed.slice(0, NAMED_VIEWS - views.length));
    queued += await services.enqueueAll(page.messages.map(sendAction));
  }
  if (malformed > 0)
    services.logger.warn('Product views without a usable phone are left out', { people: malformed, views });
  return { queued, skipped, malformed };
}
