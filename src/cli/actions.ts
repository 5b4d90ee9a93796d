import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import { ACTION_STATUSES } from '../app.js';
import type { ActionRow, ActionStatus } from '../db/actions.js';
import { createRedactor } from '../lib/redact.js';
import { assertHook, HOOKS_HELP } from './hook-name.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { wholeNumber } from './words.js';

interface Options extends GlobalOptions {
  readonly hook?: string;
  readonly status?: ActionStatus;
  readonly group?: string;
  readonly limit: string;
}

/** With the three lines between them 80 columns. */
const WIDTHS = [10, 13, 18, 36];
const NO_FRAME = ['top', 'bottom', 'left', 'right'].flatMap((side) => [
  side,
  `${side}-mid`,
  `${side}-left`,
  `${side}-right`,
]);

export function defineActions(program: Command, around: Surroundings): void {
  program
    .command('actions')
    .description(
      'List the actions of the queue, the earliest first. Of phones the last three digits are shown, and times are UTC.',
    )
    .option('--hook <name>', 'only of this hook')
    .addOption(new Option('--status <status>', 'only with this status').choices(ACTION_STATUSES))
    .option('--group <name>', 'only of this group')
    .option('--limit <count>', 'at most so many', '50')
    .addHelpText('after', `${HOOKS_HELP}\n\nExample:\n  reengaged actions --status failed --limit 10`)
    .action((_options, command: Command) => actions(command.optsWithGlobals<Options>(), around));
}

async function actions(options: Options, around: Surroundings): Promise<void> {
  const { hook, status, group } = options;
  if (hook !== undefined) assertHook(hook);
  const limit = wholeNumber('--limit', options.limit);
  await withApp(options, around, async ({ app, print }) => {
    const rows = (await app.actions({ hook, status, group, limit })).map(shown);
    const counts = await app.countActions(hook);
    const total = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
    const summary = `In all${hook === undefined ? '' : ' of this hook'}: ${total.length === 0 ? 'none' : total.join(', ')}.`;
    const more = rows.length === limit ? `Shown are the first ${limit}; --limit shows more. ` : '';
    print(rows, [...(rows.length === 0 ? [] : [table(rows)]), more + summary].join('\n'));
  });
}

type Shown = ReturnType<typeof shown>;

/** What may be seen of an action: every phone in it is masked, wherever it stands. */
function shown(row: ActionRow) {
  const redactor = createRedactor();
  return {
    id: row.id,
    hook: row.hook,
    group: row.group,
    status: row.status,
    priority: row.priority,
    attempts: row.attempts,
    scheduled_at: new Date(row.scheduledAt).toISOString(),
    started_at: isoOrNull(row.startedAt),
    ended_at: isoOrNull(row.endedAt),
    args: redactor.value(row.args, false),
    result: redactor.value(row.result, false),
    reason: row.reason,
    error: row.error === null ? null : redactor.text(row.error),
  };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function table(rows: readonly Shown[]): string {
  const lines = new Table({
    head: ['Id', 'Status', 'Due (UTC)', 'Hook'],
    colWidths: WIDTHS,
    wordWrap: true,
    wrapOnWordBoundary: true,
    chars: Object.fromEntries(NO_FRAME.map((name) => [name, ''])),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows)
    lines.push([
      row.id,
      row.status,
      row.scheduled_at.slice(0, 16).replace('T', ' '),
      [row.hook, ...about(row)].join('\n'),
    ]);
  return lines.toString();
}

/** For whom, and how it went. */
function about({ args, reason, error }: Shown): string[] {
  const inner = innerArguments(args);
  const who = [inner['customer_phone'], inner['campaign_type']].filter((word) => typeof word === 'string').join(' ');
  const why = error ?? reason ?? '';
  return [who, why].filter((line) => line !== '');
}

function innerArguments(args: unknown): Readonly<Record<string, unknown>> {
  if (typeof args !== 'object' || args === null) return {};
  return 'args' in args ? innerArguments(args.args) : (args as Record<string, unknown>);
}
