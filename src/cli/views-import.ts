import type { Command } from 'commander';
import type { SeenProduct } from '../db/views.js';
import { assertNoFaults, importedInWords, readListFile, readPhones, type Fault, type List } from './list-file.js';
import { withProgress } from './progress.js';
import { withApp, type GlobalOptions, type Session, type Surroundings } from './session.js';
import { createPhoneReader } from './typed-phone.js';
import { parseViewList, type ViewLine } from './views-list.js';

export function defineViewsImport(views: Command, around: Surroundings): void {
  views
    .command('import')
    .description(
      'Note the product views of a CSV file: all of them, or none when a line is wrong. Importing it again adds nothing.',
    )
    .argument('<file>', 'UTF-8, with the header phone,product,time')
    .addHelpText(
      'after',
      `
product is its id in the shop; time is a time with its zone, such as
2026-02-10T11:00:00Z. Price and stock are noted as the shop has them now:
whoever saw what is out of stock now is told when it is back, and a price has to
drop from today's. Views older than reengagement.view_window_days count for
nothing.

Example:
  reengaged views import views.csv`,
    )
    .action((file: string, _options, command: Command) =>
      importList(file, command.optsWithGlobals<GlobalOptions>(), around),
    );
}

async function importList(file: string, options: GlobalOptions, around: Surroundings): Promise<void> {
  const list = parseViewList(await readListFile(file), around.clock.now());
  if (list.lines.length === 0) assertNoFaults(file, list.faults);
  await withApp(options, around, async (session) => {
    const { app, print } = session;
    const { lines, faults } = await readLines(session, list);
    assertNoFaults(file, [...list.faults, ...faults]);
    const noting = { verb: 'Noted', noun: 'view', total: lines.length };
    const { added, known, old } = await withProgress(session, noting, (done) => app.importViews(lines, done));
    const days = app.config().reengagement.view_window_days;
    const late = old === 0 ? '' : ` ${oldInWords(old, days)}`;
    print(
      { lines: lines.length, added, known, old, view_window_days: days },
      importedInWords(added, known, 'view') + late,
    );
  });
}

/** With their phones, and the prices and stock of their products; a phone and a product that cannot be used are both told. */
async function readLines(session: Session, { lines }: List<ViewLine>) {
  const { app } = session;
  const reading = { verb: 'Read', noun: 'line', total: lines.length };
  const { lines: usable, faults } = await withProgress(session, reading, (done) =>
    readPhones(lines, createPhoneReader(app), done),
  );
  const ids = [...new Set(lines.map((line) => line.productId))];
  const asking = { verb: 'Asked the shop for', noun: 'product', total: ids.length };
  const products = await withProgress(session, asking, (done) => app.seenProducts(ids, done));
  const views = usable.flatMap((line): SeenProduct[] => {
    const seen = products.get(line.productId);
    return seen === undefined ? [] : [{ ...line, ...seen }];
  });
  const missing = lines
    .filter((line) => !products.has(line.productId))
    .map((line): Fault => [line.line, 'the shop has no such product']);
  return { lines: views, faults: [...faults, ...missing] };
}

function oldInWords(old: number, days: number): string {
  const [are, count] = old === 1 ? ['is', 'counts'] : ['are', 'count'];
  return `${old.toLocaleString('en-US')} ${are} older than ${days === 1 ? 'a day' : `${days} days`} and ${count} for nothing.`;
}
