import type { Command } from 'commander';
import { findJsonFault } from '../config/json-text.js';
import { AppError } from '../lib/errors.js';
import { assertHook, HOOKS_HELP } from './hook-name.js';
import { isFailure } from './result.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';

export function defineDo(program: Command, around: Surroundings): void {
  program
    .command('do')
    .description(
      'Run one hook now, as do_action does, and print what it returns. Exits with 1 when that is {"success":false}.',
    )
    .argument('<hook>', 'the hook')
    .argument('[json]', 'its arguments')
    .addHelpText(
      'after',
      `${HOOKS_HELP}\n\nExample:\n  reengaged do wch_check_back_in_stock\n  reengaged do wch_send_reengagement_message '{\n    "customer_phone": "+1234567890", "campaign_type": "we_miss_you"}'`,
    )
    .action((hook: string, json: string | undefined, _options, command: Command) =>
      doAction(hook, json, command.optsWithGlobals<GlobalOptions>(), around),
    );
}

async function doAction(
  hook: string,
  json: string | undefined,
  options: GlobalOptions,
  around: Surroundings,
): Promise<void> {
  assertHook(hook);
  const args = json === undefined ? [] : parseArguments(json);
  await withApp(options, around, async ({ app, print }) => {
    const result = await app.queue.doAction(hook, args);
    print(result, JSON.stringify(result));
    if (isFailure(result)) process.exitCode = 1;
  });
}

/** The text is not said again: it holds a phone. */
function parseArguments(json: string): object {
  const fault = findJsonFault(json);
  if (fault !== undefined)
    throw new AppError(
      'USAGE',
      `The arguments are not JSON, in line ${fault.line}, column ${fault.column}: ${fault.problem}. Put them between single quotes`,
    );
  const args: unknown = JSON.parse(json);
  if (typeof args === 'object' && args !== null) return args;
  throw new AppError('USAGE', 'The arguments have to be a JSON object, such as {"customer_phone": "+..."}');
}
