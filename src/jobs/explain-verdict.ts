import type { ActionRow } from '../db/actions.js';
import { DAY } from '../lib/clock.js';
import { isAppError, type AppError } from '../lib/errors.js';
import { HOOKS, type Hook } from '../queue/hooks.js';
import { slotAfter } from '../queue/schedule.js';
import { refusedUntil, type SkipReason } from '../reengagement/eligibility.js';
import { SEND_ERRORS, type Ending } from '../reengagement/endings.js';
import type { Verdict, VerdictReason } from '../reengagement/explanation-facts.js';
import { frequencyCap } from '../reengagement/frequency-cap.js';
import { quietUntil } from '../reengagement/quiet-hours.js';
import { planBackInStockFor } from './check-back-in-stock.js';
import { compose } from './delivery.js';
import { loadInterests, type Interests } from './interests.js';
import type { NextRun } from './next-runs.js';
import { planningObstacle, type PlannedPage } from './planning.js';
import { planCampaignsFor, type CampaignRun } from './process-reengagement-campaigns.js';
import { loadRecipients, type Recipient } from './recipients.js';
import { recurringJobs } from './registry.js';
import { parseSendArguments, type SendArguments } from './send-arguments.js';
import { sendContent } from './send-content.js';
import { findObstacle } from './send-obstacle.js';
import type { JobServices } from './services.js';

export interface Deciding {
  /** They write nothing, and know which shop and which WhatsApp cannot be asked. */
  readonly services: JobServices;
  readonly recipient: Recipient;
  readonly zone: string;
  readonly now: number;
  readonly isMirrorComplete: boolean;
  readonly inactiveAt: number | null;
  /** An error: the shop cannot be asked. */
  readonly run: CampaignRun | AppError;
  /** Whether they wait for a product that is back. */
  readonly isProductBack: boolean;
  readonly waiting: ActionRow | null;
  readonly runs: { readonly daily: NextRun; readonly hourly: NextRun };
  /** What is wrong with the template that the daily run would take. */
  readonly templateProblem: string | null;
}

/** The error where the shop or WhatsApp cannot be asked, which an explanation goes without; others are thrown. */
export async function orOutage<T>(work: () => Promise<T>): Promise<T | AppError> {
  try {
    return await work();
  } catch (error) {
    if (isAppError(error) && /^(SHOP|WHATSAPP)_/.test(error.code)) return error;
    throw error;
  }
}

const PLAIN: Omit<Verdict, 'outcome' | 'reason'> = {
  detail: null,
  by: null,
  actionId: null,
  freeAt: null,
  sendAt: null,
  campaignType: null,
  products: [],
  form: null,
};

const nothing = (reason: VerdictReason, more: Partial<Verdict> = {}): Verdict => ({
  ...PLAIN,
  outcome: 'nothing',
  reason,
  ...more,
});

/** What comes of it for this person: of the message that waits for them, or else of the next runs, by the planners' own functions. */
export async function decide(deciding: Deciding): Promise<Verdict> {
  const { waiting } = deciding;
  const verdict = await orOutage(() =>
    waiting === null ? decidePlanning(deciding) : decideWaiting(deciding, waiting),
  );
  if (!isAppError(verdict)) return verdict;
  return nothing(verdict.code.startsWith('SHOP_') ? 'shop_out' : 'whatsapp_out', {
    detail: verdict.message,
    actionId: waiting?.id ?? null,
  });
}

async function decidePlanning(deciding: Deciding): Promise<Verdict> {
  const { services, recipient, zone, now } = deciding;
  const { consent } = recipient;
  const { enabled } = services.config().reengagement;
  // Whoever has opted out gets nothing whatever the orders say.
  if (enabled && !deciding.isMirrorComplete && (consent.granted || consent.reason !== 'opted_out'))
    return nothing('mirror_incomplete');
  if (enabled && !recipient.known) return nothing('unknown_customer');
  const obstacle = enabled ? planningObstacle(services, recipient, zone, now) : 'disabled';
  if (obstacle === 'frequency_cap' || obstacle === 'refused_recently') return untilFree(deciding, obstacle);
  if (obstacle !== null) return nothing(obstacle, { detail: consent.source });

  const hourly = await planBackInStockFor(services, [recipient.phone]);
  const isInactive = deciding.inactiveAt !== null && deciding.inactiveAt <= now;
  if (isInactive && isAppError(deciding.run)) throw deciding.run;
  const daily =
    isInactive && !isAppError(deciding.run) ? await planCampaignsFor(services, deciding.run, [recipient.phone]) : null;
  const verdicts = [
    await sent(deciding, hourly, 'hourly'),
    ...(daily === null ? [] : [await sent(deciding, daily, 'daily')]),
  ].filter((verdict) => verdict !== null);
  const first = verdicts.sort((a, b) => (a.sendAt ?? Infinity) - (b.sendAt ?? Infinity))[0];
  return first ?? unsent(deciding, hourly, daily);
}

