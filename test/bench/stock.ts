import { onGround, type Ground } from './ground.js';
import { bareRequests, startJob, summary, type JobRun } from './job.js';
import type { Measurement } from './measured.js';
import { below, makeRow, median, type Bench, type BenchOptions, type Row } from './row.js';
import { fillStock, stockProducts, stockSize, toldOf } from './stock-data.js';

const PRODUCTS = 10_000;
const ROUNDS = 3;

export const stock: Bench = {
  name: 'stock',
  about: 'the hourly check of 10,000 products for which 500,000 views wait, 2,000 of them back',
  run: (options) => onGround((ground) => run(ground, options)),
};

async function run(ground: Ground, { scale, say }: BenchOptions): Promise<Row> {
  const size = stockSize(PRODUCTS * scale);
  say(`stock: making ${size.views.toLocaleString('en-US')} views`);
  const schema = await ground.database.schema('stock');
  await fillStock(schema, size, Date.now());
  ground.shop.has.products = stockProducts(size, Date.now());
  const [told] = await schema.query(toldOf(schema));
  const ours: JobRun[] = [];
  const bare: Measurement<unknown>[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    say(`stock: round ${round} of ${ROUNDS}`);
    await schema.query(`TRUNCATE ${schema.table('reengagement_actions')}`);
    const job = await startJob(ground, { config: ground.config(schema), task: 'wch_check_back_in_stock' });
    const measured = await job.run();
    await job.end();
    // A job that queues less takes less time.
    if (measured.result !== told?.['people'])
      throw new Error(`The job has queued ${JSON.stringify(measured.result)} messages: ${JSON.stringify(told)}`);
    ours.push(measured);
    bare.push(await bareRequests(ground, measured));
  }
  const seconds = { ours: ours.map((each) => each.seconds), bare: bare.map((each) => each.seconds) };
  const cpuSeconds = Math.max(...ours.map((each) => each.cpuSeconds));
  return makeRow({
    name: 'stock',
    unit: 's',
    runs: seconds,
    details: {
      goals: [
        below('within 1.25 of the bare requests', median(seconds.ours) / median(seconds.bare), 1.25),
        below('under 10 s of processor time', cpuSeconds, 10),
      ],
      cpu_seconds: cpuSeconds,
      peak_mb: Math.max(...ours.map((each) => each.peakMb)),
      size,
      statements_per_1000_customers: ((ours[0]?.statements ?? 0) / size.people) * 1_000,
      ours: ours.map(summary),
      bare,
      database: ground.database.version,
    },
  });
}
