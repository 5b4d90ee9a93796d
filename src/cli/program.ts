import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { defineActions } from './actions.js';
import { defineAnalytics } from './analytics.js';
import { defineConsent } from './consent.js';
import { defineDo } from './do.js';
import { defineExplain } from './explain.js';
import { defineMigrate } from './migrate.js';
import { defineNext } from './next.js';
import { definePreview } from './preview.js';
import { defineRun } from './run.js';
import { reportFailure } from './failure.js';
import type { Surroundings } from './session.js';
import { defineSettings } from './settings.js';
import { defineStart } from './start.js';
import { defineSync } from './sync.js';
import { defineTrackView } from './track-view.js';
import { defineViews } from './views.js';

const COMMANDS = [
  defineStart,
  defineMigrate,
  defineSync,
  defineRun,
  defineDo,
  defineActions,
  definePreview,
  defineExplain,
  defineNext,
  defineAnalytics,
  defineTrackView,
  defineViews,
  defineConsent,
  defineSettings,
];

/** Does what the arguments say; how it went stands in process.exitCode. */
export async function runCommandLine(args: readonly string[], around: Surroundings): Promise<void> {
  const program = createProgram(around);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = reportFailure(error, around.terminal, program.opts<{ debug?: true }>().debug === true);
  }
}

/** Usage errors are thrown as commander's own, after they have been said. */
export function createProgram(around: Surroundings): Command {
  const program = new Command('reengaged')
    .description("Wins a WooCommerce shop's silent customers back over WhatsApp.")
    .version(version())
    .option('--config <file>', 'the configuration', 'config/reengaged.json')
    .option('--json', 'print the result as JSON')
    .option('--debug', 'log everything, and say where an error comes from')
    .addHelpText('after', '\nExample:\n  reengaged migrate --config /etc/reengaged/reengaged.json')
    .configureHelp({ helpWidth: 80, showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => {
        around.terminal.out(text.trimEnd());
      },
      writeErr: (text) => {
        around.terminal.err(text.trimEnd());
      },
    })
    .exitOverride();
  for (const define of COMMANDS) define(program, around);
  return program;
}

/** package.json lies above src/cli/ and above dist/cli/. */
function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
