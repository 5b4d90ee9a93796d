import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { plan } from './plan.js';
import type { Bench, Row } from './row.js';
import { stock } from './stock.js';
import { sync } from './sync.js';
import { tableOf } from './table.js';

const BENCHES: readonly Bench[] = [plan, stock, sync];

const HELP = `npm run bench -- [NAMES] [--quick] [--json FILE]

${BENCHES.map(({ name, about }) => `  ${name.padEnd(8)}${about}`).join('\n')}

  --quick      a tenth of the size, the same goals
  --json FILE  writes the rows, with every single run, as JSON

Example:
  npm run bench -- stock sync --quick
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' }, help: { type: 'boolean' } },
  });
  const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (values.help === true || unknown.length > 0) {
    process.stdout.write(HELP);
    process.exitCode = unknown.length > 0 ? 64 : 0;
    return;
  }
  say(machine());
  const rows: Row[] = [];
  for (const bench of BENCHES) {
    if (positionals.length > 0 && !positionals.includes(bench.name)) continue;
    rows.push(await bench.run({ scale: values.quick ? 0.1 : 1, say }));
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  }
  process.stdout.write(`${tableOf(rows)}\n`);
}

/** Figures are worth as much as one knows of where they come from. */
function machine(): string {
  const gigabytes = (totalmem() / 1_024 ** 3).toFixed(0);
  const load = (loadavg()[0] ?? 0).toFixed(2);
  return `Node ${process.version}, ${cpus().length} cores, ${gigabytes} GB of memory, load ${load} before the first run`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

await main();
