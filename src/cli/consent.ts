import type { Command } from 'commander';
import { AppError } from '../lib/errors.js';
import { maskPhone } from '../lib/phone.js';
import { defineConsentImport } from './consent-import.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { createPhoneReader } from './typed-phone.js';

interface Options extends GlobalOptions {
  readonly source: string;
}

const DECISIONS = {
  grant: { description: 'Note that a customer agrees to marketing messages.', example: 'form at the till' },
  revoke: { description: 'Note that a customer wants no more messages.', example: 'phone call' },
} as const;

type Decision = keyof typeof DECISIONS;

export function defineConsent(program: Command, around: Surroundings): void {
  const consent = program
    .command('consent')
    .description('Write down who agrees to messages and who does not, in a ledger that only grows.')
    .addHelpText(
      'after',
      '\nExample:\n  reengaged consent grant +34600111222 --source "form at the till"\n  reengaged consent import newsletter.csv',
    );
  for (const decision of ['grant', 'revoke'] as const) {
    const { description, example } = DECISIONS[decision];
    consent
      .command(decision)
      .description(description)
      .argument('<phone>', 'the number, best with plus and country code')
      .requiredOption('--source <text>', 'where they said so, for whoever asks later')
      .addHelpText('after', `\nExample:\n  reengaged consent ${decision} +34600111222 --source "${example}"`)
      .action((phone: string, _options, command: Command) =>
        decide(decision, phone, command.optsWithGlobals<Options>(), around),
      );
  }
  defineConsentImport(consent, around);
}

async function decide(decision: Decision, typed: string, options: Options, around: Surroundings): Promise<void> {
  const source = options.source.trim();
  if (source === '') throw new AppError('USAGE', '--source has to say where they said so');
  await withApp(options, around, async ({ app, clock, print }) => {
    const read = await createPhoneReader(app)(typed);
    if ('problem' in read) throw new AppError('USAGE', `The number cannot be used: ${read.problem}`);
    const { phone } = read;
    await app.recordConsent([{ phone, decision, source, decidedAt: clock.now() }]);
    print({ phone: maskPhone(phone), decision, source }, `Noted: ${maskPhone(phone)}, ${decision} (${source}).`);
  });
}
