import type { Command } from 'commander';
import { parseConsentList } from './consent-list.js';
import { assertNoFaults, importedInWords, readListFile, readPhones } from './list-file.js';
import { withProgress } from './progress.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { createPhoneReader } from './typed-phone.js';

export function defineConsentImport(consent: Command, around: Surroundings): void {
  consent
    .command('import')
    .description(
      'Write down the decisions of a CSV file: all of them, or none when a line is wrong. Importing it again adds nothing.',
    )
    .argument('<file>', 'UTF-8, with the header phone,decision,source[,decided_at]')
    .addHelpText(
      'after',
      `
decision is grant or revoke; decided_at is a date or a time with its zone, such
as 2026-02-10 or 2026-02-10T11:00:00Z, and the newest decision of a phone holds.
Without it a decision counts as made now, unless the same one from the same
source was imported before.

Example:
  reengaged consent import newsletter.csv`,
    )
    .action((file: string, _options, command: Command) =>
      importList(file, command.optsWithGlobals<GlobalOptions>(), around),
    );
}

async function importList(file: string, options: GlobalOptions, around: Surroundings): Promise<void> {
  const list = parseConsentList(await readListFile(file), around.clock.now());
  if (list.lines.length === 0) assertNoFaults(file, list.faults);
  await withApp(options, around, async (session) => {
    const { app, print } = session;
    const reading = { verb: 'Read', noun: 'line', total: list.lines.length };
    const { lines, faults } = await withProgress(session, reading, (done) =>
      readPhones(list.lines, createPhoneReader(app), done),
    );
    assertNoFaults(file, [...list.faults, ...faults]);
    const noting = { verb: 'Noted', noun: 'decision', total: lines.length };
    const added = await withProgress(session, noting, (done) => app.importConsent(lines, done));
    const known = lines.length - added;
    print({ lines: lines.length, added, known }, importedInWords(added, known, 'decision'));
  });
}
