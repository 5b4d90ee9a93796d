import { countCustomers, countForeignViews, countWithoutPhone } from '../db/audience.js';
import type { CampaignType } from '../reengagement/campaign-type.js';
import { inactiveBefore } from '../reengagement/inactive-customers.js';
import { HOOKS } from '../queue/hooks.js';
import { foreignViewsSince } from './adopt-views.js';
import { planBackInStock, planBackInStockFor, productsBack } from './check-back-in-stock.js';
import { pinned } from './live-products.js';
import { assertMirrorComplete, isFresh } from './mirror.js';
import { nextRuns } from './next-runs.js';
import type { PlannedPage } from './planning.js';
import type { EarlierMessages } from './preview-earlier.js';
import { notQueued } from './preview-queued.js';
import {
  previewRun,
  sentAt,
  servicesAt,
  type PreviewedRun,
  type PreviewReason,
  type PreviewSkipped,
  type RunToPreview,
} from './preview-run.js';
import { createPreviewTemplates } from './preview-templates.js';
import { campaignRun, planCampaigns, planCampaignsFor, type CampaignRun } from './process-reengagement-campaigns.js';
import { inWindow, type Recipient } from './recipients.js';
import type { JobServices } from './services.js';
import { sendableTypes } from './settings.js';
import { allIds } from './viewed-products.js';

/** What the next runs would do. Moments are milliseconds, UTC. */
export interface Preview {
  readonly at: number;
  /** While false nothing is planned and nothing sent, whatever the preview says. */
  readonly enabled: boolean;
  /** The shop's. */
  readonly zone: string;
  /** When the walk was begun by which the shop's orders were last read whole. */
  readonly mirroredAt: number;
  /** Otherwise the runs read the orders first, and may find other customers. */
  readonly mirrorIsFresh: boolean;
  readonly inactivityThresholdDays: number;
  /** People with a purchase. */
  readonly customers: number;
  /** Those of them who are inactive when the daily job runs. */
  readonly inactive: number;
  /** Of the inactive, why the daily run leaves them out. */
  readonly silent: {
    readonly noConsent: number;
    readonly optedOut: number;
    readonly withoutPhone: number;
    readonly capped: number;
    readonly usNumbers: number;
    /** Null: Meta could not be asked. */
    readonly templateHeld: number | null;
  };
  /** Product views that somebody else wrote; the runs take them up first, and may find more to say. */
  readonly foreignViews: number;
  /** Why Meta could not be asked for the templates; null when it was, or was not needed. */
  readonly templatesUnread: string | null;
  /** What is wrong with the configured templates, a sentence each. */
  readonly templateProblems: readonly string[];
  /** The daily job and the stock check. */
  readonly runs: readonly [daily: PreviewedRun, stock: PreviewedRun];
}

export interface PreviewOptions {
  /** Of which campaign type messages are rendered; of all without it. */
  readonly type?: CampaignType | undefined;
  /** Messages rendered of each run; 20 without it. */
  readonly limit?: number | undefined;
  /** How many customers of a run were looked at; of the stock check nobody knows the total before. */
  readonly onProgress?: ((progress: { readonly read: number; readonly total: number | null }) => void) | undefined;
}

const LIMIT = 20;

/**
 * Who would get which message at the next run of both documented jobs, by their own functions, and who would get none and why. It writes
 * nothing, sends nothing and makes no coupon; `services.site` has to be one that only looks.
 * @throws AppError MIRROR_NOT_READY, SHOP_*, DB_*; what WhatsApp does not answer stands in the result
 */
