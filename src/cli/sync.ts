import type { Command } from 'commander';
import { createProgress } from './progress.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { counted } from './words.js';

export function defineSync(program: Command, around: Surroundings): void {
  program
    .command('sync')
    .description("Read the shop's orders that are new or have changed since the last time.")
    .addHelpText('after', '\nExample:\n  reengaged sync')
    .action((_options, command: Command) => sync(command.optsWithGlobals<GlobalOptions>(), around));
}

async function sync(options: GlobalOptions, around: Surroundings): Promise<void> {
  await withApp(options, around, async ({ app, terminal, clock, print }) => {
    const progress = createProgress(terminal, clock, 'Read', 'order');
    const result = await app.sync(progress.show).finally(progress.end);
    const malformed =
      result.malformed === 0 ? '' : `; ${counted(result.malformed, 'order')} left out, see the warnings`;
    print(result, `${counted(result.orders, 'order')} read${malformed}.`);
  });
}
