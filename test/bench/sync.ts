import { onGround, type Ground } from './ground.js';
import { bareRequests, startJob, summary, type Job, type JobRun } from './job.js';
import type { Measurement } from './measured.js';
import { below, makeRow, median, type Bench, type BenchOptions, type Row } from './row.js';
import { syncOrders } from './sync-data.js';
import type { StubRow } from './stub-shop.js';

const ORDERS = 100_000;
/**
 * At a real shop's pace 100,000 orders take ten minutes, and as long again bare. So three stretches of the walk, at its beginning, middle
 * and end, are walked at that pace, each beside the same requests bare; between them the shop answers at once.
 */
const STRETCHES = 3;
const LONGEST_STRETCH = 8_000;

export const sync: Bench = {
  name: 'sync',
  about: 'the first walk through 100,000 orders',
  run: (options) => onGround((ground) => run(ground, options)),
};

async function run(ground: Ground, { scale, say }: BenchOptions): Promise<Row> {
  const { database, config } = ground;
  const orders = syncOrders(ORDERS * scale, Date.now());
  const schema = await database.schema('sync');
  // Without the overlap no order is read twice, and each stretch ends where the next begins.
  const job = await startJob(ground, { config: config(schema, { sync_overlap_seconds: 0 }), task: 'sync' });
  const ours: JobRun[] = [];
  const bare: Measurement<unknown>[] = [];
  const hurried: JobRun[] = [];
  for (const { from, until } of stretches(orders.length)) {
    say(`sync: at a real shop's pace, orders ${from.toLocaleString('en-US')} to ${until.toLocaleString('en-US')}`);
    if (from > 0) hurried.push(await walkTo(ground, job, orders, from, true));
    const measured = await walkTo(ground, job, orders, until, false);
    ours.push(measured);
    bare.push(await bareRequests(ground, measured));
  }
  await job.end();
  const all = [...ours, ...hurried];
  const [mirrored] = await schema.query(`SELECT COUNT(*) AS orders FROM ${schema.table('reengagement_orders')}`);
  if (mirrored?.['orders'] !== orders.length)
    throw new Error(`Not all orders are mirrored: ${JSON.stringify(mirrored)}`);
  const length = stretchLength(orders.length);
  const msPerOrder = (runs: readonly Measurement<unknown>[]) => runs.map((each) => (each.seconds * 1_000) / length);
  const cpuSeconds = sum(all.map((each) => each.cpuSeconds));
  const runs = { ours: msPerOrder(ours), bare: msPerOrder(bare) };
  return makeRow({
    name: 'sync',
    unit: 'ms/order',
    runs,
    details: {
      goals: [
        below('within 1.15 of the bare requests', median(runs.ours) / median(runs.bare), 1.15),
        below('under 1 ms of processor time an order', (cpuSeconds * 1_000) / orders.length, 1),
      ],
      cpu_seconds: cpuSeconds,
      peak_mb: Math.max(...all.map((each) => each.peakMb)),
      size: { orders: orders.length, at_a_real_pace: length * STRETCHES },
      statements_per_1000_orders: (sum(all.map((each) => each.statements)) / orders.length) * 1_000,
      requests: sum(all.map((each) => each.requests.length)),
      ours: ours.map(summary),
      bare,
      hurried: hurried.map(summary),
      database: database.version,
    },
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function stretchLength(orders: number): number {
  return Math.min(LONGEST_STRETCH, Math.floor(orders / STRETCHES));
}

/** Evenly over the walk, the last at its end. */
function stretches(orders: number): { from: number; until: number }[] {
  const length = stretchLength(orders);
  return Array.from({ length: STRETCHES }, (_, index) => {
    const from = Math.round(((orders - length) * index) / (STRETCHES - 1));
    return { from, until: from + length };
  });
}

/** Walks on as if the shop had only the orders before `until`. */
async function walkTo({ shop }: Ground, job: Job, orders: readonly StubRow[], until: number, hurried: boolean) {
  shop.has.orders = orders.slice(0, until);
  shop.hurried = hurried;
  try {
    return await job.run();
  } finally {
    shop.hurried = false;
  }
}