export async function preview(services: JobServices, options: PreviewOptions = {}): Promise<Preview> {
  const { enabled } = services.config().reengagement;
  const site = await services.site();
  const config = asIfEnabled(services);
  const templates = createPreviewTemplates(services);
  const looking = pinned({ ...services, config: () => config, site: () => Promise.resolve(site), templates });
  const mirroredAt = await assertMirrorComplete(looking);
  const now = services.clock.now();
  const runs = await nextRuns(looking, [HOOKS.processCampaigns, HOOKS.checkBackInStock]);
  const [daily = looking, stock = looking] = runs.map(({ nextAt }) =>
    servicesAt(looking, Math.max(nextAt ?? now, now)),
  );

  // As the daily run does, in full hundreds.
  await daily.products(await allIds(daily, 'viewed'));
  const campaigns = await campaignRun(daily, mirroredAt);
  const { paid_statuses: paidStatuses, inactivity_threshold: threshold } = config.reengagement;
  const before = inactiveBefore(campaigns.now, threshold);
  const [known, withoutPhone, foreignViews] = await Promise.all([
    countCustomers(services.database, before),
    countWithoutPhone(services.database, paidStatuses, before),
    countForeignViews(services.database, foreignViewsSince(looking)),
  ]);
  const keep = { type: options.type, limit: options.limit ?? LIMIT };
  const counting = (total: number | null) => {
    let read = 0;
    return (people: number) => options.onProgress?.({ read: (read += people), total });
  };
  const dailyRun = await previewRun(dailyToPreview(daily, stock, campaigns), templates, keep, counting(known.inactive));
  const stockRun = await previewRun(stockToPreview(daily, stock, campaigns), templates, keep, counting(null));
  const silent = (reason: PreviewReason) => dailyRun.skipped.find((one) => one.reason === reason)?.customers ?? 0;
  return {
    at: now,
    enabled,
    zone: site.zone,
    mirroredAt,
    mirrorIsFresh: isFresh(mirroredAt, now),
    inactivityThresholdDays: threshold,
    customers: known.customers + withoutPhone.customers,
    inactive: known.inactive + withoutPhone.inactive,
    silent: {
      noConsent: silent('no_consent'),
      optedOut: silent('opted_out'),
      withoutPhone: withoutPhone.inactive,
      capped: silent('frequency_cap'),
      usNumbers: silent('us_number'),
      templateHeld: templates.unread() === null ? silent('template_held') : null,
    },
    foreignViews,
    templatesUnread: templates.unread(),
    templateProblems: templates.problems(),
    runs: [dailyRun, stockRun],
  };
}

/** One configuration from beginning to end, whatever is reloaded meanwhile; whoever only looks may look at what is switched off. */
function asIfEnabled(services: JobServices) {
  const config = services.config();
  return { ...config, reengagement: { ...config.reengagement, enabled: true } };
}

/** Of two runs at the same moment the stock check counts as the first: what it has to say is the daily job's first choice too. */
function isStockFirst(daily: JobServices, stock: JobServices): boolean {
  return stock.clock.now() <= daily.clock.now();
}

function dailyToPreview(daily: JobServices, stock: JobServices, campaigns: CampaignRun): RunToPreview {
  return {
    hook: HOOKS.processCampaigns,
    services: daily,
    pages: planCampaigns(daily, campaigns),
    sayable: (recipient) => ({
      types: sendableTypes(daily.config(), inWindow(recipient, daily.clock.now())),
      arrivals: campaigns.arrivals,
    }),
    earlier: async (recipients, { interests }) => {
      if (!isStockFirst(daily, stock)) return NOTHING_EARLIER;
      const waiting = recipients.filter((one) => interests.interestOf(one).views.some(({ inStock }) => !inStock));
      return await earlierMessages(stock, await planBackInStockFor(stock, phonesOf(waiting)));
    },
  };
}

function stockToPreview(daily: JobServices, stock: JobServices, campaigns: CampaignRun): RunToPreview {
  return {
    hook: HOOKS.checkBackInStock,
    services: stock,
    pages: stockPages(stock),
    sayable: () => ({ types: new Set(['back_in_stock']), arrivals: [] }),
    earlier: async (recipients) => {
      if (isStockFirst(daily, stock)) return NOTHING_EARLIER;
      const inactive = recipients.filter(
        ({ customer }) => customer?.lastPaidAt != null && customer.lastPaidAt <= campaigns.inactiveBefore,
      );
      return await earlierMessages(daily, await planCampaignsFor(daily, campaigns, phonesOf(inactive)));
    },
  };
}

async function* stockPages(
  stock: JobServices,
): AsyncGenerator<Omit<PlannedPage, 'skipped'> & { readonly skipped: PreviewSkipped }> {
  for await (const page of planBackInStock(stock, await productsBack(stock)))
    yield { ...page, skipped: { ...page.skipped, bought_it: page.bought, bad_phone: page.malformed.length } };
}

function phonesOf(recipients: readonly Recipient[]): string[] {
  return recipients.map(({ phone }) => phone);
}

const NOTHING_EARLIER: EarlierMessages = { sendAt: 0, messages: new Map() };

async function earlierMessages(
  services: JobServices,
  { messages }: Pick<PlannedPage, 'messages'>,
): Promise<EarlierMessages> {
  const open = await notQueued(services, messages);
  return { sendAt: await sentAt(services), messages: new Map(open.map((message) => [message.phone, message])) };
}
