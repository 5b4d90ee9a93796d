import type { Command } from 'commander';
import type { HookRun } from '../app.js';
import { AppError } from '../lib/errors.js';
import { assertHook, HOOKS_HELP } from './hook-name.js';
import { withProgress } from './progress.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { isFailure } from './result.js';

interface Options extends GlobalOptions {
  readonly hooks: string;
}

/** Endings after which somebody has to look: the first three failed for good, the last waits until something is mended. */
const BAD_ENDINGS = ['broken', 'invalid', 'refused', 'outage'] as const;

export function defineRun(program: Command, around: Surroundings): void {
  program
    .command('run')
    .description(
      'Run hooks now, one after the other, as wp action-scheduler run does: a recurring job whatever its time, and the actions of the hook that are due. Exits with 1 when something failed or has to wait for an outage.',
    )
    .requiredOption('--hooks <names>', 'one hook, or several with commas between them')
    .addHelpText(
      'after',
      `${HOOKS_HELP}\n\nExample:\n  reengaged run --hooks=wch_process_reengagement_campaigns\n  reengaged run --hooks=wch_send_reengagement_message`,
    )
    .action((_options, command: Command) => run(command.optsWithGlobals<Options>(), around));
}

async function run(options: Options, around: Surroundings): Promise<void> {
  const hooks = options.hooks.split(',').map((hook) => hook.trim());
  hooks.forEach(assertHook);
  if (new Set(hooks).size < hooks.length) throw new AppError('USAGE', 'A hook stands twice in --hooks');
  await withApp(options, around, async (session) => {
    const { app, print, stopping } = session;
    const runs: Record<string, HookRun> = {};
    const lines: string[] = [];
    for (const hook of hooks) {
      if (stopping.aborted) break;
      const ran = { verb: `${hook}: ran`, noun: 'action', total: null };
      const done = await withProgress(session, ran, (ended) => app.runHook(hook, ended));
      runs[hook] = done;
      lines.push(`${hook}: ${inWords(done)}`);
      if (isFailure(done.result) || BAD_ENDINGS.some((name) => (done.endings[name] ?? 0) > 0)) process.exitCode = 1;
    }
    print(runs, lines.join('\n'));
  });
}

function inWords({ result, endings }: HookRun): string {
  const counts = Object.entries(endings).map(([name, count]) => `${count} ${name}`);
  const due = counts.length === 0 ? 'nothing was due' : counts.join(', ');
  if (result === undefined) return due;
  return counts.length === 0 ? JSON.stringify(result) : `${JSON.stringify(result)}; due: ${due}`;
}
