import type { Command } from 'commander';
import type { NextRun } from '../jobs/next-runs.js';
import type { Clock } from '../lib/clock.js';
import { createRedactor } from '../lib/redact.js';
import { spokenDuration, spokenMoment } from '../lib/spoken-time.js';
import { assertHook, HOOKS_HELP } from './hook-name.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { counted, wrapped } from './words.js';

const COLUMNS = 80;

export function defineNext(program: Command, around: Surroundings): void {
  program
    .command('next')
    .description(
      'Say when each hook is due next, as as_next_scheduled_action does, how much of it waits, and what is overdue.',
    )
    .argument('[hook]', 'only of this hook')
    .addHelpText('after', `${HOOKS_HELP}\n\nExample:\n  reengaged next wch_process_reengagement_campaigns`)
    .action((hook: string | undefined, _options, command: Command) =>
      next(hook, command.optsWithGlobals<GlobalOptions>(), around),
    );
}

async function next(hook: string | undefined, options: GlobalOptions, around: Surroundings): Promise<void> {
  if (hook !== undefined) assertHook(hook);
  await withApp(options, around, async ({ app, clock, print }) => {
    const runs = await app.nextRuns(hook);
    const redactor = createRedactor();
    const lines = inWords(runs, clock).map((line) => redactor.text(line));
    print(redactor.value(runs.map(json), false), lines.join('\n'));
  });
}

function json(run: NextRun) {
  return {
    hook: run.hook,
    recurring: run.recurring,
    next_at: run.nextAt === null ? null : new Date(run.nextAt).toISOString(),
    zone: run.zone,
    planned: run.planned,
    pending: run.pending,
    running: run.running,
    overdue: run.overdue,
    reason: run.reason,
    error: run.error,
  };
}

function inWords(runs: readonly NextRun[], clock: Pick<Clock, 'now'>): string[] {
  const now = clock.now();
  const zone = runs[0]?.zone ?? null;
  const neverRan = runs.some(({ recurring }) => recurring) && runs.every((run) => !run.recurring || isUnplanned(run));
  return [
    ...wrapped(
      zone === null ? 'Times are UTC, the shop has not been asked yet.' : `Times are the shop's (${zone}).`,
      COLUMNS,
    ),
    ...runs.flatMap((run) => [run.hook, ...wrapped(whenWords(run, now), COLUMNS - 2).map((line) => `  ${line}`)]),
    ...(neverRan
      ? wrapped('Nothing that recurs is planned: the daemon has not run yet. Start it: reengaged start', COLUMNS)
      : []),
    ...(runs.some(({ overdue }) => overdue)
      ? wrapped('Something is overdue: is the daemon running? Start it: reengaged start', COLUMNS)
      : []),
  ];
}

function isUnplanned({ planned, running }: NextRun): boolean {
  return !planned && running === 0;
}

function whenWords(run: NextRun, now: number): string {
  const { nextAt, pending, running, overdue, zone } = run;
  const isRunning = running === 0 ? '' : `${run.recurring ? 'running now' : `${counted(running, 'action')} running`}; `;
  if (nextAt === null) return `${isRunning}nothing waits`;
  const moment = spokenMoment(nextAt, zone ?? 'UTC');
  const away = nextAt > now ? `in ${spokenDuration(nextAt - now)}` : 'due now';
  if (run.recurring && !run.planned)
    return running > 0
      ? `${isRunning}then ${moment}`
      : `not planned; a daemon would run it ${nextAt > now ? moment : 'at once'}`;
  const due = overdue ? `${moment}, overdue for ${spokenDuration(now - nextAt)}` : `${moment}, ${away}`;
  const put = run.reason === null ? '' : `; put off: ${run.error ?? run.reason}`;
  const many = run.recurring ? '' : `${pending.toLocaleString('en-US')} pending, the earliest `;
  return `${isRunning}${many}${due}${put}`;
}
