import type { Command } from 'commander';
import { typedValue } from '../config/settings-key.js';
import { listSettings, readSetting, viewSettings } from '../config/settings-view.js';
import { writeSetting } from '../config/settings-write.js';
import { SIGNAL_EXITS, SIGNALS, type GlobalOptions, type Surroundings } from './session.js';
import { changeWarnings, changeWords, listWords } from './settings-words.js';

/** None of these opens an App: they work without a database and without a shop. */
export function defineSettings(program: Command, around: Surroundings): void {
  const settings = program
    .command('settings')
    .description('Read and change the settings of the configuration file. config/README.md explains each of them.')
    .addHelpText(
      'after',
      '\nExample:\n  reengaged settings get reengagement.enabled\n  reengaged settings set reengagement.inactivity_threshold 45',
    );
  settings
    .command('get')
    .description('Print the value in effect of one setting or section; without a key, list all of them.')
    .argument('[key]', 'dotted, such as reengagement.enabled')
    .addHelpText('after', '\nExample:\n  reengaged settings get reengagement.inactivity_threshold')
    .action((key: string | undefined, _options, command: Command) =>
      key === undefined ? list(optionsOf(command), around) : get(key, optionsOf(command), around),
    );
  settings
    .command('list')
    .description('List all settings, those that are set first, and say where each value comes from.')
    .addHelpText('after', '\nExample:\n  reengaged settings list')
    .action((_options, command: Command) => list(optionsOf(command), around));
  settings
    .command('set')
    .description('Change a setting in the configuration file. A daemon that runs takes it up.')
    .argument('<key>', 'dotted, such as reengagement.enabled')
    .argument('<value>', 'text, a number, true, false, or JSON for lists and objects')
    .addHelpText(
      'after',
      `
All of the file is checked with the change before it is written, and keeps its
order and its indentation.

Example:
  reengaged settings set reengagement.enabled true
  reengaged settings set reengagement.quiet_hours.from 21:00
  reengaged settings set reengagement.paid_statuses '["completed","shipped"]'`,
    )
    .action((key: string, typed: string, _options, command: Command) => change(key, typed, optionsOf(command), around));
  settings
    .command('unset')
    .description('Take a setting out of the configuration file, so that its default holds again.')
    .argument('<key>', 'dotted, such as reengagement.weekly_cap')
    .addHelpText('after', '\nExample:\n  reengaged settings unset reengagement.weekly_cap')
    .action((key: string, _options, command: Command) => change(key, undefined, optionsOf(command), around));
}

function optionsOf(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

async function get(key: string, options: GlobalOptions, { terminal }: Surroundings): Promise<void> {
  const { shown } = await viewSettings(options.config, process.env);
  const value = readSetting(shown, key);
  const isBare = options.json !== true && (value === undefined || typeof value === 'string');
  terminal.out(isBare ? (value ?? '') : JSON.stringify(value ?? null, null, 2));
}

async function list(options: GlobalOptions, { terminal }: Surroundings): Promise<void> {
  const settings = listSettings(await viewSettings(options.config, process.env));
  const facts = settings.map(({ key, value, ...origin }) => [key, { value: value ?? null, ...origin }] as const);
  terminal.out(
    options.json === true ? JSON.stringify(Object.fromEntries(facts), null, 2) : listWords(options.config, settings),
  );
}

/** Undefined takes the setting out. */
async function change(key: string, typed: string | undefined, options: GlobalOptions, { terminal }: Surroundings) {
  const value = typed === undefined ? undefined : typedValue(key, typed);
  const written = await stoppable(() => writeSetting(options.config, key, value, process.env));
  for (const warning of changeWarnings(written)) terminal.err(warning);
  const facts = {
    key,
    changed: written.changed,
    before: written.before ?? null,
    value: written.after ?? null,
    overridden_by: written.overriddenBy,
    at_next_start: written.atNextStart,
  };
  terminal.out(options.json === true ? JSON.stringify(facts, null, 2) : changeWords(key, written));
}

/** A signal ends the process before the file is replaced or after it, and not in between: the temporary file would stay behind. */
async function stoppable<T>(work: () => Promise<T>): Promise<T> {
  const stop = (signal: keyof typeof SIGNAL_EXITS) => process.exit(SIGNAL_EXITS[signal]);
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
