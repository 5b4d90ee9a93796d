import { findUnfinished } from '../db/actions.js';
import {
  endedActions,
  foreignViewCount,
  ledgerOf,
  newestMessages,
  newestOrders,
  type MessageRow,
} from '../db/story.js';
import { viewsOf } from '../db/views.js';
import { boughtProducts } from '../db/orders.js';
import { DAY } from '../lib/clock.js';
import { isAppError, type AppError } from '../lib/errors.js';
import { canonicalPhone, phoneCountry } from '../lib/phone.js';
import { HOOKS, unfinishedKey, type Hook } from '../queue/hooks.js';
import { refusedUntil } from '../reengagement/eligibility.js';
import type { ExplainedFacts, Verdict } from '../reengagement/explanation-facts.js';
import { tellExplanation, type Told } from '../reengagement/explanation.js';
import { countedMessages, frequencyCap } from '../reengagement/frequency-cap.js';
import { lapseObstacle, lapseStory } from '../reengagement/lapse.js';
import { toldSince } from '../reengagement/product-interest.js';
import { quietUntil } from '../reengagement/quiet-hours.js';
import { resolveCampaignType } from '../reengagement/campaign-type-resolver.js';
import { campaignsTold, contextOf, type Offered } from './explain-campaigns.js';
import {
  consentTold,
  endedTold,
  messageTold,
  ordersTold,
  toldViewIds,
  viewsTold,
  waitingTold,
} from './explain-facts.js';
import { askShop, orOutage } from './explain-shop.js';
import { decide } from './explain-verdict.js';
import { arrivalsOf, loadInterests } from './interests.js';
import { assertMirrorComplete, isFresh } from './mirror.js';
import { nextRuns, type NextRun } from './next-runs.js';
import { servicesAt } from './preview-run.js';
import { campaignRun, type CampaignRun } from './process-reengagement-campaigns.js';
import { inWindow, loadRecipients, windowEnd, type Recipient } from './recipients.js';
import type { JobServices } from './services.js';
import { interestSettings, messageLimits, sendableTypes } from './settings.js';

/** The facts, and the same in sentences for a shop owner. */
export interface Explanation extends ExplainedFacts, Told {}

const ORDERS = 5;
const DECISIONS = 5;
const MESSAGES = 5;
const ACTIONS = 5;
const VIEWS = 10;
/** Views that are too old by so much are worth a word. */
const OLDER_VIEWS_MS = 30 * DAY;

/**
 * Everything that decides about one person (E.164 with plus). Reads only, and answers with what the database knows while the shop or WhatsApp
 * cannot be asked.
 * @throws AppError DB_*
 */
export async function explain(services: JobServices, typed: string): Promise<Explanation> {
  const facts = await gather(services, canonicalPhone(typed));
  return { ...facts, ...tellExplanation(facts) };
}

