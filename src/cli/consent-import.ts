import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ImportedConsent } from '../db/consent.js';
import { AppError } from '../lib/errors.js';
import { parseConsentList, type ConsentLine } from './consent-list.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { createPhoneReader, type PhoneReader } from './typed-phone.js';
import { counted } from './words.js';

/** Faults that are named one by one; of more only the number. */
const NAMED_FAULTS = 50;

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
  const { lines, faults } = parseConsentList(await readText(file), around.clock.now());
  await withApp(options, around, async ({ app, print }) => {
    const { entries, unreadable } = await readPhones(lines, createPhoneReader(app));
    assertNoFaults(file, [...faults, ...unreadable]);
    const added = await app.importConsent(entries);
    const known = entries.length - added;
    const result = { lines: entries.length, added, known };
    print(
      result,
      `${counted(added, 'decision')} noted${known === 0 ? '' : `; ${known} ${known === 1 ? 'was' : 'were'} known already`}.`,
    );
  });
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new AppError('FILE_INVALID', `${file} is not UTF-8; save it as such`);
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown error'})`;
    throw new AppError('FILE_UNREADABLE', `${file} ${why}`, { cause: error });
  }
}

type Fault = readonly [line: number, problem: string];

async function readPhones(lines: readonly ConsentLine[], readPhone: PhoneReader) {
  const entries: ImportedConsent[] = [];
  const unreadable: Fault[] = [];
  for (const { line, phone: typed, ...rest } of lines) {
    const read = await readPhone(typed);
    if ('problem' in read) unreadable.push([line, read.problem]);
    else entries.push({ ...rest, phone: read.phone });
  }
  return { entries, unreadable };
}

function assertNoFaults(file: string, faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  const named = [...faults]
    .sort(([a], [b]) => a - b)
    .slice(0, NAMED_FAULTS)
    .map(([line, problem]) => `  line ${line}: ${problem}`);
  const more = faults.length > NAMED_FAULTS ? [`  and ${faults.length - NAMED_FAULTS} more`] : [];
  throw new AppError('FILE_INVALID', [`${file} has ${counted(faults.length, 'fault')}:`, ...named, ...more].join('\n'));
}
