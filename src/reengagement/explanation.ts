import { spokenDuration } from '../lib/spoken-time.js';
import type { ExplainedFacts, Verdict, VerdictReason } from './explanation-facts.js';
import { tellSections, type Section } from './explanation-sections.js';
import { counted, countsWords, listed, lowerFirst, sentence, sourceWords, when } from './explanation-words.js';
import { SKIP_SENTENCES } from './eligibility.js';

export interface Told {
  /** The verdict, and what the reader can do about it. */
  readonly summary: readonly string[];
  readonly sections: readonly Section[];
}

/** Everything that decides about one person, in sentences that a shop owner understands. Of the phone the last three digits are said. */
export function tellExplanation(facts: ExplainedFacts): Told {
  const { verdict } = facts;
  const said = verdict.reason === null ? willSend(facts) : REASONS[verdict.reason](facts);
  const [first = '', ...rest] = said;
  // What may change it comes before the promise of a far day.
  const summary =
    verdict.outcome === 'later'
      ? [first, ...newViews(facts), ...rest, ...reservations(facts)]
      : [...said, ...reservations(facts), ...newViews(facts)];
  return { summary: summary.map(sentence), sections: tellSections(facts) };
}

function willSend(facts: ExplainedFacts): string[] {
  const { verdict, at } = facts;
  const about = verdict.products.length === 0 ? '' : ` about ${listed(verdict.products)}`;
  const what = `${verdict.campaignType ?? 'a message'}${about}, ${formWords(verdict)}`;
  const { sendAt } = verdict;
  if (verdict.by === 'queue') {
    const due = sendAt === null || sendAt <= at ? 'is due now' : `goes out on ${when(facts, sendAt)}`;
    return [`A message ${due}: ${what}. It waits in the queue as action ${verdict.actionId ?? ''}`];
  }
  const moment = sendAt === null || sendAt <= at ? 'now' : `on ${when(facts, sendAt)}`;
  return [`Nothing stands in the way: ${RUNS[verdict.by ?? 'daily']} sends a message ${moment}: ${what}`];
}

function formWords({ form }: Verdict): string {
  return form === null || form.kind === 'text' ? 'as a text' : `with the template ${form.name} (${form.language})`;
}

const RUNS = { daily: 'the daily run', hourly: 'the hourly check of the stock', queue: 'the queue' } as const;

/** What the verdict rests on that may be otherwise by the time of the next run. */
function reservations({ verdict, mirror, daemon, at }: ExplainedFacts): string[] {
  const said: string[] = [];
  if (mirror.state === 'old' && mirror.readAt !== null)
    said.push(
      `What is known of the orders is ${spokenDuration(at - mirror.readAt)} old. The next run reads them first, which may change this; reengaged sync does it now`,
    );
  // Who gets nothing anyway is not helped by a daemon.
  if (verdict.outcome === 'nothing') return said;
  if (daemon.state === 'never_ran')
    said.push('But no run is planned, so the daemon seems not to run: start it with reengaged start');
  if (daemon.state === 'overdue')
    said.push('But the daemon seems not to run: what is due is left lying. Start it with reengaged start');
  return said;
}

function newViews({ views }: ExplainedFacts): string[] {
  if (views.foreign === 0) return [];
  return [
    `${counted(views.foreign, 'product view')} of theirs, noted by the plugin, will be taken up by the next run, which may change this`,
  ];
}

/** The message that waits, where the verdict is about one. */
function waitingMessage({ verdict }: ExplainedFacts, otherwise: string): string {
  if (verdict.by !== 'queue') return otherwise;
  const type = verdict.campaignType === null ? '' : `, ${verdict.campaignType}`;
  return `The message that waits in the queue (action ${verdict.actionId ?? ''}${type}) will not be sent`;
}

const NO_MESSAGE = 'This customer gets no message now';

function because(facts: ExplainedFacts, why: string, ...advice: string[]): string[] {
  return [`${waitingMessage(facts, NO_MESSAGE)}: ${why}`, ...advice];
}

/** The earliest that a run may send, where one can be named. */
function earliest(facts: ExplainedFacts): string[] {
  const { sendAt, by } = facts.verdict;
  if (sendAt === null || by === null || by === 'queue') return [];
  return [`The earliest message is that of ${RUNS[by]} on ${when(facts, sendAt)}, if all else holds then`];
}

/** A reason that needs no more than its sentence, for messages that wait in the queue. */
const plainly = (reason: keyof typeof SKIP_SENTENCES) => (facts: ExplainedFacts) =>
  because(facts, lowerFirst(SKIP_SENTENCES[reason]), 'The next run looks anew whether there is something to say');

