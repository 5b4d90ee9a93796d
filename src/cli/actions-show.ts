import type { Command } from 'commander';
import type { StoredMessage } from '../db/journal.js';
import { AppError } from '../lib/errors.js';
import type { ActionStory } from '../queue/story.js';
import { innerArguments, iso, isoOrNull, shownAction, shownText } from './action-view.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { wholeNumber, wrapped } from './words.js';

export function defineActionsShow(actions: Command, around: Surroundings): void {
  actions
    .command('show')
    .description('Show the whole story of one action: how it went each time, and what can be done with it now.')
    .argument('<id>', 'its number in the list of actions')
    .addHelpText('after', '\nExample:\n  reengaged actions show 1042')
    .action((id: string, _options, command: Command) =>
      show(wholeNumber('The id', id), command.optsWithGlobals<GlobalOptions>(), around),
    );
}

async function show(id: number, options: GlobalOptions, around: Surroundings): Promise<void> {
  await withApp(options, around, async ({ app, print }) => {
    const story = await app.journal.find(id);
    if (story === null) throw new AppError('ACTION_NOT_FOUND', `There is no action ${id.toLocaleString('en-US')}`);
    print(shownStory(story), lines(story).join('\n'));
  });
}

function shownStory({ action, explanation, history, message, claim, can, now }: ActionStory) {
  return {
    ...shownAction(action),
    explanation: explanation === null ? null : shownText(explanation),
    history: history.map(({ at, what }) => ({ at: iso(at), what: shownText(what) })),
    message: message === null ? null : shownMessage(message),
    claim: claim === null ? null : { id: claim.id, lease_until: iso(claim.leaseUntil), is_over: claim.isOver },
    can,
    now: shownText(now),
  };
}

function shownMessage(message: StoredMessage) {
  return {
    campaign_type: message.campaignType,
    status: message.status,
    sent_at: iso(message.sentAt),
    message_id: message.messageId === null ? null : shownText(message.messageId),
    coupon_code: message.couponCode,
    error_code: message.errorCode,
    error: message.error === null ? null : shownText(message.error),
    converted: message.converted,
    order_id: message.orderId,
    converted_at: isoOrNull(message.convertedAt),
  };
}

const WIDTH = 80;
const INDENT = 14;

function lines(story: ActionStory): string[] {
  const { action, message, claim, can } = story;
  const shown = shownStory(story);
  const args = Object.entries(innerArguments(shown.args)).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [
    `Action ${action.id}: ${action.hook}. Times are UTC.`,
    '',
    ...field('Status', [action.status, ...(shown.explanation === null ? [] : [`${shown.explanation}.`])]),
    ...field('Now', [`${shown.now}.`, ...can.map((deed) => `  reengaged actions ${deed} ${action.id}`)]),
    ...field('Arguments', args.length === 0 ? ['none'] : args),
    ...field('Group', [`${action.group}, priority ${action.priority}`]),
    ...field('Created', [time(action.createdAt)]),
    ...field('Due', [time(action.scheduledAt)]),
    ...field('Started', [action.startedAt === null ? 'not yet' : time(action.startedAt)]),
    ...field('Ended', [action.endedAt === null ? 'not yet' : time(action.endedAt)]),
    ...field('Failures', [String(action.attempts)]),
    ...field(
      'History',
      shown.history.map(({ at, what }) => `${time(Date.parse(at))}  ${what}.`),
    ),
    ...field('Message', message === null ? [] : messageLines(shownMessage(message))),
    ...field('Held by', claim === null ? [] : [`claim ${claim.id}, until ${time(claim.leaseUntil)} unless renewed`]),
  ];
}

function messageLines(message: ReturnType<typeof shownMessage>): string[] {
  const { campaign_type: type, status, sent_at: at, order_id: order, converted_at: convertedAt } = message;
  const facts: readonly (readonly [string, unknown])[] = [
    ['message id', message.message_id],
    ['coupon', message.coupon_code],
    ['error', message.error],
    ['error code', message.error_code],
  ];
  const converted = `converted${order === null ? '' : `: order ${order}`}${convertedAt === null ? '' : `, ${time(Date.parse(convertedAt))}`}`;
  return [
    `${type}, ${status ?? 'sent'}, ${time(Date.parse(at))}`,
    ...facts.filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${String(value)}`),
    message.converted ? converted : 'not converted',
  ];
}

/** A name and, beside it, what there is to say; nothing for nothing. */
function field(name: string, values: readonly string[]): string[] {
  return values
    .flatMap((value) => wrapped(value, WIDTH - INDENT))
    .map((line, index) => `${index === 0 ? name.padEnd(INDENT) : ' '.repeat(INDENT)}${line}`);
}

function time(at: number): string {
  return iso(at).slice(0, 19).replace('T', ' ');
}
