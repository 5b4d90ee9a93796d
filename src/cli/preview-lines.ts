import type { Preview } from '../jobs/preview.js';
import { spokenDuration, spokenMoment } from '../lib/spoken-time.js';
import type { CampaignType } from '../reengagement/campaign-type.js';
import { counted, wrapped } from './words.js';

const COLUMNS = 80;

type Run = Preview['runs'][number];
type Message = Run['messages'][number];

/** A preview in words, 80 columns wide; `type` is the only campaign type whose messages are shown. */
export function previewLines(preview: Preview, type: CampaignType | undefined): string[] {
  const [daily, stock] = preview.runs;
  const isEmpty = (run: Run) => totalOf(run) === 0 && run.skipped.length === 0;
  if (preview.customers === 0 && isEmpty(daily) && isEmpty(stock))
    return fitted('Nobody has bought anything yet, and nobody waits for a product: there is nothing to preview.');
  return [
    ...headline(preview),
    '',
    ...notes(preview).flatMap((note) => fitted(note)),
    ...runLines('Daily run', daily, preview.zone, type),
    ...runLines('Stock check', stock, preview.zone, type),
  ];
}

function headline(preview: Preview): string[] {
  const { customers, inactive, inactivityThresholdDays: days, silent } = preview;
  const off = preview.enabled
    ? []
    : [
        ...fitted(
          'Reengagement is switched off: nothing is sent until reengagement.enabled is true. This is what would be sent then.',
        ),
        '',
      ];
  return [
    ...off,
    ...fitted(
      `${counted(customers, 'customer')}, ${inactive.toLocaleString('en-US')} inactive: no purchase in ${counted(days, 'day')}.`,
    ),
    'Of the inactive:',
    ...rows([
      [silent.noConsent, 'have not consented to marketing'],
      [silent.optedOut, 'have opted out'],
      [silent.withoutPhone, 'have no usable phone'],
      [silent.capped, 'have reached the frequency cap'],
      [silent.usNumbers, 'have US numbers, to which Meta delivers no marketing templates'],
      ...(silent.templateHeld === null
        ? []
        : [[silent.templateHeld, 'wait for a template that cannot be sent now'] as const]),
    ]),
    ...(silent.templateHeld === null
      ? fitted(
          'How many wait for a template that cannot be sent now could not be counted, because Meta could not be asked.',
          '  ',
        )
      : []),
  ];
}

function notes(preview: Preview): string[] {
  const { foreignViews, templatesUnread, templateProblems } = preview;
  const read = `The shop's orders were last read ${spokenDuration(Math.max(0, preview.at - preview.mirroredAt))} ago`;
  const views = `${counted(foreignViews, 'product view')} of the plugin ${foreignViews === 1 ? 'is' : 'are'}`;
  return [
    preview.mirrorIsFresh ? `${read}.` : `${read}. A run reads them first, and may find others than this preview.`,
    ...(foreignViews === 0 ? [] : [`${views} not taken up yet: a run does that first, and may find more to say.`]),
    ...(templatesUnread === null
      ? []
      : [
          `Meta could not be asked for the templates, so their words are missing here, and whether one cannot be sent is not known: ${templatesUnread}`,
        ]),
    ...templateProblems,
  ];
}

function runLines(name: string, run: Run, zone: string, type: CampaignType | undefined): string[] {
  const { planned, skipped, messages, at, sendAt } = run;
  const total = totalOf(run);
  const ofType = type === undefined ? total : (planned[type] ?? 0);
  return [
    '',
    ...fitted(`${name} on ${spokenMoment(at, zone)}, ${zone}`),
    ...(sendAt === at || total === 0 ? [] : fitted(`Sent after the quiet hours, on ${spokenMoment(sendAt, zone)}`)),
    `Messages: ${total === 0 ? 'none' : total.toLocaleString('en-US')}`,
    ...rows(Object.entries(planned).map(([campaignType, count]) => [count, campaignType])),
    `Skipped: ${skipped.length === 0 ? 'nobody' : sum(skipped.map(({ customers }) => customers)).toLocaleString('en-US')}`,
    ...rows(skipped.map(({ customers, sentence }) => [customers, sentence])),
    ...messages.flatMap((message) => ['', ...messageLines(message)]),
    ...(messages.length < ofType
      ? [
          '',
          `Shown are ${messages.length.toLocaleString('en-US')} of ${ofType.toLocaleString('en-US')}; --limit shows more.`,
        ]
      : []),
  ];
}

function messageLines({ phone, firstName, campaignType, template, text }: Message): string[] {
  const how = template === null ? 'as a text' : `template ${template.name} (${template.language})`;
  return [
    ...fitted([phone, ...(firstName === null ? [] : [firstName]), campaignType, how].join(', '), '  '),
    ...text.split('\n').flatMap((line) => fitted(line, '    ')),
  ];
}

/** Numbers, one below the other, and what they count. */
function rows(counts: readonly (readonly [number, string])[]): string[] {
  const numbers = counts.map(([count]) => count.toLocaleString('en-US'));
  const width = Math.max(6, ...numbers.map((number) => number.length));
  return counts.flatMap(([, what], index) => {
    const [first = '', ...rest] = fitted(what, ' '.repeat(width + 4));
    return [`  ${(numbers[index] ?? '').padStart(width)}${first.slice(width + 2)}`, ...rest];
  });
}

function totalOf({ planned }: Run): number {
  return sum(Object.values(planned));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** In lines of 80 columns, each with the indent. */
function fitted(text: string, indent = ''): string[] {
  return wrapped(text, COLUMNS - indent.length).map((line) => (indent + line).trimEnd());
}