const REASONS: Readonly<Record<VerdictReason, (facts: ExplainedFacts) => string[]>> = {
  disabled: (facts) => [
    `${waitingMessage(facts, 'Nobody gets a message')}: re-engagement is switched off (reengagement.enabled is false)`,
    'To switch it on: reengaged settings set reengagement.enabled true',
  ],
  mirror_incomplete: ({ mirror }) => [
    `This cannot be said yet, and nobody gets a message: ${lowerFirst(mirror.problem ?? 'the orders were not read')}`,
    'To read them: reengaged sync',
  ],
  unknown_customer: (facts) => [
    `${waitingMessage(facts, NO_MESSAGE)}: nothing at all is known of this number, no order, no profile, no decision`,
    "Check the number, and the phone in the billing address of the customer's orders; then run reengaged sync",
  ],
  opted_out: (facts) => because(facts, 'they have opted out, says ' + sourceOf(facts), optOutAdvice(facts)),
  no_consent: (facts) =>
    because(
      facts,
      facts.consent.source === null
        ? 'nobody has noted that they agree to marketing messages'
        : `they did not agree to marketing messages, says ${sourceOf(facts)}`,
      'If they have agreed, note it: reengaged consent grant PHONE --source "where they said so"',
      ...(facts.consent.metaKeys.length > 0
        ? []
        : ['A tick box of your checkout can be read too: name its order meta key in reengagement.consent_meta_keys']),
    ),
  us_number: (facts) =>
    because(
      facts,
      'the number is a US one, and WhatsApp does not deliver marketing templates to those',
      'Only within 24 hours after they have written to the shop can a text be sent',
      ...(facts.verdict.by !== 'queue' && facts.window.isOpen && facts.window.endsAt !== null
        ? [`They have written, but the next run comes after ${when(facts, facts.window.endsAt)}`]
        : []),
    ),
  frequency_cap: (facts) => [
    `${waitingMessage(facts, NO_MESSAGE)}: ${limitWords(facts)}`,
    ...(facts.cap.freeAt === null ? [] : [`The next may go from ${when(facts, facts.cap.freeAt)} on`]),
    ...earliest(facts),
  ],
  refused_recently: (facts) => [
    `${waitingMessage(facts, NO_MESSAGE)}: WhatsApp refused a message to this number in the last 24 hours${refusalWords(facts)}`,
    ...(facts.refusedUntilAt === null ? [] : [`The number is left alone until ${when(facts, facts.refusedUntilAt)}`]),
    ...earliest(facts),
  ],
  undeliverable: (facts) =>
    because(
      facts,
      `WhatsApp cannot reach this number${facts.undeliverableAt === null ? '' : `, and has not been asked to since ${when(facts, facts.undeliverableAt)}`}`,
      'It was refused twice in a row: whoever has the number may not use WhatsApp. A new order with it makes it count as reachable again',
    ),
  phone_replaced: (facts) =>
    because(
      facts,
      `they buy under another number now${facts.replacedAt === null ? '' : `, last on ${when(facts, facts.replacedAt)}`}`,
      'An account or an email that this number ordered with has bought under another since. A new order with this number makes it count again',
    ),
  lapse_told: (facts) =>
    because(
      facts,
      facts.lapse.max === 0
        ? 'reengagement.max_messages_per_lapse is 0, which lets no campaign message through'
        : `they have had ${counted(facts.lapse.campaigns, 'campaign message')} since their last purchase, and at most ${facts.lapse.max.toLocaleString('en-US')} may be sent until they buy again (reengagement.max_messages_per_lapse)`,
      'They are still told when a product that they found out of stock is back, or one that they looked at costs less',
    ),
  lapse_pause: (facts) => [
    `${waitingMessage(facts, NO_MESSAGE)}: it is too soon after the last of ${counted(facts.lapse.campaigns, 'campaign message')} since their last purchase (at most ${facts.lapse.max.toLocaleString('en-US')}, further and further apart)`,
    ...(facts.lapse.freeAt === null ? [] : [`The pause lasts until ${when(facts, facts.lapse.freeAt)}`]),
    ...earliest(facts),
  ],
  no_template: (facts) =>
    because(
      facts,
      facts.verdict.campaignType === null
        ? 'no template is configured for any campaign that applies'
        : `no template is configured for ${facts.verdict.campaignType}`,
      'Create a marketing template in WhatsApp Manager and name it in whatsapp.templates',
    ),
  template_held: (facts) => [
    facts.verdict.by === 'queue'
      ? `The message that waits in the queue (action ${facts.verdict.actionId ?? ''}) goes on waiting: its template cannot be sent now`
      : `${NO_MESSAGE}: the template for ${facts.verdict.campaignType ?? 'the campaign'} cannot be sent now`,
    ...templateProblem(facts),
    ...triedAgain(facts),
  ],
  outside_window: (facts) =>
    because(
      facts,
      'only texts are configured (whatsapp.mode is text), and a text may go only within 24 hours after they have written',
      'Set whatsapp.mode to auto and configure templates',
    ),
  never_bought: (facts) =>
    because(
      facts,
      `${unpaidWords(facts)}, and campaigns are for customers who have bought`,
      'Only a product that they found out of stock is told without a purchase, when it is back',
    ),
  not_inactive: (facts) => [
    `${NO_MESSAGE}: they are not inactive yet. Their last purchase was ${sinceLastPurchase(facts)} ago, and campaigns begin after ${facts.orders.inactivityThresholdDays} days without one`,
    ...(facts.orders.inactiveAt === null ? [] : [`They are inactive from ${when(facts, facts.orders.inactiveAt)} on`]),
    ...earliest(facts),
    'A product that they found out of stock is told before that, when it is back',
  ],
  quiet_hours: (facts) => [
    `A message waits in the queue (action ${facts.verdict.actionId ?? ''}) for the end of the quiet hours${facts.verdict.sendAt === null ? '' : `, on ${when(facts, facts.verdict.sendAt)}`}`,
  ],
  halted: (facts) => putOff(facts, 'because sending is halted'),
  slow_down: (facts) => putOff(facts, 'because WhatsApp asked to slow down'),
  shop_out: (facts) =>
    facts.verdict.actionId === null
      ? ['Nobody gets a message while the shop cannot be asked: nothing is planned until it answers', ...detail(facts)]
      : putOff(facts, 'until the shop can be asked'),
  whatsapp_out: (facts) =>
    facts.verdict.actionId === null
      ? [
          'Nothing is sent while WhatsApp cannot be asked whether the template is in order; it is tried again',
          ...detail(facts),
        ]
      : putOff(facts, 'until WhatsApp can be asked'),
  being_sent: (facts) => [`A message is being sent to them at this moment (action ${facts.verdict.actionId ?? ''})`],
  invalid: (facts) =>
    because(facts, `it cannot be made${facts.verdict.detail === null ? '' : ` (${facts.verdict.detail})`}`),
  expired: plainly('expired'),
  bought_since: plainly('bought_since'),
  out_of_stock: plainly('out_of_stock'),
  limited_stock: (facts) =>
    because(
      facts,
      'others have waited longer for the few in stock',
      'It is their turn in one of the next hours, while stock lasts (back_in_stock.customers_per_unit)',
    ),
  told_lately: plainly('told_lately'),
  price_up_again: plainly('price_up_again'),
  no_products: plainly('no_products'),
};

