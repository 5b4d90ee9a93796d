import { HOUR, MINUTE } from '../lib/clock.js';
import { maskPhone } from '../lib/phone.js';
import { formatLocalDate, minutesOfDay } from '../lib/time-zone.js';
import type { Style, Terminal } from './demo-terminal.js';
import type { AcceptedMessage } from './whatsapp/inbox.js';

/** The shop's time zone: everything is shown in it. */
export const DEMO_ZONE = 'Europe/Madrid';

const CAMPAIGNS: readonly { readonly name: string; readonly style: Style; readonly words: string }[] = [
  { name: 'back_in_stock', style: 'green', words: 'saw it sold out, and it is back' },
  { name: 'price_drop', style: 'yellow', words: 'looked at it; it costs less now' },
  { name: 'loyalty_reward', style: 'magenta', words: 'are the best customers' },
  { name: 'new_arrivals', style: 'cyan', words: 'something new of what they buy' },
  { name: 'we_miss_you', style: 'blue', words: 'everybody else' },
];

/** The values of the campaign types, the most urgent first. */
export const CAMPAIGN_NAMES = CAMPAIGNS.map(({ name }) => name);

/** The reasons that the story can meet, in words; others show as they are named in the log. */
const REASONS: Readonly<Record<string, string>> = {
  no_consent: 'never agreed to messages',
  opted_out: 'wrote STOP',
  frequency_cap: 'had a message this week',
  us_number: 'Meta delivers none to US numbers',
};

export function showPlanned(terminal: Terminal, planned: Readonly<Record<string, number>>): void {
  terminal.bars(CAMPAIGNS.map((campaign) => ({ ...campaign, count: planned[campaign.name] ?? 0 })));
}

/** `skipped`: how many, by reason. */
export function showSkipped(terminal: Terminal, skipped: Readonly<Record<string, number>>): void {
  const reasons = Object.entries(skipped).sort(([, a], [, b]) => b - a);
  terminal.bars(reasons.map(([name, count]) => ({ name, count, words: REASONS[name] ?? '', style: 'dim' })));
}

/** The message as its recipient sees it. The default templates bear the names of the campaign types. */
export function showMessage(terminal: Terminal, message: AcceptedMessage, firstName: string): void {
  const { to, template = '', at, rendered } = message;
  const style = CAMPAIGNS.find(({ name }) => name === template)?.style ?? 'bold';
  terminal.bubble({ label: template, style, to: `${firstName} ${maskPhone(to)}`, time: timeOfDay(at), rendered });
}

/** Messages are sent side by side, in no order of their own: by phone the same one comes first at every run. */
export function firstByPhone(messages: readonly AcceptedMessage[]): AcceptedMessage | undefined {
  return [...messages].sort((a, b) => (a.to < b.to ? -1 : 1))[0];
}

/** Milliseconds as `2 March 2026, 18:00` in the shop. */
export function shopTime(at: number): string {
  return `${formatLocalDate(at, DEMO_ZONE, 'en_GB')}, ${timeOfDay(at)}`;
}

function timeOfDay(at: number): string {
  const minutes = minutesOfDay(at, DEMO_ZONE);
  return `${Math.floor((minutes * MINUTE) / HOUR)}:${String(minutes % 60).padStart(2, '0')}`;
}
