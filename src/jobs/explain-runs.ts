import type { ActionRow } from '../db/actions.js';
import { isAppError, type AppError } from '../lib/errors.js';
import { HOOKS, type Hook } from '../queue/hooks.js';
import { slotAfter } from '../queue/schedule.js';
import { refusedUntil, type SkipReason } from '../reengagement/eligibility.js';
import type { Verdict } from '../reengagement/explanation-facts.js';
import { frequencyCap } from '../reengagement/frequency-cap.js';
import { lapseObstacle, lapseStory, type LapseReason } from '../reengagement/lapse.js';
import { quietUntil } from '../reengagement/quiet-hours.js';
import { planBackInStockFor } from './check-back-in-stock.js';
import { planPriceDropsFor } from './check-price-drops.js';
import { withoutPhones } from './explain-facts.js';
import { foresee, nothing, PLAIN } from './explain-message.js';
import type { NextRun } from './next-runs.js';
import type { PlannedPage } from './planning.js';
import { servicesAt } from './preview-run.js';
import { campaignRun, planCampaignsFor, type CampaignRun } from './process-reengagement-campaigns.js';
import type { Recipient } from './recipients.js';
import { recurringJobs } from './registry.js';
import type { JobServices } from './services.js';
import { messageLimits } from './settings.js';

export interface Deciding {
  /** They write nothing, and know which shop and which WhatsApp cannot be asked. */
  readonly services: JobServices;
  readonly recipient: Recipient;
  readonly zone: string;
  readonly now: number;
  readonly isMirrorComplete: boolean;
  readonly inactiveAt: number | null;
  /** As of the next daily run. An error: the shop cannot be asked. */
  readonly run: CampaignRun | AppError;
  /** Whether they wait for a product that is back. */
  readonly isProductBack: boolean;
  readonly waiting: ActionRow | null;
  readonly runs: { readonly daily: NextRun; readonly hourly: NextRun };
  /** What is wrong with the template that the daily run would take. */
  readonly templateProblem: string | null;
}

type RunName = 'daily' | 'hourly';

/** What comes of the next runs, each decided as of its own moment, with prices and stock as they are now. */
export async function decidePlanning(deciding: Deciding): Promise<Verdict> {
  const { recipient } = deciding;
  const { consent } = recipient;
  const { enabled } = deciding.services.config().reengagement;
  if (!enabled) return nothing('disabled');
  // Whoever has opted out gets nothing whatever the orders say.
  if (!deciding.isMirrorComplete && (consent.granted || consent.reason !== 'opted_out'))
    return nothing('mirror_incomplete');
  if (!recipient.known) return nothing('unknown_customer');
  if (!consent.granted) return nothing(consent.reason, { detail: withoutPhones(consent.source) });

  const hourlyAt = runAt(deciding, 'hourly', deciding.now);
  const dailyAt = runAt(deciding, 'daily', deciding.now);
  const hourly = await hourlyPage(servicesAt(deciding.services, hourlyAt), recipient.phone);
  const first = await sent(deciding, hourly, 'hourly', hourlyAt);
  if (first?.outcome === 'send' && (first.sendAt ?? 0) <= dailyAt) return first;
  const daily = await dailyPage(deciding, dailyAt);
  const second = daily === null ? null : await nextDaily(deciding, daily, dailyAt);
  const [soonest] = [first, second]
    .filter((verdict) => verdict?.outcome === 'send')
    .sort((a, b) => (a?.sendAt ?? 0) - (b?.sendAt ?? 0));
  return soonest ?? second ?? first ?? unsent(deciding, hourly, daily);
}

/** Of the hourly checks the one that has something to say, that of the stock first. */
async function hourlyPage(services: JobServices, phone: string): Promise<PlannedPage> {
  const stock = await planBackInStockFor(services, [phone]);
  if (stock.messages.length > 0 || !services.config().reengagement.hourly_price_drops) return stock;
  const prices = await planPriceDropsFor(services, [phone]);
  return prices.messages.length > 0 ? prices : stock;
}

/** Null for somebody who is not inactive by then. */
async function dailyPage({ services, run, inactiveAt, recipient }: Deciding, at: number): Promise<PlannedPage | null> {
  if (inactiveAt === null || inactiveAt > at) return null;
  if (isAppError(run)) throw run;
  const then = servicesAt(services, at);
  const own = run.now === at ? run : await campaignRun(then, run.mirroredAt);
  return await planCampaignsFor(then, own, [recipient.phone]);
}

