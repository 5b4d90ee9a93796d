import type { Command } from 'commander';
import { parseConsentList, type ConsentLine } from './consent-list.js';
import { assertNoFaults, importedInWords, readListFile, readPhones, type Fault } from './list-file.js';
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
    assertNoFaults(file, [...list.faults, ...faults, ...contradictions(lines)]);
    const noting = { verb: 'Noted', noun: 'decision', total: lines.length };
    const added = await withProgress(session, noting, (done) => app.importConsent(lines, done));
    const known = lines.length - added;
    print({ lines: lines.length, added, known }, importedInWords(added, known, 'decision'));
  });
}

/** A yes and a no of one person of which one has no time: which of them is the newer is not for us to guess. */
function contradictions(lines: readonly (ConsentLine & { readonly line: number })[]): Fault[] {
  const decisions = new Map<string, Set<string>>();
  for (const { phone, decision } of lines) decisions.set(phone, (decisions.get(phone) ?? new Set()).add(decision));
  return lines
    .filter(({ phone, decidedAt }) => decidedAt === null && (decisions.get(phone)?.size ?? 0) > 1)
    .map(({ line }) => [
      line,
      'another line of this number says the opposite: both need decided_at, to tell which holds',
    ]);
}