/** Neither run would send. */
function unsent(deciding: Deciding, hourly: PlannedPage, daily: PlannedPage | null): Verdict {
  const { inactiveAt } = deciding;
  const [reason] = Object.keys((daily ?? hourly).skipped) as SkipReason[];
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

/** The cap or a refusal: from when on which run may send. */
function untilFree(deciding: Deciding, reason: 'frequency_cap' | 'refused_recently'): Verdict {
  const { recipient, now, inactiveAt, isProductBack } = deciding;
  const { weekly_cap: weekly, monthly_cap: monthly } = deciding.services.config().reengagement;
  const cap = frequencyCap(recipient.log, { weekly, monthly }, now, null);
  const refused = refusedUntil({ log: recipient.log, ownActionId: null }, now) ?? now;
  // A refusal may outlast the cap.
  const freeAt = cap.allowed ? refused : cap.until === null ? null : Math.max(cap.until, refused);
  const late: Verdict = { ...PLAIN, outcome: freeAt === null ? 'nothing' : 'later', reason, freeAt };
  if (freeAt === null) return late;
  const dailyAt = inactiveAt === null ? Infinity : runAt(deciding, 'daily', Math.max(freeAt, inactiveAt));
  const hourlyAt = isProductBack ? sendableAt(deciding, runAt(deciding, 'hourly', freeAt)) : Infinity;
  const sendAt = Math.min(dailyAt, hourlyAt);
  return sendAt === Infinity ? late : { ...late, sendAt, by: dailyAt <= hourlyAt ? 'daily' : 'hourly' };
}

/** What a run has planned for this person, as the send will make it; null when it has planned nothing. */
async function sent(deciding: Deciding, page: PlannedPage, by: 'daily' | 'hourly'): Promise<Verdict | null> {
  const [message] = page.messages;
  if (message === undefined) return null;
  const { services, recipient } = deciding;
  const sendAt = sendableAt(deciding, runAt(deciding, by, deciding.now));
  return await made(services, recipient, message, page.interests, { ...PLAIN, by, sendAt });
}

async function made(
  services: JobServices,
  recipient: Recipient,
  args: SendArguments,
  interests: Interests,
  more: Omit<Verdict, 'outcome' | 'reason'>,
): Promise<Verdict> {
  const { campaignType } = args;
  const told = { ...more, campaignType };
  const content = await sendContent(services, recipient, args, interests);
  if (content === 'no_products' && args.productIds === null)
    return nothing('invalid', { ...told, detail: SEND_ERRORS.no_content });
  if (typeof content === 'string') return nothing(content, told);
  const built = await compose(services, { args, recipient, content }, pretendCoupon(services, campaignType));
  if (built === null) return nothing('invalid', { ...told, detail: SEND_ERRORS.no_content });
  const products = content.products.map(({ name }) => name);
  const form =
    built.kind === 'text'
      ? ({ kind: 'text' } as const)
      : ({ kind: 'template', name: built.name, language: built.language } as const);
  return { ...told, outcome: 'send', reason: null, products, form };
}

/** Only to see whether the message can be made: no coupon is. */
function pretendCoupon(services: JobServices, campaignType: string) {
  if (campaignType !== 'loyalty_reward') return null;
  const { loyalty_coupon_days: days } = services.config().reengagement;
  return { code: 'LOYAL0000000000', expiresAt: services.clock.now() + days * DAY };
}

/** What the send will decide about the message that waits, at the time when it is due. */
async function decideWaiting(deciding: Deciding, action: ActionRow): Promise<Verdict> {
  const queued = { by: 'queue', actionId: action.id } as const;
  if (action.status === 'in-progress') return { ...PLAIN, ...queued, outcome: 'later', reason: 'being_sent' };
  const args = parseSendArguments(action.args);
  if ('error' in args) return nothing('invalid', { ...queued, detail: args.error });
  const at = Math.max(deciding.now, action.scheduledAt);
  const services = { ...deciding.services, clock: { ...deciding.services.clock, now: () => at } };
  const recipient = (await loadRecipients(services.database, [args.phone], at)).get(args.phone) ?? deciding.recipient;
  const about = { ...queued, campaignType: args.campaignType, sendAt: at };
  if (!recipient.known) return nothing('unknown_customer', about);
  const obstacle = await findObstacle(services, recipient, args, action);
  if (obstacle !== null) return stopped(obstacle, { ...about, detail: recipient.consent.source });
  const interests = await loadInterests(services, [recipient], []);
  return await made(services, recipient, args, interests, { ...PLAIN, ...about });
}

function stopped(ending: Ending, about: Partial<Verdict>): Verdict {
  const reason = ending.reason as VerdictReason;
  if (ending.name === 'skipped') return nothing(reason, about);
  const freeAt = ending.until ?? null;
  // Nobody knows whether a template or an account is in order when it is looked at again.
  const sendAt = ending.name === 'deferred' ? freeAt : null;
  return { ...PLAIN, ...about, outcome: 'later', reason, freeAt, sendAt, detail: ending.error ?? null };
}

const HOOK_OF: Record<'daily' | 'hourly', Hook> = { daily: HOOKS.processCampaigns, hourly: HOOKS.checkBackInStock };

/** The first run at or after `from`; what is planned for the past runs at once. */
function runAt({ services, zone, now, runs }: Deciding, by: 'daily' | 'hourly', from: number): number {
  const next = Math.max(runs[by].nextAt ?? now, now);
  const schedule = recurringJobs(services.config()).get(HOOK_OF[by]);
  return from <= next || schedule === undefined ? next : slotAfter(schedule, zone, from - 1).at;
}

function sendableAt({ services, zone }: Deciding, at: number): number {
  return quietUntil(at, zone, services.config().reengagement.quiet_hours) ?? at;
}