async function gather(given: JobServices, phone: string): Promise<ExplainedFacts> {
  const { database } = given;
  const config = given.config();
  const now = given.clock.now();
  const recipient = await recipientOf(given, phone, now);
  const messages = await newestMessages(database, phone, MESSAGES);
  const all = await nextRuns(given);
  const runs = { daily: runOf(all, HOOKS.processCampaigns), hourly: runOf(all, HOOKS.checkBackInStock) };
  const dailyAt = Math.max(runs.daily.nextAt ?? now, now);
  const outside = await lookOutside(given, recipient, dailyAt);
  const { services, mirror, run, offered } = outside;
  const zone = outside.zone ?? 'UTC';
  const orders = ordersTold(recipient, await newestOrders(database, phone, ORDERS), config);
  const campaigns = await campaignsTold(services, recipient, offered);
  const waiting = await waitingFor(services, phone);
  const type = offered === null ? null : dailyType(servicesAt(services, dailyAt), recipient, offered);
  const chosen = campaigns.find(({ campaignType }) => campaignType === (type ?? 'back_in_stock'));
  const verdict = await decide({
    ...{ services, recipient, zone, now, run, waiting, runs },
    isMirrorComplete: mirror.state !== 'incomplete',
    inactiveAt: orders.inactiveAt,
    isProductBack: campaigns.some(({ campaignType, applies }) => campaignType === 'back_in_stock' && applies === true),
    templateProblem: chosen?.template.problem ?? null,
  });
  const { reengagement, whatsapp } = config;
  const { caps: limits, lapse: lapseRules } = messageLimits(config);
  const cap = frequencyCap(recipient.log, limits, now, null);
  const story = lapseStory(recipient.log, orders.lastPaidAt, null);
  const lapse = lapseObstacle(story, lapseRules, now);
  return {
    ...{ phone, at: now, zone, mirror, orders, campaigns },
    zoneKnown: outside.zone !== null,
    enabled: reengagement.enabled,
    known: recipient.known,
    verdict: withType(verdict, type),
    unasked: unasked(outside, campaigns, verdict),
    daemon: daemonTold(all, runs),
    consent: consentTold(recipient, await ledgerOf(database, phone, DECISIONS), config),
    cap: {
      limits,
      counted: countedMessages(recipient.log, now),
      allowed: cap.allowed,
      reached: cap.allowed ? null : cap.cap,
      freeAt: cap.allowed ? null : cap.until,
    },
    lapse: { ...story, max: lapseRules.max, reason: lapse?.reason ?? null, freeAt: lapse?.until ?? null },
    undeliverableAt: recipient.customer?.undeliverableAt ?? null,
    replacedAt: recipient.customer?.replacedAt ?? null,
    messages: messages.map(messageTold),
    refusedUntilAt: refusedUntil({ log: recipient.log, ownActionId: null }, now),
    country: phoneCountry(phone),
    usMarketing: whatsapp.us_marketing,
    views: await viewsOfPerson(services, phone, messages),
    window: { isOpen: inWindow(recipient, now), endsAt: windowEnd(recipient) },
    quietHours: { ...reengagement.quiet_hours, endsAt: quietUntil(now, zone, reengagement.quiet_hours) },
    waiting: waiting === null ? null : waitingTold(waiting),
    ended: (await endedActions(database, phone, ACTIONS)).map(endedTold),
  };
}

async function viewsOfPerson(
  services: JobServices,
  phone: string,
  messages: readonly MessageRow[],
): Promise<ExplainedFacts['views']> {
  const { database } = services;
  const config = services.config();
  const { view_window_days: windowDays, price_drop_percent: priceDropPercent } = config.reengagement;
  const now = services.clock.now();
  const since = {
    viewed: now - windowDays * DAY - OLDER_VIEWS_MS,
    told: toldSince(now, interestSettings(config)),
  };
  const views = ((await viewsOf(database, [phone], since)).get(phone) ?? []).slice(0, VIEWS);
  const products = await orOutage(() => services.products(views.map((view) => view.productId)));
  const bought = await boughtProducts(database, [phone], config.reengagement.paid_statuses);
  return {
    windowDays,
    priceDropPercent,
    foreign: await foreignViewCount(database, phone),
    newest: viewsTold(views, {
      config,
      now,
      toldIds: await toldViewIds(services, messages),
      products: isAppError(products) ? null : products,
      boughtAt: bought.get(phone)?.at ?? new Map<number, number>(),
    }),
  };
}

async function recipientOf({ database }: JobServices, phone: string, now: number): Promise<Recipient> {
  const found = (await loadRecipients(database, [phone], now)).get(phone);
  if (found === undefined) throw new TypeError('A recipient was not loaded');
  return found;
}

interface Outside {
  readonly services: JobServices;
  readonly zone: string | null;
  readonly mirror: ExplainedFacts['mirror'];
  /** As of the next daily run. */
  readonly run: CampaignRun | AppError;
  readonly offered: Offered | null;
  readonly shopProblem: () => AppError | null;
}

