import { spokenDuration } from '../lib/spoken-time.js';
import type { CampaignTold, ExplainedFacts, ViewTold } from './explanation-facts.js';
import {
  amount,
  counted,
  countsWords,
  listed,
  lowerFirst,
  reasonWords,
  sentence,
  sourceWords,
  when,
  who,
} from './explanation-words.js';

export interface Section {
  readonly title: string;
  readonly sentences: readonly string[];
}

/** The facts behind the verdict, one section a subject. */
export function tellSections(facts: ExplainedFacts): Section[] {
  const sections: [title: string, tell: (facts: ExplainedFacts) => string[]][] = [
    ['Customer', customer],
    ['Orders', orders],
    ['Consent', consent],
    ['Frequency cap', cap],
    ['Lapse', lapse],
    ['Last messages', messages],
    ['Product views', views],
    ['Campaign types', campaigns],
    ['24-hour window and quiet hours', hours],
    ['Queue', queue],
    ['Program', program],
  ];
  return sections.map(([title, tell]) => ({ title, sentences: tell(facts).map(sentence) }));
}

function customer(facts: ExplainedFacts): string[] {
  const { country, usMarketing, known, window } = facts;
  const where = country === null ? 'its country is not to be told' : `country ${country}`;
  const us =
    country !== 'US' || usMarketing || window.isOpen ? '' : '; marketing templates are not delivered to US numbers';
  return [
    `Number ${who(facts)}, ${where}${us}`,
    ...(known ? [] : ['No order, profile or decision of this number is known']),
    ...(facts.undeliverableAt === null
      ? []
      : [`Since ${when(facts, facts.undeliverableAt)} WhatsApp cannot reach this number`]),
    ...(facts.replacedAt === null ? [] : [`They bought under another number on ${when(facts, facts.replacedAt)}`]),
  ];
}

function orders(facts: ExplainedFacts): string[] {
  const { orders: told, at, mirror } = facts;
  const values = Object.entries(told.lifetimeValues).map(([currency, value]) => amount(value, currency));
  const inactive =
    told.inactiveAt === null
      ? ''
      : `, inactive ${told.inactiveAt <= at ? 'since' : 'from'} ${when(facts, told.inactiveAt)}`;
  const last =
    told.lastPaidAt === null
      ? []
      : [`Last purchase ${spokenDuration(at - told.lastPaidAt)} ago, on ${when(facts, told.lastPaidAt)}${inactive}`];
  return [
    `${counted(told.paid, 'purchase')} that ${told.paid === 1 ? 'counts' : 'count'}${values.length === 0 ? '' : `, lifetime value ${values.join(' and ')}`}`,
    ...last,
    ...told.newest.map((order) => {
      const date =
        order.paidAt === null
          ? `placed ${when(facts, order.createdAt)}, not paid`
          : `paid ${when(facts, order.paidAt)}`;
      return `Order ${order.id}: ${amount(order.total, order.currency)}, ${order.status}, ${date}; ${countsWords(order, told)}${order.joined ? '; it carries no number, and is theirs by the account or the email' : ''}`;
    }),
    mirror.readAt === null
      ? `${mirror.problem ?? 'The orders were not read'}; reengaged sync reads them`
      : `The orders were last read ${spokenDuration(at - mirror.readAt)} ago`,
  ];
}

