import type { Command } from 'commander';
import type { Explanation } from '../jobs/explain.js';
import { SECOND } from '../lib/clock.js';
import { AppError } from '../lib/errors.js';
import { maskPhone } from '../lib/phone.js';
import { createRedactor } from '../lib/redact.js';
import { spokenMoment } from '../lib/spoken-time.js';
import { withApp, type GlobalOptions, type Session, type Surroundings } from './session.js';
import { createPhoneReader } from './typed-phone.js';
import { wrapped } from './words.js';

const COLUMNS = 80;

export function defineExplain(program: Command, around: Surroundings): void {
  program
    .command('explain')
    .description(
      'Say everything that decides about one customer: what would be sent now, or why nothing is and what can be done about it. Nothing is written, nothing is sent.',
    )
    .argument('<phone>', 'the number, best with plus and country code')
    .addHelpText('after', '\nExample:\n  reengaged explain +34600111222')
    .action((phone: string, _options, command: Command) =>
      explain(phone, command.optsWithGlobals<GlobalOptions>(), around),
    );
}

async function explain(typed: string, options: GlobalOptions, around: Surroundings): Promise<void> {
  await withApp(options, around, async (session) => {
    const { app, print } = session;
    const read = await createPhoneReader(app)(typed);
    if ('problem' in read) throw new AppError('USAGE', `The number cannot be used: ${read.problem}`);
    const found = await withWord(session, app.explain(read.phone));
    const redactor = createRedactor();
    print(
      redactor.value(snakeCased(found), false),
      inWords(found)
        .map((line) => redactor.text(line))
        .join('\n'),
    );
  });
}

/** The shop and WhatsApp are asked, which may take a while. */
async function withWord<T>({ terminal, clock }: Pick<Session, 'terminal' | 'clock'>, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const word = clock.sleep(2 * SECOND, over.signal).then(() => {
    if (!over.signal.aborted) terminal.err('Asking the shop and WhatsApp ...');
  });
  try {
    return await work;
  } finally {
    over.abort();
    await word;
  }
}

function inWords({ phone, at, zone, zoneKnown, summary, sections }: Explanation): string[] {
  const times = zoneKnown ? `times are the shop's, ${zone}` : 'times are UTC, the shop has not been asked yet';
  const head = `${maskPhone(phone)} on ${spokenMoment(at, zone)} (${times})`;
  const body = sections.flatMap(({ title, sentences }) => ['', title, ...sentences.flatMap(item)]);
  return [...wrapped(head, COLUMNS), '', ...summary.flatMap((line) => wrapped(line, COLUMNS)), ...body];
}

function item(sentence: string): string[] {
  return wrapped(sentence, COLUMNS - 4).map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`);
}

/** Keys in snake_case, and moments, whose names end in `At`, as ISO. */
function snakeCased(value: unknown, key = ''): unknown {
  if (typeof value === 'number' && /(^a|A)t$/.test(key)) return new Date(value).toISOString();
  if (Array.isArray(value)) return value.map((each) => snakeCased(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name.replaceAll(/[A-Z]/g, (letter) => (/^[A-Z]+$/.test(name) ? letter : `_${letter.toLowerCase()}`)),
      snakeCased(each, name),
    ]),
  );
}
