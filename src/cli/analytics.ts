import type { Command } from 'commander';
import { roundMoney } from '../lib/money.js';
import type { AnalyticsReport, CampaignAnalytics } from '../reengagement/analytics.js';
import { createProgress } from './progress.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { counted, wholeNumber } from './words.js';

interface Options extends GlobalOptions {
  readonly days: string;
  readonly recount?: true;
}

export function defineAnalytics(program: Command, around: Surroundings): void {
  program
    .command('analytics')
    .description(
      'Show what became of the messages of the last days: how many were sent, delivered, opened, and brought an order, and how much money. An order that is paid within the attribution window after a message counts for the newest one; refunds are taken off.',
    )
    .option('--days <count>', 'of the messages sent in so many days', '30')
    .option('--recount', 'first work out anew which order every message ever sent has brought')
    .addHelpText('after', '\nExample:\n  reengaged analytics --days 90')
    .action((_options, command: Command) => analytics(command.optsWithGlobals<Options>(), around));
}

async function analytics(options: Options, around: Surroundings): Promise<void> {
  const days = wholeNumber('--days', options.days);
  await withApp(options, around, async ({ app, terminal, clock, print }) => {
    let recounted: number | null = null;
    if (options.recount === true) {
      const progress = createProgress(terminal, clock, 'Attributed', 'customer');
      recounted = await app.analytics.recount(progress.show).finally(progress.end);
    }
    const report = await app.analytics.report(days);
    const { types, revenue, unknown } = report;
    const since = new Date(report.since).toISOString();
    print(
      { days, since, types, revenue, unknown, ...(recounted === null ? {} : { recounted }) },
      [...(recounted === null ? [] : [`${counted(recounted, 'conversion')} changed.`]), ...lines(report)].join('\n'),
    );
  });
}

function lines({ days, since, types, total, revenue, unknown }: AnalyticsReport): string[] {
  const title = `Messages sent in the last ${counted(days, 'day')}, since ${new Date(since).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const most = Math.max(...Object.values(types).map(({ sent }) => sent));
  const money = Object.entries(revenue).map(([currency, amount]) => moneyText(amount, currency));
  return [
    ...(total.sent === 0
      ? [`${title}: none.`]
      : [
          `${title}:`,
          '',
          row('', '', ['Sent', 'Delivered', 'Opened', 'Converted', 'Rate']),
          ...Object.entries(types).map(([type, of]) => row(type, bar(of.sent, most), cells(of))),
          row('Total', '', cells(total)),
          '',
          `Revenue: ${money.length === 0 ? 'none' : money.join(', ')}.`,
        ]),
    ...(unknown === 0
      ? []
      : [
          `Not counted: ${counted(unknown, 'message')} of which nobody knows yet whether ${unknown === 1 ? 'it' : 'they'} arrived.`,
        ]),
  ];
}

function cells({ sent, delivered, opened, converted, conversion_rate: rate }: CampaignAnalytics): string[] {
  return [...[sent, delivered, opened, converted].map((count) => count.toLocaleString('en-US')), `${rate.toFixed(2)}%`];
}

const NAME_WIDTH = 20;
const BAR_WIDTH = 10;
/** With the spaces between them 79 columns. */
const CELL_WIDTHS = [9, 9, 9, 9, 7];

function row(name: string, bars: string, values: readonly string[]): string {
  const short = name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 1)}…` : name;
  const numbers = values.map((value, at) => value.padStart(CELL_WIDTHS[at] ?? 0));
  return [short.padEnd(NAME_WIDTH), bars.padEnd(BAR_WIDTH), ...numbers].join(' ');
}

/** From an eighth of a column to a whole one. */
const BLOCKS = '▏▎▍▌▋▊▉█';

/** Whatever is above zero can be seen. */
function bar(value: number, most: number): string {
  if (value === 0) return '';
  const eighths = Math.max(1, Math.round((value / most) * BAR_WIDTH * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (BLOCKS[(eighths % 8) - 1] ?? '');
}

/** `1,234.50 EUR`, with as many decimals as the currency has. */
function moneyText(amount: string, currency: string): string {
  const { maximumFractionDigits: decimals = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  const [whole = '', fraction] = roundMoney(amount, decimals).split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return `${[grouped, ...(fraction === undefined ? [] : [fraction])].join('.')} ${currency}`;
}
