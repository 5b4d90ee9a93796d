import Table from 'cli-table3';
import type { Command } from 'commander';
import { ACTION_STATUSES } from '../app.js';
import type { StatusCounts } from '../db/journal.js';
import { innerArguments, shownAction, type ShownAction } from './action-view.js';
import { defineActionsByHand } from './actions-by-hand.js';
import { addFilterOptions, hasFilter, readFilter, readPhone, type FilterOptions } from './actions-filter.js';
import { defineActionsShow } from './actions-show.js';
import { HOOKS_HELP } from './hook-name.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { wholeNumber } from './words.js';

interface Options extends GlobalOptions, FilterOptions {
  readonly limit?: string;
}

const LIMIT = '50';

/** With the three lines between them 80 columns. */
const WIDTHS = [10, 13, 18, 36];
const NO_FRAME = ['top', 'bottom', 'left', 'right'].flatMap((side) => [
  side,
  `${side}-mid`,
  `${side}-left`,
  `${side}-right`,
]);

export function defineActions(program: Command, around: Surroundings): void {
  const actions = program
    .command('actions')
    .description(
      'List the actions of the queue, the earliest first. Of phones the last three digits are shown, and times are UTC.',
    );
  addFilterOptions(actions, ACTION_STATUSES)
    .option('--limit <count>', `at most so many (default: ${LIMIT})`)
    .addHelpText('after', `${HOOKS_HELP}\n\nExample:\n  reengaged actions --status failed --newer 7d --limit 10`)
    .action((_options, command: Command) => list(command.optsWithGlobals<Options>(), around));
  // Otherwise the help of a subcommand would list the options of this command too.
  actions.configureHelp({ ...actions.configureHelp(), visibleGlobalOptions: () => [...program.options] });
  defineActionsShow(actions, around);
  defineActionsByHand(actions, around);
}

async function list(options: Options, around: Surroundings): Promise<void> {
  const limit = wholeNumber('--limit', options.limit ?? LIMIT);
  const read = readFilter(options, around.clock.now());
  await withApp(options, around, async ({ app, print }) => {
    const filter = { ...read, phone: await readPhone(app, options.phone) };
    const rows = (await app.actions({ ...filter, limit })).map(shownAction);
    const filtered = hasFilter(options);
    if (rows.length === 0) {
      print(rows, filtered ? 'No action matches.' : 'There are no actions yet.');
      return;
    }
    const more =
      rows.length === limit ? `Shown are the first ${limit.toLocaleString('en-US')}; --limit shows more. ` : '';
    print(rows, `${table(rows)}\n${more}${summary(await app.journal.count(filter), filtered)}`);
  });
}

function summary(counts: StatusCounts, filtered: boolean): string {
  const total = Object.entries(counts).map(([name, count]) => `${count.toLocaleString('en-US')} ${name}`);
  return `In all: ${total.join(', ')}${filtered ? ' that match' : ''}.`;
}

function table(rows: readonly ShownAction[]): string {
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
function about({ args, reason, error }: ShownAction): string[] {
  const inner = innerArguments(args);
  const who = [inner['customer_phone'], inner['campaign_type']].filter((word) => typeof word === 'string').join(' ');
  const why = error ?? reason ?? '';
  return [who, why].filter((line) => line !== '');
}