/** A run that is late plans into the quiet hours what is over when they end: then it is the next one that sends. */
async function nextDaily(deciding: Deciding, page: PlannedPage, at: number): Promise<Verdict | null> {
  const verdict = await sent(deciding, page, 'daily', at);
  if (verdict?.reason !== 'expired') return verdict;
  const nextAt = runAt(deciding, 'daily', at + 1);
  const next = await dailyPage(deciding, nextAt);
  return (next === null ? null : await sent(deciding, next, 'daily', nextAt)) ?? verdict;
}

/** Neither run would plan a message. */
function unsent(deciding: Deciding, hourly: PlannedPage, daily: PlannedPage | null): Verdict {
  const { inactiveAt } = deciding;
  const [reason] = Object.keys((daily ?? hourly).skipped) as SkipReason[];
  if (reason === 'frequency_cap' || reason === 'refused_recently' || reason === 'lapse_pause')
    return untilFree(deciding, reason, daily !== null);
  if (reason !== undefined)
    return nothing(reason, {
      detail: deciding.templateProblem,
      ...(daily === null ? { campaignType: 'back_in_stock' } : {}),
    });
  if (inactiveAt === null) return nothing('never_bought');
  return {
    ...PLAIN,
    outcome: 'later',
    reason: 'not_inactive',
    by: 'daily',
    freeAt: inactiveAt,
    sendAt: runAt(deciding, 'daily', inactiveAt),
  };
}

/** The cap, a refusal or a pause: from when on which run may send. Whom a lapse stops for longer than these is told of the lapse. */
function untilFree(
  deciding: Deciding,
  reason: 'frequency_cap' | 'refused_recently' | 'lapse_pause',
  isInactive: boolean,
): Verdict {
  const { services, recipient, now, inactiveAt, isProductBack } = deciding;
  const { caps, lapse: rules } = messageLimits(services.config());
  const cap = frequencyCap(recipient.log, caps, now, null);
  const refused = refusedUntil({ log: recipient.log, ownActionId: null }, now) ?? now;
  // A refusal may outlast the cap.
  const freeAt = cap.allowed ? refused : cap.until === null ? null : Math.max(cap.until, refused);
  if (freeAt === null) return nothing(reason);
  const lapse = lapseObstacle(lapseStory(recipient.log, recipient.customer?.lastPaidAt ?? null, null), rules, now);
  const campaignAt = lapse === null ? freeAt : Math.max(freeAt, lapse.until ?? Infinity);
  const dailyAt =
    inactiveAt === null || campaignAt === Infinity
      ? Infinity
      : runAt(deciding, 'daily', Math.max(campaignAt, inactiveAt));
  const hourlyAt =
    isProductBack && reason !== 'lapse_pause' ? sendableAt(deciding, runAt(deciding, 'hourly', freeAt)) : Infinity;
  const sendAt = Math.min(dailyAt, hourlyAt);
  const why: LapseReason | typeof reason =
    lapse !== null && campaignAt > freeAt && isInactive && hourlyAt === Infinity ? lapse.reason : reason;
  if (why === 'lapse_told') return nothing(why);
  const late: Verdict = {
    ...PLAIN,
    outcome: 'later',
    reason: why,
    freeAt: why === 'lapse_pause' ? campaignAt : freeAt,
  };
  return sendAt === Infinity ? late : { ...late, sendAt, by: dailyAt <= hourlyAt ? 'daily' : 'hourly' };
}

/** What becomes of what a run plans for this person; null when it plans nothing. */
async function sent(deciding: Deciding, page: PlannedPage, by: RunName, at: number): Promise<Verdict | null> {
  const [args] = page.messages;
  const recipient = page.recipients.get(deciding.recipient.phone);
  if (args === undefined || recipient === undefined) return null;
  const expected = { args, action: { id: 0 }, recipient, interests: page.interests };
  return await foresee(withoutHalts(deciding.services), at, expected, { by });
}

/** Of a halt nobody knows whether it still holds when the run comes. */
function withoutHalts(services: JobServices): JobServices {
  return { ...services, halts: { ...services.halts, current: () => null } };
}

const HOOK_OF: Record<RunName, Hook> = { daily: HOOKS.processCampaigns, hourly: HOOKS.checkBackInStock };

/** The first run at or after `from`; what is planned for the past runs at once. */
function runAt({ services, zone, now, runs }: Deciding, by: RunName, from: number): number {
  const next = Math.max(runs[by].nextAt ?? now, now);
  const schedule = recurringJobs(services.config()).get(HOOK_OF[by]);
  return from <= next || schedule === undefined ? next : slotAfter(schedule, zone, from - 1).at;
}

function sendableAt({ services, zone }: Deciding, at: number): number {
  return quietUntil(at, zone, services.config().reengagement.quiet_hours) ?? at;
}