/** `dailyAt`: when the daily job runs next. */
async function lookOutside(given: JobServices, recipient: Recipient, dailyAt: number): Promise<Outside> {
  const { services, site, problem } = await askShop(given);
  const mirror = await mirrorTold(services);
  const daily = servicesAt(services, dailyAt);
  const run = problem() ?? (await orOutage(() => campaignRun(daily, mirror.readAt ?? given.clock.now())));
  const offered = isAppError(run) ? run : await orOutage(() => offers(services, recipient, run));
  return {
    ...{ services, mirror, run },
    zone: site?.zone ?? null,
    offered: isAppError(offered) ? null : offered,
    shopProblem: problem,
  };
}

async function offers(services: JobServices, recipient: Recipient, run: CampaignRun): Promise<Offered> {
  const wereAsked = sendableTypes(services.config(), true).has('new_arrivals');
  const arrivals = wereAsked ? run.arrivals : await arrivalsOf(services);
  return { arrivals, interests: await loadInterests(services, [recipient], arrivals) };
}

async function mirrorTold(services: JobServices): Promise<ExplainedFacts['mirror']> {
  try {
    const readAt = await orOutage(() => assertMirrorComplete(services));
    if (isAppError(readAt)) return { state: 'incomplete', readAt: null, problem: readAt.message };
    return { state: isFresh(readAt, services.clock.now()) ? 'fresh' : 'old', readAt, problem: null };
  } catch (error) {
    if (isAppError(error, 'MIRROR_NOT_READY')) return { state: 'incomplete', readAt: null, problem: error.message };
    throw error;
  }
}

async function waitingFor({ database }: JobServices, phone: string) {
  const key = unfinishedKey(HOOKS.sendMessage, { customer_phone: phone });
  return key === null ? null : await findUnfinished(database, key);
}

function runOf(all: readonly NextRun[], hook: Hook): NextRun {
  const run = all.find((one) => one.hook === hook);
  if (run === undefined) throw new TypeError('A run was not found');
  return run;
}

/** Which type the daily run takes for this person, whether or not its template is in order. */
function dailyType(services: JobServices, recipient: Recipient, offered: Offered) {
  const sendable = sendableTypes(services.config(), inWindow(recipient, services.clock.now()));
  const context = { ...contextOf(services, offered), sendable };
  return resolveCampaignType(offered.interests.interestOf(recipient), context)?.campaignType ?? null;
}

/** A template that is held is that of the type which the run would take. */
function withType(verdict: Verdict, type: Verdict['campaignType']): Verdict {
  return verdict.reason === 'template_held' && verdict.campaignType === null
    ? { ...verdict, campaignType: type }
    : verdict;
}

function unasked(
  { shopProblem }: Outside,
  campaigns: ExplainedFacts['campaigns'],
  verdict: Verdict,
): ExplainedFacts['unasked'] {
  const shop = shopProblem()?.message ?? (verdict.reason === 'shop_out' ? verdict.detail : null);
  const meta = campaigns.find(({ template }) => template.state === 'unasked')?.template.problem ?? null;
  return [
    ...(shop === null ? [] : [{ whom: 'shop', problem: shop } as const]),
    ...(meta === null ? [] : [{ whom: 'whatsapp', problem: meta } as const]),
  ];
}

/** A daemon that runs has planned every job, and leaves nothing lying that is due. */
function daemonTold(all: readonly NextRun[], { daily, hourly }: { daily: NextRun; hourly: NextRun }) {
  const isPlanned = all.some((run) => run.recurring && (run.planned || run.running > 0));
  const isOverdue = all.some((run) => run.recurring && run.overdue);
  return {
    state: isOverdue ? ('overdue' as const) : isPlanned ? ('planned' as const) : ('never_ran' as const),
    dailyAt: daily.nextAt,
    hourlyAt: hourly.nextAt,
    reason: daily.reason,
  };
}