/** A message that waits, until what stops it is over. */
function putOff(facts: ExplainedFacts, why: string): string[] {
  return [
    `A message waits in the queue (action ${facts.verdict.actionId ?? ''}) ${why}`,
    ...detail(facts),
    ...triedAgain(facts),
  ];
}

function detail({ verdict }: ExplainedFacts): string[] {
  return verdict.detail === null ? [] : [verdict.detail];
}

function triedAgain(facts: ExplainedFacts): string[] {
  const { by, freeAt } = facts.verdict;
  if (by !== 'queue' || freeAt === null) return [];
  return [`It is tried again ${freeAt <= facts.at ? 'now' : `on ${when(facts, freeAt)}`}`];
}

function limitWords({ cap }: ExplainedFacts): string {
  const closed = (['weekly', 'monthly'] as const).filter((name) => cap.limits[name] === 0);
  if (closed.length > 0)
    return `${closed.map((name) => `reengagement.${name}_cap`).join(' and ')} ${closed.length === 1 ? 'is' : 'are'} 0, which lets no message through`;
  return cap.reached === 'monthly'
    ? `the limit of ${counted(cap.limits.monthly, 'message')} in 30 days is reached`
    : `the limit of ${counted(cap.limits.weekly, 'message')} in 7 days is reached`;
}

/** Why the newest order is no purchase, or that there is none. */
function unpaidWords({ orders }: ExplainedFacts): string {
  const [order] = orders.newest;
  if (order === undefined) return 'no purchase of theirs is known';
  return `their order ${order.id} ${countsWords(order, orders)}`;
}

function sourceOf({ consent }: ExplainedFacts): string {
  return consent.source === null ? 'nobody' : sourceWords(consent.source);
}

function optOutAdvice({ consent }: ExplainedFacts): string {
  if (consent.source === 'account')
    return 'Only if they ask for messages again: they, or you, can change it in their account in the shop';
  return consent.source?.startsWith('customer_profiles.') === true
    ? "Only if they ask for messages again: take the opt-out away in the plugin's customer profile"
    : 'Only if they ask for messages again: reengaged consent grant PHONE --source "where they said so"';
}

function refusalWords({ messages }: ExplainedFacts): string {
  const refused = messages.find(({ status }) => status === 'failed');
  return refused?.error == null ? '' : `, saying: ${refused.error}`;
}

function templateProblem({ verdict, campaigns }: ExplainedFacts): string[] {
  const own = campaigns.find(({ campaignType }) => campaignType === verdict.campaignType)?.template.problem;
  const problem = own ?? verdict.detail;
  return problem === null ? [] : [problem];
}

function sinceLastPurchase({ orders, at }: ExplainedFacts): string {
  return orders.lastPaidAt === null ? 'some time' : spokenDuration(at - orders.lastPaidAt);
}
