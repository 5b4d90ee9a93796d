import type { Command } from 'commander';
import { withAppOnAnySchema, type GlobalOptions, type Surroundings } from './session.js';
import { counted } from './words.js';

interface Options extends GlobalOptions {
  readonly dryRun?: true;
}

export function defineMigrate(program: Command, around: Surroundings): void {
  program
    .command('migrate')
    .description('Make the tables, or bring them to this release. Nothing is dropped.')
    .option('--dry-run', 'print the statements and run none')
    .addHelpText('after', '\nExample:\n  reengaged migrate --dry-run')
    .action((_options, command: Command) => migrate(command.optsWithGlobals<Options>(), around));
}

async function migrate(options: Options, around: Surroundings): Promise<void> {
  await withAppOnAnySchema(options, around, async ({ app, print }) => {
    const report = await app.migrate({ dryRun: options.dryRun ?? false });
    print(report, inWords(report));
  });
}

function inWords({ dryRun, statements }: { readonly dryRun: boolean; readonly statements: readonly string[] }): string {
  if (statements.length === 0) return 'Nothing to do: the tables are those of this release.';
  const count = counted(statements.length, 'statement');
  if (!dryRun) return `${count} run: the tables are now those of this release.`;
  return [...statements.map((statement) => `${statement};`), `-- ${count} would be run.`].join('\n');
}