function consent(facts: ExplainedFacts): string[] {
  const { granted, source, ledger, profiles, order, metaKeys, account } = facts.consent;
  const verdict = granted ? 'Agreed' : source === null ? 'Never asked, which counts as no' : 'No';
  return [
    `${verdict}${source === null ? '' : `, says ${sourceWords(source)}`}`,
    ...ledger.map(
      ({ decision, source: from, decidedAt }) => `Ledger: ${decision} on ${when(facts, decidedAt)} (${from})`,
    ),
    ...profiles.map(
      ({ optInMarketing, notificationOptOut }) =>
        `Plugin's profile: opt-in ${yesNo(optInMarketing)}, opt-out ${yesNo(notificationOptOut)}`,
    ),
    order === null
      ? `Orders say nothing${metaKeys.length === 0 ? ' (reengagement.consent_meta_keys is empty)' : ''}`
      : `The newest order that says something: ${yesNo(order)}`,
    ...(account === null ? [] : [`Their account in the shop: ${yesNo(account)}`]),
  ];
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function cap(facts: ExplainedFacts): string[] {
  const { limits, counted: used, allowed, freeAt } = facts.cap;
  const next = allowed
    ? 'The cap lets a message through now'
    : freeAt === null
      ? 'No passing of time lets one through: a limit is 0, or a message is under way'
      : `The cap lets the next one through from ${when(facts, freeAt)} on`;
  const refused =
    facts.refusedUntilAt === null ? [] : [`After a refusal nothing is sent until ${when(facts, facts.refusedUntilAt)}`];
  return [
    `${used.weekly.toLocaleString('en-US')} of ${counted(limits.weekly, 'message')} in 7 days, ${used.monthly.toLocaleString('en-US')} of ${limits.monthly} in 30 days`,
    next,
    ...refused,
  ];
}

function lapse(facts: ExplainedFacts): string[] {
  const { max, campaigns: sent, reason, freeAt } = facts.lapse;
  const told = `${sent.toLocaleString('en-US')} of at most ${counted(max, 'campaign message')} since the last purchase`;
  if (reason === 'lapse_told')
    return [told, 'No more until they buy; news of stock and of prices is outside this count'];
  return [told, ...(freeAt === null ? [] : [`The pause after the last one ends ${when(facts, freeAt)}`])];
}

const STATUS_WORDS: Readonly<Record<string, string>> = {
  reserved: 'not sent yet',
  sending: 'being sent',
  sent: 'taken by WhatsApp',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
  unknown: 'unknown: WhatsApp gave no clear answer, so it counts and is never sent again',
};

function messages(facts: ExplainedFacts): string[] {
  if (facts.messages.length === 0) return ['None'];
  return facts.messages.map((message) => {
    const status = STATUS_WORDS[message.status] ?? message.status;
    const error = message.error === null ? '' : ` (${message.error})`;
    const bought = message.converted
      ? `; they bought${message.orderId === null ? '' : ` (order ${message.orderId})`}`
      : '';
    const line = `${when(facts, message.sentAt)}: ${message.campaignType}, ${status}${error}${bought}`;
    return message.advice === null ? line : `${sentence(line)} ${message.advice}`;
  });
}

const STANDINGS: Readonly<Record<ViewTold['standing'], string>> = {
  too_old: 'too old to count',
  bought_since: 'they have bought it since',
  unknown: 'the shop could not be asked how it is now',
  gone: 'the shop sells it no longer',
  told: 'they were told that it is back',
  still_out: 'it is still out of stock',
  back: 'it can be bought again, and they have not been told',
  cheaper: 'it has become cheaper, and they have not been told',
  same: 'nothing to tell',
};

function views(facts: ExplainedFacts): string[] {
  const { newest, foreign, windowDays } = facts.views;
  const told = newest.map((view) => {
    const name = view.product ?? `product ${view.productId}`;
    const price = view.priceAtView === null ? '' : ` at ${plain(view.priceAtView)}`;
    const now = view.priceNow === null ? '' : `, now ${plain(view.priceNow)}`;
    const known = view.priceTold === null ? '' : `, told of ${plain(view.priceTold)}`;
    return `Seen ${when(facts, view.viewedAt)}: ${name}, ${view.foundInStock ? 'in stock' : 'out of stock'}${price}${now}${known}: ${STANDINGS[view.standing]}`;
  });
  const others =
    foreign === 0
      ? []
      : [`${counted(foreign, 'view')} noted by the plugin ${foreign === 1 ? 'is' : 'are'} taken up by the next run`];
  return [...(told.length === 0 ? [`None in the last ${windowDays} days`] : told), ...others];
}

/** Prices of views are in the shop's currency. */
function plain(price: string): string {
  return amount(price, '').trimEnd();
}

function campaigns(facts: ExplainedFacts): string[] {
  return facts.campaigns.map(
    (campaign) => `${campaign.campaignType}: ${applies(facts, campaign)}; ${templateWords(campaign)}`,
  );
}

function applies(facts: ExplainedFacts, campaign: CampaignTold): string {
  if (campaign.applies === null) return 'unknown, the shop could not be asked';
  if (!campaign.applies) return `no, ${whyNot(facts, campaign)}`;
  const about = campaign.products.length === 0 ? '' : `, about ${listed(campaign.products)}`;
  if (campaign.hourly) return `yes${about}`;
  const { inactiveAt } = facts.orders;
  if (inactiveAt === null) return `only for customers who have bought${about}`;
  return inactiveAt <= facts.at ? `yes${about}` : `not before they are inactive${about}`;
}

function whyNot({ views: told }: ExplainedFacts, campaign: CampaignTold): string {
  switch (campaign.campaignType) {
    case 'back_in_stock': {
      const out = told.newest.filter(({ standing }) => standing === 'still_out');
      return out.length === 0
        ? `there is no product that they found out of stock in the last ${told.windowDays} days and were not told of`
        : `still out of stock: ${listed(out.map(({ product, productId }) => product ?? `product ${productId}`))}`;
    }
    case 'price_drop':
      return `nothing they looked at in the last ${told.windowDays} days costs ${told.priceDropPercent} % less than they know`;
    case 'loyalty_reward':
      return campaign.missing === null || campaign.currency === null
        ? 'the lifetime value is too low'
        : `the lifetime value lacks ${amount(campaign.missing, campaign.currency)} to the minimum`;
    case 'new_arrivals':
      return 'there is nothing new since their last purchase in a category they bought from';
    case 'we_miss_you':
      return 'it does not apply';
  }
}

function templateWords({ campaignType, template }: CampaignTold): string {
  const name = `template ${template.name ?? ''} (${template.language ?? ''})`;
  switch (template.state) {
    case 'fine':
      return `${name} is in order`;
    case 'missing':
      return `no template is configured (whatsapp.templates.${campaignType})`;
    case 'held':
      return lowerFirst(template.problem ?? `${name} cannot be sent now`);
    case 'unasked':
      return `WhatsApp could not be asked about ${name}`;
  }
}

function hours(facts: ExplainedFacts): string[] {
  const { window, quietHours } = facts;
  const open =
    window.endsAt === null
      ? 'No message of theirs to the shop is known, so only templates can be sent'
      : window.isOpen
        ? `They have written: until ${when(facts, window.endsAt)} a text can be sent`
        : 'They wrote too long ago, so only templates can be sent';
  const { from, until, endsAt } = quietHours;
  const quiet = from === until ? 'There are no quiet hours' : `Nothing is sent from ${from} to ${until}`;
  return [
    open,
    endsAt === null
      ? from === until
        ? quiet
        : `${quiet}; now it may be`
      : `${quiet}; now is such an hour, until ${when(facts, endsAt)}`,
  ];
}

function queue(facts: ExplainedFacts): string[] {
  const { waiting, ended } = facts;
  const now =
    waiting === null
      ? ['No message waits for them']
      : [
          `Action ${waiting.id}${typeWords(waiting.campaignType)} ${waiting.isRunning ? 'is running' : `is due ${when(facts, waiting.dueAt)}`}${why(waiting)}`,
          ...waiting.history.slice(0, 3).map((line) => `Put off: ${line}`),
        ];
  return [
    ...now,
    ...ended.map((action) => {
      const at = action.endedAt === null ? '' : `, ended ${when(facts, action.endedAt)}`;
      return `Action ${action.id}${typeWords(action.campaignType)}${at}: ${action.status}${why(action)}`;
    }),
  ];
}

function typeWords(campaignType: string | null): string {
  return campaignType === null ? '' : ` (${campaignType})`;
}

function why({ reason, error }: { readonly reason: string | null; readonly error: string | null }): string {
  if (reason === null) return error === null ? '' : `, ${error}`;
  const words = reasonWords(reason);
  // A reason to skip has its own sentence as the error.
  return error === null || lowerFirst(error) === words ? `, ${words}` : `, ${words} (${error})`;
}

function program(facts: ExplainedFacts): string[] {
  const { enabled, daemon, unasked, at } = facts;
  const runs =
    daemon.dailyAt === null || daemon.hourlyAt === null
      ? []
      : [`Next daily run ${due(facts, daemon.dailyAt)}, next hourly check of the stock ${due(facts, daemon.hourlyAt)}`];
  const state = {
    planned: runs,
    overdue: ['The daemon seems not to run: what is due is left lying. Start it with reengaged start', ...runs],
    never_ran: ['No run is planned: the daemon has not run here yet. Start it with reengaged start'],
  }[daemon.state];
  return [
    `Re-engagement is switched ${enabled ? 'on' : 'off (reengagement.enabled)'}`,
    ...state,
    ...(daemon.reason === null || (daemon.dailyAt ?? 0) < at
      ? []
      : [`The daily run was put off: ${reasonWords(daemon.reason)}`]),
    ...unasked.map(
      ({ whom, problem }) => `${whom === 'shop' ? 'The shop' : 'WhatsApp'} could not be asked: ${problem}`,
    ),
  ];
}

function due(facts: ExplainedFacts, at: number): string {
  return at <= facts.at ? 'is due now' : `on ${when(facts, at)}`;
}
