import { maskPhone } from '../lib/phone.js';
import { spokenMoment } from '../lib/spoken-time.js';
import { SKIP_SENTENCES } from './eligibility.js';
import type { ExplainedFacts } from './explanation-facts.js';
import { formatPrice } from './price.js';

/** `3 messages`, `1,200 orders`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** `A, B and C`; of more than three `A, B, C and 2 more`. */
export function listed(names: readonly string[]): string {
  const shown = names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : [...names];
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

/** `1,234.50 EUR`, whatever the currency. */
export function amount(value: string, currency: string): string {
  const format = {
    currency,
    symbol: currency,
    position: 'right',
    thousandSeparator: ',',
    decimalSeparator: '.',
  } as const;
  return formatPrice(value, { ...format, symbol: ` ${currency}`, decimals: 2 });
}

export function when({ zone }: Pick<ExplainedFacts, 'zone'>, at: number): string {
  return spokenMoment(at, zone);
}

export function who({ phone }: Pick<ExplainedFacts, 'phone'>): string {
  return maskPhone(phone);
}

/** Whether an order is a purchase, and why it is none. */
export function countsWords(
  order: ExplainedFacts['orders']['newest'][number],
  { paidStatuses }: ExplainedFacts['orders'],
): string {
  if (order.notCounted === null) return 'counts';
  if (order.notCounted === 'refunded') return 'does not count, all of it was refunded';
  return `does not count, ${order.status} is none of ${paidStatuses.join(', ')} (reengagement.paid_statuses)`;
}

/** Where a yes or a no comes from. */
export function sourceWords(source: string): string {
  if (source === 'account') return 'their account in the shop';
  if (source === 'order') return 'their newest order that says something about it';
  const [, column] = /^customer_profiles\.(\w+)$/.exec(source) ?? [];
  return column === undefined ? `the consent ledger (${source})` : `the plugin's customer profile (${column})`;
}

/** The journal's words for why an action waits or how it ended, where they are not a reason to skip. */
const REASONS: Readonly<Record<string, string>> = {
  accepted: 'WhatsApp took it',
  unknown: 'WhatsApp gave no clear answer: it may have arrived, counts, and is never sent again',
  refused: 'WhatsApp refused it',
  declined: 'the recipient wants no messages',
  invalid: 'the message could not be made',
  quiet_hours: 'it waits for the end of the quiet hours',
  halted: 'sending is halted until what WhatsApp said is mended',
  slow_down: 'WhatsApp asked to slow down',
  retry: 'WhatsApp had a passing trouble; it is tried again',
  retried: 'something failed; it is tried again',
  pair: 'too many messages to this number in a short time; it is tried again',
  not_again: 'WhatsApp holds marketing messages to this number back',
  fail: 'WhatsApp refused it for good',
  whatsapp_unreachable: 'WhatsApp cannot be reached',
  canceled: 'it was canceled',
  dismissed: 'it was dismissed',
};

/** A word of the journal in a sentence's part; the word itself where it is none of ours. */
export function reasonWords(reason: string): string {
  const skip = (SKIP_SENTENCES as Readonly<Record<string, string>>)[reason];
  if (skip !== undefined) return lowerFirst(skip);
  if (REASONS[reason] !== undefined) return REASONS[reason];
  if (reason.startsWith('shop_')) return 'the shop cannot be asked';
  if (reason.startsWith('whatsapp_')) return 'WhatsApp cannot be asked';
  return reason.startsWith('db_') ? 'the database was out' : reason;
}

/** For the middle of a sentence; what begins with a name keeps it. */
export function lowerFirst(text: string): string {
  return /^(WhatsApp|Meta|[A-Z]{2})/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

/** A part as a whole sentence; the name of a campaign type keeps its small letter. */
export function sentence(text: string): string {
  const full = /^[a-z]+_/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(full) ? full : `${full}.`;
}
