import type { Command } from 'commander';
import { BY_HAND } from '../app.js';
import type { Deed } from '../db/by-hand.js';
import type { ActionSelection, StatusCounts } from '../db/journal.js';
import { AppError } from '../lib/errors.js';
import { maskPhone } from '../lib/phone.js';
import type { ByHand } from '../queue/journal.js';
import { iso, shownText } from './action-view.js';
import { addFilterOptions, dueWords, hasFilter, readFilter, readPhone, type FilterOptions } from './actions-filter.js';
import { withProgress } from './progress.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import type { Terminal } from './terminal.js';
import { counted, wholeNumber, wrapped } from './words.js';

/** An option that `actions` knows too is parsed there: its values are in optsWithGlobals, and it has not heard of what fits here. */
interface Options extends GlobalOptions, FilterOptions {
  readonly yes?: true;
  readonly limit?: string;
}

const DEEDS = {
  retry: {
    description:
      'Make actions that failed or were canceled due again. A message passes every check again, consent and frequency cap too; one that was sent, or may have been, is never sent again.',
    verb: 'Retry',
    done: 'retried',
    example: '--status failed --newer 2h --yes',
  },
  cancel: {
    description:
      'Cancel actions that wait. What a message had reserved is given back; of a recurring job the next run is left out.',
    verb: 'Cancel',
    done: 'canceled',
    example: '--reason quiet_hours --yes',
  },
  dismiss: {
    description: 'Lay failed actions aside, so that they are forgotten in time.',
    verb: 'Dismiss',
    done: 'dismissed',
    example: '--older 30d --yes',
  },
} as const satisfies Record<Deed, object>;

/** Of what a filter found; of what was named by its id every one is told. */
const TOLD = 20;

/** ` [y/N] ` stands behind it. */
const QUESTION_WIDTH = 72;

export function defineActionsByHand(actions: Command, around: Surroundings): void {
  for (const deed of Object.keys(DEEDS) as Deed[]) {
    const { description, example } = DEEDS[deed];
    const command = actions
      .command(deed)
      .description(`${description} Asks before it touches more than one.`)
      .argument('[ids...]', 'their numbers in the list of actions; or give a filter');
    addFilterOptions(command, BY_HAND[deed])
      .option('--yes', 'do not ask')
      .addHelpText('after', `\nExample:\n  reengaged actions ${deed} 1042\n  reengaged actions ${deed} ${example}`)
      .action((ids: string[], _options, self: Command) => doByHand(deed, ids, self.optsWithGlobals<Options>(), around));
  }
}

async function doByHand(deed: Deed, typed: readonly string[], options: Options, around: Surroundings): Promise<void> {
  assertFitting(deed, options);
  const ids = typed.map((id) => wholeNumber('An id', id));
  if (ids.length > 0 === hasFilter(options))
    throw new AppError(
      'USAGE',
      `Say which actions to ${deed}: either their ids or a filter such as --status ${BY_HAND[deed][0]}`,
    );
  const filter = { ...readFilter(options, around.clock.now()), status: options.status ?? BY_HAND[deed][0] };
  await withApp(options, around, async (session) => {
    const { app, print } = session;
    const { done } = DEEDS[deed];
    const selection: ActionSelection =
      ids.length > 0 ? { ids } : { ...filter, phone: await readPhone(app, options.phone) };
    const due = dueWords(filter);
    const bounds = {
      ...(filter.scheduledAfter !== undefined && { due_since: iso(filter.scheduledAfter) }),
      ...(filter.scheduledBefore !== undefined && { due_before: iso(filter.scheduledBefore) }),
    };
    const { total, words } = inWords(deed, await app.journal.count(selection));
    if (total > 1 && options.yes !== true && !(await isAgreed(deed, words + due, session.terminal))) {
      print({ [done]: 0, refused: [], ...bounds }, 'Nothing was changed.');
      process.exitCode = 1;
      return;
    }
    if (total === 0 && ids.length === 0) {
      print({ [done]: 0, refused: [], ...bounds }, `No ${filter.status} action${due} matches.`);
      return;
    }
    const verb = capitalised(done);
    const result = await withProgress(session, { verb, noun: 'action', total }, (changed) =>
      app.journal[deed](selection, changed),
    );
    const refused = result.refused.map(({ id, reason }) => ({ id, reason: shownText(reason) }));
    const told = ids.length > 0 ? refused.length : TOLD;
    const summary = `${verb}: ${counted(result.count, 'action')}${due}.`;
    print({ [done]: result.count, refused, ...bounds }, [summary, ...leftLines(refused, told)].join('\n'));
    if (refused.length > 0) process.exitCode = 1;
  });
}

function assertFitting(deed: Deed, { status, limit }: Options): void {
  const statuses: readonly string[] = BY_HAND[deed];
  if (status !== undefined && !statuses.includes(status))
    throw new AppError(
      'USAGE',
      `What is ${status} cannot be ${DEEDS[deed].done}; --status may be ${statuses.join(' or ')}`,
    );
  if (limit !== undefined) throw new AppError('USAGE', `--limit is for the list; ${deed} takes all that match`);
}

/** How many of these the deed could touch. */
function inWords(deed: Deed, counts: StatusCounts): { readonly total: number; readonly words: string } {
  const touched = BY_HAND[deed].filter((status) => (counts[status] ?? 0) > 0);
  const total = touched.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  return { total, words: counted(total, `${touched.join(' or ')} action`) };
}

async function isAgreed(deed: Deed, words: string, terminal: Terminal): Promise<boolean> {
  if (terminal.confirm === undefined)
    throw new AppError('USAGE', `This would ${deed} ${words}, and nobody can be asked here: add --yes`);
  return await terminal.confirm(wrapped(`${DEEDS[deed].verb} ${words}?`, QUESTION_WIDTH).join('\n'));
}

/** Whoever typed a phone in the place of an id shall not find it here. */
function typedId(id: number): string {
  return id > 99_999_999 ? maskPhone(String(id)) : String(id);
}

function leftLines(refused: ByHand['refused'], told: number): string[] {
  const left = refused.slice(0, told).map(({ id, reason }) => `Left as it is: action ${typedId(id)}; ${reason}.`);
  const more = refused.length - left.length;
  return more > 0 ? [...left, `And ${counted(more, 'action')} more were left; --json tells of each.`] : left;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
